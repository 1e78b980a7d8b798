#include "cohorts.hpp"

#include <bit>
#include <cmath>
#include <numeric>

namespace pellucid {
namespace {

// All players of word w.
std::uint64_t full_word(int players, std::size_t w) {
    const int left = players - 64 * static_cast<int>(w);
    return left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
}

double whole_weight(double weight) { return std::nearbyint(weight / kWeightUnit); }

// One leaf's patterns, those that weigh nothing left out.
struct Patterns {
    const LeafCohort& cohort;
    const DeepLeaf& leaf;

    std::size_t size() const { return cohort.weights.size(); }
    bool weighs(std::size_t d) const { return whole_weight(cohort.weights[d]) != 0.0; }

    bool lacks_last(std::size_t d) const {
        return leaf.sibling != kNoNode && !(cohort.patterns[d] >> (leaf.players - 1) & 1);
    }

    // Of siblings: players above.
    std::size_t lacking(std::size_t d) const {
        int held = 0;
        for (std::size_t w = 0; w < leaf.words(); ++w) held += std::popcount(cohort.patterns[d * leaf.words() + w]);
        return static_cast<std::size_t>(leaf.players - held - lacks_last(d));
    }

    // Their numbers: by class (see NarrowSet), those that lack few players first, else as they are.
    void sort(std::vector<std::size_t>& order) const {
        const auto places = static_cast<std::size_t>(leaf.players) + 1;  // of each class
        std::vector<std::size_t> before(2 * places + 1, 0);
        const auto place = [&](std::size_t d) { return (lacks_last(d) ? places : 0) + lacking(d); };
        for (std::size_t d = 0; d < size(); ++d)
            if (weighs(d)) ++before[place(d) + 1];
        std::partial_sum(before.begin(), before.end(), before.begin());
        order.resize(before.back());
        for (std::size_t d = 0; d < size(); ++d)
            if (weighs(d)) order[before[place(d)]++] = d;
    }
};

}  // namespace

template <class Real>
TreeCohorts<Real>::TreeCohorts(const TreePlan& plan, const TreeBackground& background, const Stop& stop) {
    std::size_t narrow = 0, wide = 0, weights = 0;
    for (std::size_t d = 0; d < plan.deep_leaves.size(); ++d) {
        stop.check();
        const DeepLeaf& leaf = plan.deep_leaves[d];
        const Patterns known{background.cohorts[d], leaf};
        std::size_t& patterns = leaf.is_narrow() ? narrow : wide;
        const bool siblings = leaf.sibling != kNoNode;
        Place place{patterns, weights, {0, 0}, leaf.players - siblings, siblings};
        for (std::size_t i = 0; i < known.size(); ++i) place.count[known.lacks_last(i)] += known.weighs(i);
        patterns += place.size() * leaf.words();
        weights += place.size();
        places_.push_back(place);
    }
    narrow_.resize(narrow);
    wide_.resize(wide);
    weights_.resize(weights);
    std::vector<std::size_t> order;
    for (std::size_t d = 0; d < places_.size(); ++d) {
        stop.check();
        fill(background.cohorts[d], plan.deep_leaves[d], places_[d], order);
    }
}

template <class Real>
void TreeCohorts<Real>::fill(const LeafCohort& cohort, const DeepLeaf& leaf, const Place& place,
                             std::vector<std::size_t>& order) {
    Patterns{cohort, leaf}.sort(order);
    const std::size_t words = leaf.words(), stride = place.size();
    for (std::size_t i = 0; i < order.size(); ++i) {
        const std::size_t d = order[i];
        const std::size_t at = i < place.count[0] ? i : i - place.count[0] + padded_patterns(place.count[0]);
        for (std::size_t w = 0; w < words; ++w) {
            const std::uint64_t lacking = full_word(place.players, w) & ~cohort.patterns[d * words + w];
            if (leaf.is_narrow()) narrow_[place.patterns + at] = static_cast<std::uint16_t>(lacking);
            else wide_[place.patterns + w * stride + at] = lacking;
        }
        weights_[place.weights + at] = static_cast<Real>(whole_weight(cohort.weights[d]));
    }
}

template <class Real>
NarrowSet<Real> TreeCohorts<Real>::narrow(std::size_t leaf) const {
    const Place& p = places_[leaf];
    return {narrow_.data() + p.patterns, weights_.data() + p.weights, {p.count[0], p.count[1]}, p.players, p.siblings};
}

template <class Real>
WideSet<Real> TreeCohorts<Real>::wide(std::size_t leaf) const {
    const Place& p = places_[leaf];
    return {wide_.data() + p.patterns, weights_.data() + p.weights, p.count[0], p.size(), p.players,
            words_of(p.players)};
}

template class TreeCohorts<float>;
template class TreeCohorts<double>;

}  // namespace pellucid
