// Where the splits on a feature change their answer.
#pragma once

#include <vector>

#include "forest.hpp"

namespace pellucid {

// Sorted edges u_1 < u_2 < … of a feature such that every split of the forest answers alike for all present values in
// (u_k, u_k+1]. A test float(x) < t has the largest double that passes for its edge, so that x <= u says the same of
// every double x.
std::vector<double> thresholds(const Forest& forest, std::int32_t feature);

}  // namespace pellucid
