// Two merged pairs of leaves under one split, read as one.
#pragma once

#include <vector>

#include "kernels/kernels.hpp"

namespace pellucid {

// The walk with each split, its two pairs and its flush made three splits and a Joint: the slots that the pairs share
// are then read, added and stored once.
std::vector<WalkStep> join_pairs(const std::vector<WalkStep>& walk);

}  // namespace pellucid
