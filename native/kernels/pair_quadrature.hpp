#pragma once

#include "pairs.hpp"

namespace pellucid::PELLUCID_PATH {

// Pairs of players at a tree's deep leaves, path-dependent, by quadrature.
//
// A leaf of value v gives the pair i, j
//   v (b_i - r_i) (b_j - r_j) ∫₀¹ Π_{l≠i,j} (t b_l + (1-t) r_l) dt = v Σ_q w_q P(t_q) g_i(t_q) g_j(t_q)
// with P = Π_l (t b_l + (1-t) r_l) and a player's worth g = (b - r) / (t b + (1-t) r). Going up, an edge of player i
// knows the sum S of v P over the leaves below it and gives each other player j of the path (its worth after the edge
// - its worth before) · g_j · S: over a path these changes add up to g_i g_j. A player whose splits the row does not
// satisfy has the worth -1 / (1-t), whatever its ratio, so one sum serves all of them.
void pair_quadrature(const PairQuadTask& task);

}  // namespace pellucid::PELLUCID_PATH
