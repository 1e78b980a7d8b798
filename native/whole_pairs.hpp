// The pair table of a tree that takes one look-up.
#pragma once

#include <vector>

#include "pair_tree.hpp"
#include "whole_tree.hpp"

namespace pellucid {

// Adds up the pairs of a tree's leaves for every outcome of its tests: the walk, with outcomes for rows.
class WholePairs {
  public:
    // `pairs` are the numbers of the tree's pairs, in order.
    WholePairs(const PairForest& shared, const TreePlan& plan, const std::vector<std::int32_t>& pairs);

    // The pairs of a leaf, or of a merged one, by pair and pattern.
    void add(const TableSpec& spec, const double* values);

    // (pairs, outcomes), when every table of the plan was added in order.
    const std::vector<double>& values() const { return values_; }

  private:
    void meet(const WalkStep& step);
    double* values_of(const int* slots);

    const PairForest& shared_;
    const TreePlan& plan_;
    const std::vector<std::int32_t>& pairs_;
    OutcomePatterns patterns_;
    std::size_t step_ = 0;
    std::vector<std::int32_t> player_;  // by slot
    std::vector<double> values_;
};

}  // namespace pellucid
