#pragma once

#include "pairs.hpp"

namespace pellucid::PELLUCID_PATH {

// This path's kernels of pairs.
extern const PairKernels pair_kernels;

}  // namespace pellucid::PELLUCID_PATH
