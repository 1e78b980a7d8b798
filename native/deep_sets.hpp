// Sets of players at one deep leaf, row by row, for either game.
//
// A row with bits b and a background with shares r give a set T of a leaf of unit value
//   Π_{i∈T} (b_i - r_i) ∫₀¹ Π_{j∉T} (t b_j + (1-t) r_j) dt
// (Grabisch & Roubens 1999: the mean mixed derivative of the multilinear extension along its diagonal), which nodes of
// a Gauss–Legendre rule give exactly. Path-dependent, r are the products of cover ratios; against a background, the
// bits of one distinct pattern, and patterns are added up by weight.
#pragma once

#include <cstdint>

#include "legendre.hpp"
#include "pool.hpp"

namespace pellucid {

struct DeepSetsTask {
    int players, order;
    const double* ratios;           // (players,), or null: the patterns are the background
    const std::uint64_t* patterns;  // (count, words)
    const double* weights;          // (count,)
    std::size_t count;
    int words;
    const std::uint64_t* row_patterns;  // (words, rows)
    int rows;
    const Quadrature* rule;
    double* values;  // (sets, rows) unit values, written
};

void deep_sets(const DeepSetsTask& task, const Stop& stop);

}  // namespace pellucid
