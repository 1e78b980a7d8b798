// What the kernel of effects reads and writes: rows sorted, leaf by leaf, by the players whose splits they fail.
#pragma once

#include "pairs.hpp"

namespace pellucid {

static constexpr int kSetWords = 32;  // of a set of rows, as bits
static constexpr int kSetRows = 64 * kSetWords;

// A child on the way down a tree, in depth-first order, left before right.
struct FailStep {
    std::int32_t node;  // the split above
    std::int32_t level;  // of the child; the root's is 0
    std::int32_t slot;  // of the split's player on the path
    std::int32_t players;  // slots on the way to the child
    std::int32_t leaf;  // number of the leaf, kNoNode where the child is split again
    bool right;
    bool fresh;  // the player is not met above
    std::size_t sums;  // where the leaf's sums begin
    std::size_t skip;  // step after those below the child
};

// Which players' splits a row fails on the way to a node: none is 0, one is its slot + 1, and two are the lower slot
// + 1 and 65,536 times the higher slot + 1. Rows that fail more are dropped.
using Fails = std::uint32_t;

struct FailedRow {
    std::int32_t row;
    Fails fails;
};

// Rows on their way to a node: as bits, a set for each state, while they are many; listed when they are few.
struct FailLevel {
    std::uint64_t* sets[2];  // of the left and of the right child: (sets, kSetWords)
    FailedRow* lists[2];
    int counts[2];
    bool listed[2];
    int side;  // the child that is walked
};

// Told of every row that reaches a leaf, when nothing is added up.
using HearFail = void (*)(void* listener, std::int32_t leaf, Fails fails, std::int32_t row);

struct FailTask {
    ForestView forest;
    Block block;
    int first, rows;  // at most kSetRows
    const FailStep* steps;
    std::size_t n_steps;
    int most;               // players that a row may fail: 1 or 2
    int dense_levels;       // levels that have sets
    int dense_players;      // players that a set of states has room for
    const double* weights;  // of these rows; null: each 1
    double* sums;           // by leaf: where nobody fails, each slot, each pair; null: the listener is told instead
    HearFail hear;
    void* listener;
    FailLevel* levels;
    std::uint64_t* left;  // (kSetWords,)
    std::uint8_t* bytes;  // (kSetRows,)
};

}  // namespace pellucid
