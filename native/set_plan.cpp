#include "set_plan.hpp"

#include <algorithm>
#include <unordered_map>

namespace pellucid {
namespace {

class LeafRatios : public PathVisitor {
  public:
    void leaf(std::int32_t node, const PathState& path) override { of_leaf[node] = path.ratio; }

    std::unordered_map<std::int32_t, std::vector<double>> of_leaf;
};

}  // namespace

SetPlan make_set_plan(const Forest& forest, const Players& players, int table_players, const Run& run) {
    SetPlan made{make_plan(forest, players, table_players, Deep::Leaves, run), {}};
    for (std::size_t t = 0; t < made.plans.size(); ++t) {
        TreePlan& plan = made.plans[t];
        LeafRatios ratios;
        walk_paths(forest, forest.roots[t], players, true, ratios);
        for (const TableSpec& spec : plan.tables)
            std::ranges::copy(ratios.of_leaf[spec.leaf], plan.ratios.begin() + static_cast<std::ptrdiff_t>(spec.path));
        std::vector<double>& deep = made.ratios.emplace_back(plan.path_players.size());
        for (const DeepLeaf& leaf : plan.deep_leaves)
            std::ranges::copy(ratios.of_leaf[leaf.leaf], deep.begin() + static_cast<std::ptrdiff_t>(leaf.path));
    }
    return made;
}

}  // namespace pellucid
