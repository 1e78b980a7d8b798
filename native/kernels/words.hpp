#pragma once

#include "kernels.hpp"

namespace pellucid::PELLUCID_PATH {

// Patterns of a split's children, as words.
void split_patterns(const PatternTask& task, const WalkStep& step);

}  // namespace pellucid::PELLUCID_PATH
