// A weighted background, kept as counts of the patterns that each leaf sees.
#pragma once

#include <memory>
#include <shared_mutex>
#include <stdexcept>
#include <vector>

#include "counts.hpp"
#include "explain.hpp"
#include "forest.hpp"
#include "interactions.hpp"
#include "plan.hpp"
#include "rows.hpp"
#include "sum.hpp"

namespace pellucid {

struct WeightedSums {
    Sum weight;
    std::vector<Sum> outputs;  // of weight * (prediction - forest.base)
};

// A background is being changed by one thread while another wants it.
struct BackgroundBusy : std::runtime_error {
    BackgroundBusy() : std::runtime_error("the background is in use") {}
};

// Counts are kept for all trees while they are small; for large forests the rows are kept instead, and each tree's
// counts made when they are needed. Adding rows in chunks, or all at once, gives the same bits.
class Background {
  public:
    Background(std::shared_ptr<const Forest> forest, Players players, const Run& run = {});

    void add(const Rows& rows, const double* weights, const Run& run);
    void merge(const Background& other, const Run& run);

    // Interventional values; out (rows, players, outputs), zero before.
    void explain(const Rows& rows, bool exact, double* out, const Run& run,
                 Semivalue semivalue = Semivalue::Shapley) const;

    // Sets of so many players that share a path. `interact` gives those of each size values (rows, sets, outputs),
    // written, and the players (rows, players, outputs), zero before: n-Shapley values of the order of `out`.
    std::shared_ptr<const std::vector<PlayerSet>> sets(int order) const;
    void interact(const Rows& rows, bool exact, const SetOut& out, const Run& run) const;

    double total() const { return sums_.weight.value(); }
    std::vector<double> base() const;  // forest.base + weighted mean of the trees
    std::size_t players() const { return players_.count; }
    const Forest& forest() const { return *forest_; }

  private:
    template <class Real>
    void explain_in(Semivalue semivalue, const Rows& rows, double* out, const Run& run, Kept<Real>& kept) const;
    template <class Real>
    void interact_in(const Rows& rows, int order, const PairOut& out, const Run& run) const;
    Columns kept_columns() const;
    BackgroundOf counted(const Columns& columns) const;
    void add_counts(const Rows& rows, const double* weights, std::vector<TreeCounts>& counts, const Run& run) const;
    void add_predictions(const Rows& rows, const double* weights, WeightedSums& sums, const Run& run) const;
    void count_rows_if_smaller(const Run& run);
    void keep(const Rows& rows, const double* weights);
    std::vector<TreeCounts> empty_counts() const;
    template <class Real>
    std::vector<std::size_t> cohort_bytes() const;
    void forget_tables();

    std::shared_ptr<const Forest> forest_;
    Players players_;
    std::vector<TreePlan> plans_;
    std::size_t counts_bytes_;        // what counts of all trees would take, roughly
    std::vector<TreeCounts> counts_;  // empty while rows are kept
    std::vector<double> rows_, weights_;
    WeightedSums sums_;
    mutable Kept<float> kept32_;
    mutable Kept<double> kept64_;
    mutable KeptBySize kept_sets_;
    mutable Keep<std::vector<TreePlan>> pair_plans_;
    mutable std::shared_mutex mutex_;
};

}  // namespace pellucid
