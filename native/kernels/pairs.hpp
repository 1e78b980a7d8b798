// What the kernels of pairs of players, and of larger sets, read and write, and the table of them that each
// instruction-set path fills.
//
// Sets of a path's slots are numbered by their deepest slot, then by the next, and so on: a pair a < b has the number
// b (b - 1) / 2 + a, and the sets of one deepest slot lie together.
#pragma once

#include "kernels.hpp"

namespace pellucid {

// Of its own in every file: see kernels.hpp.
static constexpr int pairs_of(int players) { return players * (players - 1) / 2; }

// Sets of so many players out of n.
static constexpr int sets_of(int n, int order) {
    long long sets = 1;
    for (int i = 0; i < order; ++i) sets = sets * (n - i) / (i + 1);
    return static_cast<int>(sets);
}

constexpr int kPairLanes = 32;  // rows whose patterns a register of the widest path holds
constexpr int kPairTurned = 8;  // the most rows that are turned together

// Sums of pairs over rows: number (pair * outputs + output), `stride` apart, `first` the first row of the pass.
template <class Real>
struct PairSums {
    Real* numbers;
    std::size_t stride;
    int outputs;
    int output;  // that scalar leaves, or the first of vector leaves, add to
    int first;
};

// A step of the table walk. A leaf's table lies at `table`, and all its pairs are numbered at `pairs`; a Joint's second
// table follows, and so do the numbers of the pairs that it has alone. A flush's pairs are those of its slot with the
// slots above. Whole: one table for the whole tree, by the outcomes of its tests, a number for each of its pairs.
//
// Tables by rows: `columns` numbers for each pattern, one a pair. Tables for registers: for each pair, one number a
// pattern (at least 32 of them), the lower halves of all numbers before their upper halves.
struct PairStep {
    WalkStep walk;
    std::size_t table;
    std::size_t pairs;
    int columns;
    int players;  // of a leaf, or tests of Whole
    int count;    // pairs of the table
    std::uint32_t first, last;  // by slot: the leaf is the first, the last, of the subtree that the slot's flush ends
};

template <class Real>
struct PairTableTask {
    ForestView forest;
    Block block;
    int first, rows;  // a multiple of kLanes
    const PairStep* steps;
    std::size_t n_steps;
    const Real* tables;
    const std::int32_t* pairs;  // by PairStep::pairs
    LeafValues leaves;          // of vector leaves; count 0: folded into the tables
    int players;                // of the widest table
    int order;                  // players in a set
    std::uint16_t* patterns;    // (buffers, rows padded to kPairLanes)
    std::uint8_t* left;         // (rows padded to kPairLanes,)
    Real* sums;                 // see pair_sums_size; by rows, zero before and after
    PairSums<Real> acc;
};

static constexpr int pair_columns(int pairs) { return (pairs + 7) / 8 * 8; }
static constexpr int pair_rows(int rows) { return (rows + kPairLanes - 1) / kPairLanes * kPairLanes; }

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
    const double* constants;
    const double* lost;          // by node: -1 / (1 - t), the worth of a player whose splits the row does not satisfy
    LeafValues leaves;           // count 0: value[node] - centre[0]
    int nodes;                   // of the quadrature
    int first_node, node_count;  // of this pass
    std::uint8_t* left;          // (kLanes,)
    double* workspace;           // (levels + 1, 2 + node_count * (1 + outputs), kLanes)
    PairSums<double> acc;
};

// Values of sets for every row pattern from the histogram of the background's patterns, of one leaf or of two siblings.
struct PairBuildTask {
    const double* histogram;  // (2^k,) of the left one
    int players, order;
    bool siblings;
    double value, sibling_value;  // of the leaves
    int nodes;
    const double *t, *rest, *w;
    double* scratch;  // (order + 1, 2^k)
    double* values;   // (sets, 2^k), written
};

// A tile's sums of some pairs go over to the block's sums; the tile is zero afterwards.
struct PairTileTask {
    const std::int32_t* pairs;
    std::size_t n_pairs;
    int outputs;
    int rows;  // a multiple of kLanes
    float* tile;
    std::size_t tile_stride;
    double* acc;
    std::size_t acc_stride;
};

// Each pair's sums are added up for both of its players: of_player (players * outputs, stride), zero before.
struct PairShareTask {
    const double* acc;
    std::size_t n_pairs, stride, rows;  // rows a multiple of kLanes
    int outputs;
    const std::int32_t* players;  // of a pair: the first two of so many numbers
    std::size_t players_stride;
    double* of_player;
};

// Sums turned into the caller's rows: out[r * numbers + n] = acc[n * stride + r].
struct PairStoreTask {
    const double* acc;
    std::size_t numbers, stride, rows;
    double* turned;  // (kPairTurned, numbers)
    double* out;
};

struct PairKernels {
    bool registers;  // tables of float are for registers
    void (*tables32)(const PairTableTask<float>&);
    void (*tables64)(const PairTableTask<double>&);
    void (*quadrature)(const PairQuadTask&);
    void (*build)(const PairBuildTask&);
    void (*add_tile)(const PairTileTask&);
    void (*share)(const PairShareTask&);
    void (*store)(const PairStoreTask&);
};

}  // namespace pellucid
