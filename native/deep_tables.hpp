// The numbers of all row patterns of those deep leaves where that pays: made for one call, and dropped after it.
#pragma once

#include <vector>

#include "arena.hpp"
#include "beta.hpp"
#include "memory.hpp"
#include "pool.hpp"

namespace pellucid {

// What a tree's leaves are worth in a game of weights that are whole numbers of kWeightUnit. Values of vector leaves
// are made for a leaf of 1 and scaled.
class LeafGames {
  public:
    LeafGames(const Forest& forest, std::size_t tree, const TreePlan& plan, const BetaWeights& beta)
        : forest_(forest), vector_leaves_(forest.is_vector(tree)), plan_(plan), beta_(beta) {}

    LeafGame operator()(const DeepLeaf& leaf) const {
        return {kWeightUnit * value(leaf.leaf), kWeightUnit * value(leaf.sibling), beta_.data(), beta_.stride()};
    }

  private:
    double value(std::int32_t leaf) const {
        if (leaf == kNoNode) return 0.0;
        return vector_leaves_ ? 1.0 : forest_.value[static_cast<std::size_t>(leaf) * forest_.width] - plan_.centre[0];
    }

    const Forest& forest_;
    const bool vector_leaves_;
    const TreePlan& plan_;
    const BetaWeights& beta_;
};

// What the tables of a call are made from.
template <class Real>
struct DeepWork {
    const Forest& forest;
    const std::vector<TreePlan>& plans;
    const Arena<Real>& arena;
    const BetaWeights& beta;
    std::size_t rows;
};

// Rows of a block that go through a tree's deep leaves together: the more, the more of them share a pattern.
std::size_t deep_rows(const Forest& forest, std::size_t tree, const TreePlan& plan);

// Bytes of the tables that pay, by tree of the arena.
template <class Real>
std::vector<std::size_t> deep_table_bytes(const DeepWork<Real>& work);

template <class Real>
class DeepTables {
  public:
    // Of some trees of the arena, in the room of earlier ones.
    DeepTables(const DeepWork<Real>& work, Trees trees, Room<Real> room, const Run& run);

    // (2^k, kNarrowPlayers), or null where numbers are made from what rows meet.
    const Real* find(std::size_t tree, std::size_t leaf) const {
        const std::size_t at = offset_[tree - trees_.first][leaf];
        return at == kNone ? nullptr : numbers_.data() + at;
    }

    Room<Real> take_room() && { return std::move(numbers_); }

  private:
    static constexpr std::size_t kNone = ~std::size_t{0};

    void make(const DeepWork<Real>& work, std::size_t tree, Aligned<double>& scratch, const Stop& stop);

    Trees trees_;
    std::vector<std::vector<std::size_t>> offset_;  // by tree and deep leaf
    Room<Real> numbers_;
};

}  // namespace pellucid
