// What a tree's leaves have seen of a background so far.
#pragma once

#include <cstdint>
#include <vector>

#include "arena.hpp"
#include "forest.hpp"
#include "plan.hpp"
#include "pool.hpp"
#include "rows.hpp"

namespace pellucid {

// By narrow pattern: 1 + its number within a leaf, all 0 from leaf to leaf.
using PatternNumbers = std::vector<std::uint32_t>;

// Distinct patterns of one deep leaf and their weights.
class PatternCounts {
  public:
    explicit PatternCounts(const DeepLeaf& leaf) : words_(leaf.words()), narrow_(leaf.is_narrow()) {}
    void add_narrow(const std::uint16_t* patterns, const double* weights, std::size_t n, PatternNumbers& numbers);
    void add(const std::uint64_t* pattern, std::size_t stride, double weight);  // words of the pattern lie stride apart
    void merge(const PatternCounts& other, PatternNumbers& numbers);
    LeafCohort divided_by(double total) &&;
    std::size_t size() const { return seen_.weights.size(); }

  private:
    std::size_t hash(const std::uint64_t* pattern, std::size_t stride) const;
    bool same(std::size_t number, const std::uint64_t* pattern, std::size_t stride) const;
    void make_room();

    std::size_t words_;
    bool narrow_;
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
    std::size_t patterns_at(std::size_t deep_leaf) const { return cohorts_[deep_leaf].size(); }
    TreeBackground divided_by(double total) const& { return TreeCounts(*this).divided_by(total); }
    TreeBackground divided_by(double total) &&;

  private:
    void add_narrow(const TreePlan& plan, const NarrowSplitTask& task, const double* weights, std::size_t rows,
                    PatternNumbers& numbers, const Stop& stop);
    void add_wide(const TreePlan& plan, const PatternTask& task, const double* weights, std::size_t rows,
                  const Stop& stop);

    std::vector<double> histograms_;
    std::vector<PatternCounts> cohorts_;  // one a deep leaf
};

}  // namespace pellucid
