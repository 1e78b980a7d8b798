// When it pays to make the numbers of all row patterns of a leaf, rather than of those that rows show.
#pragma once

#include <algorithm>
#include <cstddef>

#include "plan.hpp"

namespace pellucid {

constexpr int kDeepTablePlayers = 12;  // the most whose row patterns are all made

// Nanoseconds of one core of a Zen 4 with AVX-512: the kernels by themselves on leaves of 8 to 12 players and 20 to 2,000
// background patterns, and for a table the memory that it is the first to touch.
constexpr double kPatternCost = 25.0;  // one row pattern, however few background patterns it is held against
constexpr double kMeetCost = 0.3;      // each background pattern that it is held against
constexpr double kNumberCost = 3.0;    // one number of a table

// One leaf, or two siblings, against `count` background patterns: rows come `pass` at a time, and those of a pass that
// share a pattern get their numbers together. About as many patterns show among rows as among the background.
inline double hits_cost(std::size_t count, std::size_t rows, std::size_t pass) {
    const auto patterns = static_cast<double>(std::min({rows, pass, count}));
    const double passes = static_cast<double>((rows + pass - 1) / pass);
    return passes * patterns * (kPatternCost + kMeetCost * static_cast<double>(count));
}

inline double table_cost(int players) {
    return kNumberCost * static_cast<double>(players) * static_cast<double>(std::size_t{1} << players);
}

inline bool table_pays(const DeepLeaf& leaf, std::size_t count, std::size_t rows, std::size_t pass) {
    return leaf.players <= kDeepTablePlayers && table_cost(leaf.players) < hits_cost(count, rows, pass);
}

}  // namespace pellucid
