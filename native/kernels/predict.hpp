#pragma once

#include "kernels.hpp"

namespace pellucid::PELLUCID_PATH {

// out[row][o] += Σ_trees value of the leaf that the row reaches, tree by tree in float64.
void predict(const ForestView& forest, const std::int32_t* roots, const std::int32_t* outputs, std::size_t trees,
             const double* rows, std::size_t n, std::size_t width, std::size_t n_outputs, double* out);

}  // namespace pellucid::PELLUCID_PATH
