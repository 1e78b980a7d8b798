#pragma once

#include "fails.hpp"

namespace pellucid::PELLUCID_PATH {

// Sorts the rows of a block by the leaves that they reach and the players that they fail, and adds their weights up.
void fails(const FailTask& task);

// left[i] = whether the value x[i * stride] goes left at a split.
void goes(const ForestView& forest, std::int32_t node, const double* x, std::size_t count, std::size_t stride,
          std::uint8_t* left);

}  // namespace pellucid::PELLUCID_PATH
