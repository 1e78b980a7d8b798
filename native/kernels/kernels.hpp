// What the kernels read and write, and the table of them that each instruction-set path fills.
//
// Kernel files are compiled once a path, with that path's instructions allowed, in a namespace of its name. They use
// bare pointers and no standard containers: a shared inline function compiled for one path must never be linked into
// another.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../forest.hpp"

namespace pellucid {

constexpr int kLanes = 16;         // rows come in multiples of this
constexpr int kWideLanes = 64;     // rows of a quadrature batch where its workspace is small enough
constexpr int kTablePlayers = 7;   // the most players of a leaf with a pattern table: beyond, other ways are faster
constexpr int kWholeTests = 8;     // the most different tests of a tree that is one table
constexpr int kTableBits = 4;      // a slot's numbers fill at least one register
constexpr int kNodeChunk = 32;     // quadrature nodes handled at a time: memory stays small where paths are long
constexpr int kVectorChunk = 8;    // outputs of vector leaves handled at a time

// Rows stored column-wise: column c starts at c * stride.
struct Block {
    const float* f32;
    const double* f64;
    std::size_t stride;
};

// One step of the walk over a tree that keeps, for each row, the pattern of the players whose splits it satisfies.
// A pattern buffer holds one pattern a row; a split writes its children's patterns into `out` (left) and `out + 1`
// (right).
struct WalkStep {
    enum class Op : std::uint8_t {
        Split,  // node, slot, fresh, in, out, both
        Leaf,   // in, table
        Pair,   // in (the left leaf's pattern), table, player: two sibling leaves read as one
        Joint,  // in and out (patterns of two pairs), table (the left one's; the right one's follows), slot, player of
                // the split above both, -1 where it is met higher up
        Whole,  // in, table: the whole tree's values, one slot a player, by the outcomes of its tests
        Flush,  // slot, player: the subtree in which the slot stands for the player is done
    };
    Op op;
    bool fresh;  // the slot's player is not met above
    bool both;   // the right child's pattern is wanted too
    std::int32_t node;
    std::int32_t in;
    std::int32_t out;
    std::int32_t slot;
    std::int32_t player;  // number of the player within the tree
    std::int32_t table;
};

// Of its own in every file: see above. Numbers that one slot takes in a table laid out slot by slot.
static constexpr std::size_t slot_numbers(int players) {
    return std::size_t{1} << (players < kTableBits ? kTableBits : players);
}

// The pattern table of a leaf, or of two sibling leaves whose patterns differ in the last bit alone: one number for
// each slot and pattern, slot by slot, `slot_numbers` each.
struct TableSpec {
    std::int32_t leaf;
    std::int32_t sibling;  // right leaf of a merged pair, else kNoNode
    std::int32_t last;     // of a merged pair: number of its split's player within the tree
    std::int32_t players;  // k
    std::size_t offset;     // into the arena
    std::size_t path;       // into the tree's path players and ratios
    std::size_t histogram;  // into the tree's histograms; the sibling's follows
};

// The leaves' own numbers, for trees whose leaves are vectors.
struct LeafValues {
    const double* value;   // (nodes, width)
    const double* centre;  // (width,) taken off every leaf
    std::size_t width;     // outputs of the forest
    int first, count;      // outputs of this pass; count 0: scalar leaves, folded into the tables
};

template <class Real>
struct TableTask {
    ForestView forest;
    Block block;
    int first, rows;  // rows of the block; a multiple of kLanes
    int wanted;       // of these rows; the others only fill up
    const WalkStep* steps;
    std::size_t n_steps;
    const TableSpec* tables;
    const Real* arena;
    LeafValues leaves;
    int stride;               // slots of `sums`
    int players;              // of the tree
    std::uint16_t* patterns;  // (buffers, rows)
    std::uint8_t* left;       // (rows,)
    Real* sums;               // (outputs, stride, rows), zero before and after
    Real* acc;                // (outputs, players, rows), added to
};

// One step of the walk that carries the products of a quadrature down a tree and their sums up again.
struct QuadStep {
    enum class Op : std::uint8_t {
        Route,  // node, level: which rows go left
        Down,   // level, right, previous, constants: products of the child at level + 1
        Leaf,   // the same for a child that is a leaf (node), with its part of Up
        Up,     // level, player, previous, constants, assign: values and sums of the child at level + 1
    };
    Op op;
    bool right;
    bool assign;  // first child: the sums of this level begin here
    std::int32_t node;
    std::int32_t level;
    std::int32_t previous;  // level below the last split of the same player on the path, -1 if there is none
    std::int32_t player;
    std::size_t constants;  // into the arena: see below
};

// Constants of one edge, each an array over the quadrature's nodes. r = the player's product of cover ratios with this
// edge, o = without; bits: whether the row satisfies all the player's splits with this edge (new) and without (old).
//   fresh edge:    factor_new, factor_lost, gain_new, gain_lost
//   repeated edge: factor_kept (old and new), factor_lost (old, not new), factor_dead (not old), gain_kept, gain_lost;
//   gain_dead = 0
constexpr int kFreshConstants = 4;
constexpr int kRepeatConstants = 5;

template <class Real>
struct QuadTask {
    ForestView forest;
    Block block;
    int first, rows;
    const QuadStep* steps;
    std::size_t n_steps;
    const Real* arena;
    LeafValues leaves;           // count 0: value[node] - centre[0]
    int nodes;                   // of the quadrature
    int first_node, node_count;  // of this pass
    int players;
    int lanes;             // kLanes or kWideLanes: the most rows of a batch
    std::uint8_t* left;    // (lanes,)
    Real* workspace;       // (levels + 1, 2 + node_count * (1 + outputs), lanes)
    std::size_t acc_rows;  // rows of acc
    Real* acc;             // (outputs, players, acc_rows)
};

// Adds weighted background rows to the tree's histograms.
struct HistogramTask {
    ForestView forest;
    Block block;
    int first, rows;  // rows that count; the block is padded to kLanes
    const WalkStep* steps;
    std::size_t n_steps;
    const TableSpec* tables;
    const double* weights;    // of these rows
    std::uint16_t* patterns;  // (buffers, rows padded to kLanes)
    std::uint8_t* left;
    double* histograms;
};

// Patterns of any number of players, as words of 64 bits.
struct PatternTask {
    ForestView forest;
    Block block;
    int first, rows;
    int words;                // of the tree's widest pattern
    std::uint64_t* patterns;  // (buffers, words, rows)
    std::uint8_t* left;
};

// Values for every row pattern from the histogram of the background's patterns.
struct BuildTask {
    const double* histogram;  // (2^k,)
    int players;
    int nodes;
    const double *t, *rest, *w;
    double* scratch;  // (2^k,)
    double* values;   // (k, 2^k), written
};

// Routes rows to leaves and adds up what they hold.
struct PredictTask {
    ForestView forest;
    const std::int32_t* roots;
    const std::int32_t* tree_output;
    const std::int32_t* tree_nodes;
    std::size_t n_trees;
    Block block;
    const double* rows;  // (n, width)
    int n;
    std::size_t width;
    int outputs;
    double* sums;  // (outputs, stride of the block), added to
};

struct PairKernels;
struct DeepKernels;
struct CoalitionTask;
struct FailTask;
struct OddTask;

struct Kernels {
    const char* name;
    void (*predict)(const PredictTask&);
    void (*tables32)(const TableTask<float>&);
    void (*tables64)(const TableTask<double>&);
    void (*add32)(float* from, std::size_t n, double* to);
    void (*quadrature32)(const QuadTask<float>&);
    void (*quadrature64)(const QuadTask<double>&);
    void (*histogram)(const HistogramTask&);
    void (*split_patterns)(const PatternTask&, const WalkStep&);
    void (*build)(const BuildTask&);
    const PairKernels* pairs;
    const DeepKernels* deep;
    void (*coalition_leaves)(const CoalitionTask&, std::size_t first_tree, std::size_t last_tree);
    void (*coalition_sums)(const CoalitionTask&);
    void (*fails)(const FailTask&);
    void (*goes)(const ForestView&, std::int32_t node, const double* x, std::size_t count, std::size_t stride,
                 std::uint8_t* left);
    void (*mix)(const std::uint8_t* other, const std::uint8_t* absent, const std::uint8_t* own, std::size_t n,
                std::uint8_t* out);
    void (*odd)(const OddTask&);
};

}  // namespace pellucid
