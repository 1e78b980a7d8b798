// What the kernels of leaves without a register table read and write, and the table of them that each instruction-set
// path fills.
//
// Weights of background patterns are whole numbers of kWeightUnit, so that sums over patterns are exact in float64 and
// the same in any order. What a row pattern gets is therefore the same number whether it is added up from the patterns
// that it meets, or all row patterns' numbers are made at once.
#pragma once

#include "kernels.hpp"

namespace pellucid {

constexpr int kNarrowPlayers = 16;  // the most whose patterns are kept in 16 bits
constexpr int kMostWords = 64;      // of a pattern in words of 64 bits
constexpr double kWeightUnit = 0x1p-51;

// Patterns come in multiples of what a register holds. Of its own in every file: see kernels.hpp.
static constexpr std::size_t padded_patterns(std::size_t count) { return (count + 31) / 32 * 32; }

// The distinct background patterns of one leaf of up to kNarrowPlayers, each as the players that it lacks; those that
// lack few first. Of two siblings whose patterns differ in the last bit alone, `players` are those above; the patterns
// that hold the left one's last bit come first, and from padded_patterns(count[0]) on those that lack it.
template <class Real>
struct NarrowSet {
    const std::uint16_t* lacking;
    const Real* weights;  // of kWeightUnit each
    std::size_t count[2];
    int players;
    bool siblings;
};

// The same of any number of players, in words of 64 bits that lie `stride` apart.
template <class Real>
struct WideSet {
    const std::uint64_t* lacking;  // (words, stride)
    const Real* weights;
    std::size_t count, stride;
    int players, words;
};

// A leaf's value, times kWeightUnit, and its sibling's; and what a player of a conjunction gets where the row alone
// holds a and the background alone c: at[a * stride + c] = B(a, c) = B(c, a), and 0 where a or c is 0.
struct LeafGame {
    double value, sibling;
    const double* at;
    int stride;

    const double* row(int a) const { return at + a * stride; }
};

// Patterns of up to kNarrowPlayers players.
struct NarrowSplitTask {
    ForestView forest;
    Block block;
    int first, rows;          // a multiple of kLanes
    std::uint16_t* patterns;  // (buffers, rows)
    std::uint8_t* left;
};

// The numbers of some row patterns.
template <class Real>
struct NarrowTask {
    NarrowSet<Real> background;
    LeafGame game;
    const std::uint16_t* patterns;
    int count;
    std::uint8_t* any;  // (count,) whether some number may be other than 0, written
    Real* numbers;      // (count, kNarrowPlayers), written where any
};

// The numbers of all row patterns.
template <class Real>
struct DeepTableTask {
    NarrowSet<Real> background;
    LeafGame game;
    double* scratch;  // deep_scratch(players above, siblings)
    Real* numbers;    // (2^k, kNarrowPlayers), written
};

// Of its own in every file.
static constexpr std::size_t deep_scratch(int players, bool siblings) {
    return (static_cast<std::size_t>(players + 1) << players) * (siblings ? 2 : 1);
}

template <class Real>
struct WideTask {
    WideSet<Real> background;
    LeafGame game;
    const std::uint64_t* patterns;  // (words, pattern_stride)
    std::size_t pattern_stride;
    int count;
    std::uint8_t* any;
    double* scratch;  // (players,)
    Real* numbers;    // (count, width), written where any
    std::size_t width;
};

// acc[row] += scale * numbers[entry] for a list of rows and their entries.
template <class Real>
struct RowSumTask {
    const std::int32_t* rows;
    const std::int32_t* entries;
    int count;
    const Real* numbers;  // (entries, width)
    std::size_t width;
    const std::int32_t* players;  // (n_players,) where each number of an entry goes
    int n_players;
    Real scale;
    Real* acc;  // (rows, acc_width)
    int acc_width;
};

struct DeepKernels {
    void (*split)(const NarrowSplitTask&, const WalkStep&);
    void (*narrow32)(const NarrowTask<float>&);
    void (*narrow64)(const NarrowTask<double>&);
    void (*wide32)(const WideTask<float>&);
    void (*wide64)(const WideTask<double>&);
    void (*table32)(const DeepTableTask<float>&);
    void (*table64)(const DeepTableTask<double>&);
    void (*row_sums32)(const RowSumTask<float>&);
    void (*row_sums64)(const RowSumTask<double>&);
};

}  // namespace pellucid
