// The numbers that the kernels of pairs look up: a run of trees made ready for pairs of players.
#pragma once

#include <memory>
#include <vector>

#include "beta.hpp"
#include "legendre.hpp"
#include "pair_tree.hpp"
#include "pool.hpp"

namespace pellucid {

constexpr std::size_t kTileTrees = 32;  // trees whose sums stay in float together

template <class Real>
struct PairArena {
    Trees trees;
    bool registers;
    std::vector<PairTree> ready;                                     // of each tree
    std::vector<Aligned<Real>> tables;                               // of each tree
    std::vector<std::shared_ptr<const TreeBackground>> background;  // of each tree, null where it has no deep leaf
    std::vector<std::vector<std::int32_t>> touched;  // by tile, in order: the pairs that its trees' tables add to
    BetaWeights beta;                // for pairs at deep leaves
    std::vector<Quadrature> rules;  // for larger sets there, by number of nodes

    // Tiles are cut at the same trees whatever the run of trees, and where the run ends.
    bool ends_tile(std::size_t tree) const { return (tree + 1) % kTileTrees == 0 || tree + 1 == trees.second; }
    std::size_t tile(std::size_t tree) const { return tree / kTileTrees - trees.first / kTileTrees; }
};

template <class Real>
PairArena<Real> make_pair_arena(const PairForest& shared, const std::vector<TreePlan>& plans, Trees trees,
                                const BackgroundOf& background, const Run& run);

}  // namespace pellucid
