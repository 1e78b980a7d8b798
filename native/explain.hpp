// Values of rows: blocks of rows pass through the trees, one tree's kernels after the other.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "arena.hpp"
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

// Tables of all trees, once made and small enough; read and replaced by several threads.
template <class Real>
class Kept {
  public:
    using Tables = std::shared_ptr<const Arena<Real>>;

    Tables load() const {
        const std::lock_guard lock(mutex_);
        return tables_;
    }

    void store(Tables tables) {
        const std::lock_guard lock(mutex_);
        tables_.swap(tables);
    }

  private:
    mutable std::mutex mutex_;
    Tables tables_;
};

// out (rows, players, outputs) += the trees' values. Within a tree in Real, from tree to tree in float64.
template <class Real>
void explain_all(const Game& game, const Rows& rows, double* out, const Run& run, Kept<Real>& kept);

// out (rows, outputs) = base + Σ leaves, in float64.
void predict(const Forest& forest, const Rows& rows, double* out, const Run& run);

}  // namespace pellucid
