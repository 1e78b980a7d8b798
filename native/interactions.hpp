// Interaction values of pairs of players: blocks of rows pass through the trees.
#pragma once

#include <vector>

#include "explain.hpp"
#include "pair_tree.hpp"

namespace pellucid {

// out (rows, pairs, outputs) += the trees' interaction of each pair, in float64. The game's tables are not used.
void explain_pairs(const Game& game, const Players& players, const std::vector<PlayerPair>& pairs, const Rows& rows,
                   double* out, const Run& run);

// Half of each pair's value is taken off each of its players: main (rows, players, outputs), values as above.
void take_off_pairs(const std::vector<PlayerPair>& pairs, const double* values, std::size_t rows, std::size_t players,
                    std::size_t outputs, double* main, const Run& run);

}  // namespace pellucid
