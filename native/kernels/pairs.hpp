// What the kernels of pairs of players read and write.
//
// A pair of a path's slots a < b has the number b (b - 1) / 2 + a among the path's pairs: those of one deeper slot lie
// together.
#pragma once

#include "kernels.hpp"

namespace pellucid {

// Of its own in every file: see kernels.hpp.
static constexpr int pairs_of(int players) { return players * (players - 1) / 2; }

// Sums of pairs over rows: number (pair * outputs + output), `stride` apart, `first` the first row of the pass.
struct PairSums {
    double* numbers;
    std::size_t stride;
    int outputs;
    int output;  // that scalar leaves, or the first of vector leaves, add to
    int first;
};

// A step of the table walk. `flush` says where the pairs of its slot with the slots above are numbered; `table` where
// the leaf's numbers lie: `columns` for each pattern, one a pair of its slots.
struct PairStep {
    WalkStep walk;
    std::size_t table;
    std::size_t flush;
    int columns;
};

struct PairTableTask {
    ForestView forest;
    Block block;
    int first, rows;  // a multiple of kLanes
    const PairStep* steps;
    std::size_t n_steps;
    const double* arena;
    const std::int32_t* pairs;  // by PairStep::flush
    LeafValues leaves;          // of vector leaves; count 0: folded into the tables
    int stride;                 // columns of the widest table
    std::uint16_t* patterns;
    std::uint8_t* left;
    double* sums;  // (outputs, rows, stride), zero before and after
    PairSums acc;
};

// Another player of a path: the pair's number, the level below its last split, and that edge's constants.
struct PairTerm {
    std::int32_t pair;
    std::int32_t level;
    std::size_t constants;
};

// A step of the quadrature's walk, with the pairs that its edge's player is part of.
struct PairQuadStep {
    QuadStep quad;
    std::size_t first_term, terms;
};

// Constants of one edge, each an array over the quadrature's nodes: factor_kept, factor_lost, factor_dead, gain_kept,
// gain_lost as those of QuadStep (those that a fresh edge lacks are 0), then worth = (1 - r) / (t + (1 - t) r).
constexpr int kPairConstants = 6;

struct PairQuadTask {
    ForestView forest;
    Block block;
    int first, rows;  // a multiple of kLanes
    const PairQuadStep* steps;
    std::size_t n_steps;
    const PairTerm* terms;
    const double* arena;
    const double* lost;          // by node: -1 / (1 - t), the worth of a player whose splits the row does not satisfy
    LeafValues leaves;           // count 0: value[node] - centre[0]
    int nodes;                   // of the quadrature
    int first_node, node_count;  // of this pass
    std::uint8_t* left;          // (kLanes,)
    double* workspace;           // (levels + 1, 2 + node_count * (1 + outputs), kLanes)
    PairSums acc;
};

// Values of pairs for every row pattern from the histogram of the background's patterns.
struct PairBuildTask {
    const double* histogram;  // (2^k,)
    int players;
    int nodes;
    const double *t, *rest, *w;
    double* scratch;  // (2, 2^k)
    double* values;   // (pairs, 2^k), written
};

}  // namespace pellucid
