// Interaction values of pairs of players: blocks of rows pass through the trees.
#pragma once

#include <vector>

#include "explain.hpp"
#include "keep.hpp"
#include "pair_arena.hpp"

namespace pellucid {

// values (rows, pairs, outputs), written; half of each value is taken off its players in main (rows, players,
// outputs), where their Shapley values are.
struct PairOut {
    double* values;
    double* main;
};

template <class Real>
using KeptPairs = Keep<PairArena<Real>>;

// The trees' interaction of each of the forest's pairs. Float: tables are of float32, sums over kTileTrees trees too,
// all else is float64. The game's tables are not used.
template <class Real>
void explain_pairs(const Game& game, const Players& players, const std::vector<PlayerPair>& pairs, const Rows& rows,
                   const PairOut& out, const Run& run, KeptPairs<Real>& kept);

}  // namespace pellucid
