#pragma once

#include "kernels.hpp"

namespace pellucid::PELLUCID_PATH {

// to[i] += from[i], in float64; from[i] = 0.
void add(float* from, std::size_t n, double* to);

}  // namespace pellucid::PELLUCID_PATH
