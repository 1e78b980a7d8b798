// Values of rows: blocks of rows pass through the trees, one tree's kernels after the other.
#pragma once

#include <functional>
#include <vector>

#include "arena.hpp"
#include "plan.hpp"
#include "pool.hpp"
#include "rows.hpp"

namespace pellucid {

// out (rows, players, outputs) += the values of the arena's trees. Within a tree in Real, from tree to tree in float64.
template <class Real>
void explain(const Forest& forest, std::size_t players, const std::vector<TreePlan>& plans, const Arena<Real>& arena,
             const Rows& rows, double* out, const Run& run);

// out (rows, outputs) = base + Σ leaves, in float64.
void predict(const Forest& forest, const Rows& rows, double* out, const Run& run);

}  // namespace pellucid
