// Effects that are told of each row by itself.
#pragma once

#include <vector>

#include "effects_plan.hpp"
#include "effects_runs.hpp"
#include "effects_table.hpp"
#include "forest.hpp"
#include "pool.hpp"

namespace pellucid {

inline FailTask task_of(const Forest& forest, const FailPlan& plan, const Block& block, int most) {
    FailTask task{};
    task.forest = forest.view();
    task.block = block;
    task.steps = plan.steps.data();
    task.n_steps = plan.steps.size();
    task.most = most;
    return task;
}

// Outputs that a tree's leaves add to, and how many.
struct Outputs {
    std::size_t first, count;
};

inline Outputs outputs_of(const Forest& forest, std::size_t tree) {
    if (forest.is_vector(tree)) return {0, forest.n_outputs()};
    return {static_cast<std::size_t>(forest.tree_output[tree]), 1};
}

inline const double* value_of(const Forest& forest, std::int32_t leaf) {
    return forest.value.data() + static_cast<std::size_t>(leaf) * forest.width;
}

// Predictions of rows with one player set to each point of its domain. out (rows, points, outputs), zero before.
void individual(const Forest& forest, const Players& players, const Domain& domain, const Table& rows, double* out,
                const Run& run);

// Mean predictions over a background of rows in which all players but one are set: out (rows, domains, outputs), zero
// before. `shares` (points of all domains) are the background's weights at the points, a sum of 1 a domain.
void left_out(const Forest& forest, const Players& players, const std::vector<Domain>& domains, const double* shares,
              const Table& rows, double* out, const Run& run);

// out (rows, outputs) = the sum of the given trees' leaves, in float64.
void predict_trees(const Forest& forest, const std::vector<std::int32_t>& trees, const double* rows, std::size_t count,
                   double* out, const Run& run);

// The first edge that is not below each value, the number of edges where there is none, one more for NaN.
void positions(const std::vector<double>& edges, const double* values, std::size_t stride, std::size_t count,
               std::int32_t* out);

}  // namespace pellucid
