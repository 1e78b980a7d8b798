// A weighted background, kept as counts of the patterns that each leaf sees.
#pragma once

#include <cmath>
#include <memory>
#include <shared_mutex>
#include <stdexcept>
#include <vector>

#include "arena.hpp"
#include "forest.hpp"
#include "plan.hpp"
#include "rows.hpp"

namespace pellucid {

// Distinct patterns of one deep leaf and their weights.
class PatternCounts {
  public:
    explicit PatternCounts(std::size_t words) : words_(words) {}
    void add(const std::uint64_t* pattern, std::size_t stride, double weight);  // words of the pattern lie stride apart
    void merge(const PatternCounts& other);
    LeafCohort divided_by(double total) const;

  private:
    std::size_t hash(const std::uint64_t* pattern, std::size_t stride) const;
    bool same(std::size_t number, const std::uint64_t* pattern, std::size_t stride) const;
    void make_room();

    std::size_t words_;
    LeafCohort seen_;
    std::vector<std::uint32_t> slots_;  // open addressing: 1 + the pattern's number, 0 where free
};

// Background rows of one tree, added up: not yet divided by the total weight.
class TreeCounts {
  public:
    void start(const TreePlan& plan);
    void add(const Forest& forest, const TreePlan& plan, const Columns& columns, const double* weights, std::size_t n,
             const Stop& stop);
    void merge(const TreeCounts& other);
    TreeBackground divided_by(double total) const;

  private:
    void add_deep(const TreePlan& plan, const PatternTask& task, const double* weights, std::size_t rows);

    std::vector<double> histograms_;
    std::vector<PatternCounts> cohorts_;  // one a deep leaf
};

// A sum that keeps what rounding drops (Neumaier 1974).
class Sum {
  public:
    void add(double more) {
        const double next = sum_ + more;
        carry_ += std::abs(sum_) >= std::abs(more) ? (sum_ - next) + more : (more - next) + sum_;
        sum_ = next;
    }
    double value() const { return sum_ + carry_; }

  private:
    double sum_ = 0.0, carry_ = 0.0;
};

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
    Background(std::shared_ptr<const Forest> forest, Players players);

    void add(const Rows& rows, const double* weights, const Run& run);
    void merge(const Background& other, const Run& run);

    // Interventional values; out (rows, players, outputs), zero before.
    void explain(const Rows& rows, bool exact, double* out, const Run& run) const;

    double total() const { return sums_.weight.value(); }
    std::vector<double> base() const;  // forest.base + weighted mean of the trees
    std::size_t players() const { return players_.count; }
    const Forest& forest() const { return *forest_; }

  private:
    template <class Real>
    void explain_in(const Rows& rows, double* out, const Run& run) const;
    void add_counts(const Rows& rows, const double* weights, std::vector<TreeCounts>& counts, const Run& run) const;
    void add_predictions(const Rows& rows, const double* weights, WeightedSums& sums, const Run& run) const;
    void count_rows_if_smaller(const Run& run);
    void keep(const Rows& rows, const double* weights);
    std::vector<TreeCounts> empty_counts() const;
    std::vector<std::size_t> bytes_of_trees(std::size_t size_of_number) const;

    std::shared_ptr<const Forest> forest_;
    Players players_;
    std::vector<TreePlan> plans_;
    std::size_t counts_bytes_;        // what counts of all trees would take, roughly
    std::vector<TreeCounts> counts_;  // empty while rows are kept
    std::vector<double> rows_, weights_;
    WeightedSums sums_;
    mutable std::shared_mutex mutex_;
};

}  // namespace pellucid
