#pragma once

#include "kernels.hpp"

namespace pellucid::PELLUCID_PATH {

// sums[o][row] += value of the leaf that the row reaches, tree by tree in float64.
void predict(const PredictTask& task);

}  // namespace pellucid::PELLUCID_PATH
