#pragma once

#include "kernels.hpp"

namespace pellucid::PELLUCID_PATH {

// Patterns of a split's children, as words.
void split_patterns(const PatternTask& task, const WalkStep& step);

// Interventional values of one unit leaf with any number of players, one distinct background pattern at a time.
//
// For a row pattern s and a background pattern p the leaf's game is a conjunction: it can be won only if s or p
// satisfies every player. With a players held by s alone and c by p alone, ∫ t^(a-1) (1-t)^c dt = B(a, c+1) goes to
// each of the a and -B(a+1, c) to each of the c.
void cohort(const CohortTask& task);

}  // namespace pellucid::PELLUCID_PATH
