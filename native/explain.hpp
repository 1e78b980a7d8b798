// Values of rows: blocks of rows pass through the trees, one tree's kernels after the other.
#pragma once

#include <memory>
#include <vector>

#include "arena.hpp"
#include "keep.hpp"
#include "plan.hpp"
#include "pool.hpp"
#include "rows.hpp"

namespace pellucid {

// Who plays which trees, against what, and for what.
struct Game {
    const Forest& forest;
    std::size_t players;
    const std::vector<TreePlan>& plans;
    const BackgroundOf& background;
    const std::vector<std::size_t>& background_bytes;  // by tree, besides its tables
    Semivalue semivalue = Semivalue::Shapley;
};

// All trees' numbers, run by run.
template <class Real>
using Arenas = std::vector<std::shared_ptr<const Arena<Real>>>;

// The same, once made and small enough.
template <class Real>
using Kept = Keep<Arenas<Real>>;

// out (rows, players, outputs) += the trees' values. Within a tree in Real, from tree to tree in float64.
template <class Real>
void explain_all(const Game& game, const Rows& rows, double* out, const Run& run, Kept<Real>& kept);

// out (rows, outputs) = base + Σ leaves, in float64.
void predict(const Forest& forest, const Rows& rows, double* out, const Run& run);

}  // namespace pellucid
