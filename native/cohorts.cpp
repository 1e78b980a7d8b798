#include "cohorts.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace pellucid {
namespace {

// All players of word w.
std::uint64_t full_word(int players, std::size_t w) {
    const int left = players - 64 * static_cast<int>(w);
    return left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
}

double whole_weight(double weight) { return std::nearbyint(weight / kWeightUnit); }

}  // namespace

// Numbers of the patterns that weigh something: by class, those that lack few players first, else as they are.
template <class Real>
struct TreeCohorts<Real>::InOrder {
    std::vector<std::size_t> numbers;
    std::size_t count[2] = {0, 0};

    InOrder(const LeafCohort& cohort, const DeepLeaf& leaf) {
        const auto places = static_cast<std::size_t>(leaf.players) + 1;  // of each class
        std::vector<std::size_t> before(2 * places + 1, 0), keys(cohort.weights.size());
        for (std::size_t d = 0; d < keys.size(); ++d) {
            if (whole_weight(cohort.weights[d]) == 0.0) continue;
            const bool lacks_last = leaf.sibling != kNoNode && !(cohort.patterns[d] >> (leaf.players - 1) & 1);
            keys[d] = (lacks_last ? places : 0) + lacking(cohort, leaf, d) - lacks_last;
            ++before[keys[d] + 1];
            ++count[lacks_last];
        }
        for (std::size_t i = 1; i < before.size(); ++i) before[i] += before[i - 1];
        numbers.resize(before.back());
        for (std::size_t d = 0; d < keys.size(); ++d)
            if (whole_weight(cohort.weights[d]) != 0.0) numbers[before[keys[d]]++] = d;
    }

    static std::size_t lacking(const LeafCohort& cohort, const DeepLeaf& leaf, std::size_t d) {
        int held = 0;
        for (std::size_t w = 0; w < leaf.words(); ++w) held += std::popcount(cohort.patterns[d * leaf.words() + w]);
        return static_cast<std::size_t>(leaf.players - held);
    }
};

template <class Real>
TreeCohorts<Real>::TreeCohorts(const TreePlan& plan, const TreeBackground& background) {
    std::size_t narrow = 0, wide = 0, weights = 0;
    std::vector<InOrder> orders;
    for (std::size_t d = 0; d < plan.deep_leaves.size(); ++d) {
        const DeepLeaf& leaf = plan.deep_leaves[d];
        orders.emplace_back(background.cohorts[d], leaf);
        std::size_t& patterns = leaf.is_narrow() ? narrow : wide;
        const std::size_t* count = orders.back().count;
        const bool siblings = leaf.sibling != kNoNode;
        places_.push_back({patterns, weights, {count[0], count[1]}, leaf.players - siblings, siblings});
        patterns += places_.back().size() * leaf.words();
        weights += places_.back().size();
    }
    narrow_.resize(narrow);
    wide_.resize(wide);
    weights_.resize(weights);
    for (std::size_t d = 0; d < places_.size(); ++d) fill(background.cohorts[d], orders[d], places_[d]);
}

template <class Real>
void TreeCohorts<Real>::fill(const LeafCohort& cohort, const InOrder& order, const Place& place) {
    const int players = place.players + place.siblings;
    const std::size_t words = static_cast<std::size_t>(words_of(players)), stride = place.size();
    for (std::size_t i = 0; i < order.numbers.size(); ++i) {
        const std::size_t d = order.numbers[i];
        const std::size_t at = i < place.count[0] ? i : i - place.count[0] + padded_patterns(place.count[0]);
        for (std::size_t w = 0; w < words; ++w) {
            const std::uint64_t lacking = full_word(place.players, w) & ~cohort.patterns[d * words + w];
            if (players <= kNarrowPlayers) narrow_[place.patterns + at] = static_cast<std::uint16_t>(lacking);
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
