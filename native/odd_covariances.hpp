// Prior covariances of pairs of coalitions: see pellucid/attribution/shapley/odd_interactions.py for the formulas.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pellucid {

// Pairs of coalitions, known by the signs s_ij of their players.
struct SignedPairs {
    std::size_t pairs, players;
    const std::uint8_t* members;  // (pairs, bytes of a bit a player): bit j % 8 of byte j / 8 is set where s_ij = 1
    const double* signs;          // (players, pairs)
    const double* mean;           // (pairs,) of the signs
    const double* noise;          // (pairs,) variance of each half difference's own
};

// Scales a_j of the players: a set of three has a variance in proportion to the product of its players' scales, a set
// of five `fifth` times that, and all together have `variance`.
struct OddPrior {
    const double* scale;  // (players,)
    double fifth, variance;
};

// between: (pairs, pairs) covariances of half differences, zero above the diagonal; of_values: (players, pairs)
// covariances of values with them.
void odd_covariances(const SignedPairs& pairs, const OddPrior& prior, double* between, double* of_values);

}  // namespace pellucid
