#include "pair_background.hpp"

#include <algorithm>
#include <unordered_map>

namespace pellucid {
namespace {

// What one leaf sees: of a merged pair the right one sees the last bit flipped.
struct Seen {
    const LeafCohort* cohort;
    std::uint64_t flip;

    void count(double* histogram) const {
        for (std::size_t d = 0; d < cohort->weights.size(); ++d)
            histogram[cohort->patterns[d] ^ flip] += cohort->weights[d];
    }

    LeafCohort alone() const {
        LeafCohort copy = *cohort;
        for (std::uint64_t& pattern : copy.patterns) pattern ^= flip;
        return copy;
    }
};

std::unordered_map<std::int32_t, Seen> by_leaf(const TreeBackground& known, const TreePlan& plan) {
    std::unordered_map<std::int32_t, Seen> seen;
    for (std::size_t d = 0; d < plan.deep_leaves.size(); ++d) {
        const DeepLeaf& leaf = plan.deep_leaves[d];
        seen[leaf.leaf] = {&known.cohorts[d], 0};
        if (leaf.sibling != kNoNode) seen[leaf.sibling] = {&known.cohorts[d], std::uint64_t{1} << (leaf.players - 1)};
    }
    return seen;
}

}  // namespace

TreeBackground laid_out_anew(const TreeBackground& known, const TreePlan& from, const TreePlan& to) {
    std::unordered_map<std::int32_t, std::size_t> histogram;  // by leaf
    const auto deep = by_leaf(known, from);
    for (const TableSpec& spec : from.tables) {
        histogram[spec.leaf] = spec.histogram;
        if (spec.sibling != kNoNode) histogram[spec.sibling] = spec.histogram + (std::size_t{1} << spec.players);
    }
    TreeBackground made{std::vector<double>(to.histograms), {}};
    for (const TableSpec& spec : to.tables) {
        const std::size_t size = std::size_t{1} << spec.players;
        double* counts = made.histograms.data() + spec.histogram;
        for (const std::int32_t leaf : {spec.leaf, spec.sibling}) {
            if (leaf == kNoNode) continue;
            if (const auto seen = deep.find(leaf); seen != deep.end()) seen->second.count(counts);
            else std::copy_n(known.histograms.data() + histogram.at(leaf), size, counts);
            counts += size;
        }
    }
    for (const DeepLeaf& leaf : to.deep_leaves) made.cohorts.push_back(deep.at(leaf.leaf).alone());
    return made;
}

}  // namespace pellucid
