#pragma once

#include "deep.hpp"

namespace pellucid::PELLUCID_PATH {

extern const DeepKernels deep_kernels;

}  // namespace pellucid::PELLUCID_PATH
