#pragma once

#include "kernels.hpp"

namespace pellucid::PELLUCID_PATH {

// histogram of each table leaf [pattern] += weight, row after row.
void histogram(const HistogramTask& task);

}  // namespace pellucid::PELLUCID_PATH
