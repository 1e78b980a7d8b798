// Rows against the background patterns of a tree's deep leaves.
#pragma once

#include <cstdint>
#include <vector>

#include "deep_tables.hpp"
#include "forest.hpp"
#include "memory.hpp"
#include "plan.hpp"
#include "pool.hpp"

namespace pellucid {

// The memory one worker needs for it.
template <class Real>
struct DeepSpace {
    Aligned<std::uint16_t> patterns;
    Aligned<std::uint64_t> words;
    Aligned<std::uint8_t> left, any;
    std::vector<std::uint16_t> numbers;  // by narrow pattern: 1 + its number among the leaf's rows, 0 between leaves
    std::vector<std::int32_t> entry, rows, entries;  // of each row; the rows that have one, and which
    Aligned<std::uint16_t> distinct;
    Aligned<double> scratch;
    Aligned<Real> made;  // entries: numbers by player of the leaf
    Aligned<Real> acc;   // (outputs, rows, tree players)
};

// One tree, some rows of a block, and some outputs. Each row has an entry at each leaf, which is in the leaf's table or
// made here: rows of one pattern share one, and those that meet no background row have none. A row's bits depend on
// nothing but its pattern at each leaf.
template <class Real>
class DeepPass {
  public:
    struct Task {
        const Forest& forest;
        std::size_t tree;
        const TreePlan& plan;
        const TreeCohorts<Real>& cohorts;
        const DeepTables<Real>& tables;
        const BetaWeights& beta;
        LeafValues leaves;  // count 0: the one output
        Block block;
        std::size_t first, rows;  // of the block
    };

    DeepPass(const Task& task, DeepSpace<Real>& space);
    void run(const Stop& stop);

    // phi (stride apart) += the values of a player and an output of this pass
    void add_to(std::size_t player, std::size_t output, double* phi) const;

  private:
    void narrow(const Stop& stop);
    void wide(const Stop& stop);
    void narrow_leaf(std::size_t number, const std::uint16_t* patterns, const Stop& stop);
    void wide_leaf(std::size_t number, const std::uint64_t* patterns, const Stop& stop);
    void look_up(const DeepLeaf& leaf, const std::uint16_t* patterns, const Real* table);
    std::size_t number_patterns(const std::uint16_t* patterns);
    std::size_t list_rows(std::size_t first, std::size_t count);
    void add_rows(const DeepLeaf& leaf, std::size_t count, const Real* numbers, std::size_t width);
    Real scale(std::int32_t leaf, std::size_t output) const;

    const Task& task_;
    DeepSpace<Real>& space_;
    const std::size_t outputs_, width_;
    const LeafGames games_;
};

}  // namespace pellucid
