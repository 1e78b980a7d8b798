#include "pair_background.hpp"

#include <algorithm>
#include <unordered_map>

namespace pellucid {
namespace {

LeafCohort distinct_patterns(const double* histogram, int players) {
    LeafCohort cohort;
    for (std::size_t p = 0; p < std::size_t{1} << players; ++p) {
        if (histogram[p] == 0.0) continue;
        cohort.patterns.push_back(p);
        cohort.weights.push_back(histogram[p]);
    }
    return cohort;
}

}  // namespace

TreeBackground laid_out_anew(const TreeBackground& known, const TreePlan& from, const TreePlan& to) {
    std::unordered_map<std::int32_t, std::size_t> histogram, cohort;  // by leaf
    for (const TableSpec& spec : from.tables) {
        histogram[spec.leaf] = spec.histogram;
        if (spec.sibling != kNoNode) histogram[spec.sibling] = spec.histogram + (std::size_t{1} << spec.players);
    }
    for (std::size_t d = 0; d < from.deep_leaves.size(); ++d) cohort[from.deep_leaves[d].leaf] = d;
    TreeBackground made{std::vector<double>(to.histograms), {}};
    for (const TableSpec& spec : to.tables) {
        const std::size_t size = (std::size_t{1} << spec.players) * (spec.sibling == kNoNode ? 1 : 2);
        std::copy_n(known.histograms.data() + histogram.at(spec.leaf), size, made.histograms.data() + spec.histogram);
    }
    for (const DeepLeaf& leaf : to.deep_leaves) {
        if (const auto counted = cohort.find(leaf.leaf); counted != cohort.end()) {
            made.cohorts.push_back(known.cohorts[counted->second]);
        } else {
            const double* counts = known.histograms.data() + histogram.at(leaf.leaf);
            made.cohorts.push_back(distinct_patterns(counts, leaf.players));
        }
    }
    return made;
}

}  // namespace pellucid
