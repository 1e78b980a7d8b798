// A path-dependent forest made ready for sets of more than two players.
#pragma once

#include <vector>

#include "plan.hpp"

namespace pellucid {

// Leaves with more players than a table has are gone through one by one: `ratios` are their players' products of cover
// ratios, by tree, laid out as TreePlan::path_players.
struct SetPlan {
    std::vector<TreePlan> plans;
    std::vector<std::vector<double>> ratios;
};

SetPlan make_set_plan(const Forest& forest, const Players& players, int table_players, const Run& run);

}  // namespace pellucid
