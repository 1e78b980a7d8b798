#pragma once

#include "deep.hpp"

namespace pellucid::PELLUCID_PATH {

template <class Real>
void row_sums(const RowSumTask<Real>& task);

}  // namespace pellucid::PELLUCID_PATH
