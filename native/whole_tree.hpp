// Trees with so few different tests that one table serves the whole tree, as oblivious trees do.
#pragma once

#include <cstdint>
#include <vector>

#include "forest.hpp"
#include "plan.hpp"

namespace pellucid {

// Makes the plan's joined walk one look-up by the outcomes of the tree's tests, where that is less work.
void plan_whole_tree(const Forest& forest, TreePlan& plan);

// The patterns that every outcome of a tree's tests shows along the walk: outcomes stand where kernels have rows.
class OutcomePatterns {
  public:
    OutcomePatterns(const Forest& forest, const TreePlan& plan);

    void split(const WalkStep& step);
    const std::uint16_t* at(std::int32_t buffer) const { return patterns_.data() + place(buffer); }
    std::size_t outcomes() const { return outcomes_; }

  private:
    std::size_t place(std::int32_t buffer) const { return static_cast<std::size_t>(buffer) * outcomes_; }

    const Forest& forest_;
    const TreePlan& plan_;
    const std::size_t outcomes_;
    std::vector<std::uint16_t> patterns_;
};

// Adds up the values of a tree's leaves for every outcome of its tests: the walk, with outcomes for rows.
class WholeTree {
  public:
    WholeTree(const Forest& forest, const TreePlan& plan);

    // A leaf's, or a merged pair's, values by slot and pattern.
    void add(const TableSpec& spec, const double* values);

    // (players, outcomes), when every table of the plan was added in order.
    const std::vector<double>& values() const { return acc_; }

  private:
    void flush(const WalkStep& step);
    double* slot(int j) { return sums_.data() + static_cast<std::size_t>(j) * patterns_.outcomes(); }
    double* player(int p) { return acc_.data() + static_cast<std::size_t>(p) * patterns_.outcomes(); }

    const TreePlan& plan_;
    OutcomePatterns patterns_;
    std::size_t step_ = 0;
    std::vector<double> acc_, sums_;
};

}  // namespace pellucid
