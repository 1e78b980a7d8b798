// Covariances of what three and five players do together, summed over all such sets at once.
#pragma once

#include "kernels.hpp"

namespace pellucid {

constexpr int kOddByte = 256;  // what eight players can agree on
constexpr int kOddPowers = 4;  // numbers an entry of a table takes: sums of first, third and fifth powers, and nothing
constexpr int kOddSums = 6;    // numbers kept a pair

// A set T has variance in proportion to the product of its players' scales a_j, times `fifth` for five players; all
// sets together have `variance`. Pair i is known by the signs s_ij of its players.
struct OddTask {
    std::size_t pairs, players, bytes;  // bytes that hold a bit a player
    const std::uint8_t* members;        // (pairs, bytes): bit j % 8 of byte j / 8 is set where s_ij = 1
    const double* signs;                // (players, pairs)
    const double* mean;                 // (pairs,) of the signs
    const double* noise;                // (pairs,) added to the diagonal
    const double* scale;                // (players,) a
    double fifth, variance;
    double* tables;    // (bytes, kOddByte, kOddPowers), scratch
    double* sums;      // (kOddSums, pairs), scratch
    double* between;   // (pairs, pairs), written: covariances of half differences, zero above the diagonal
    double* of_values; // (players, pairs), written: covariances of values with half differences
};

namespace PELLUCID_PATH {

void odd(const OddTask& task);

}
}  // namespace pellucid
