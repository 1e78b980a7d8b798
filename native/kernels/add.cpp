#include "add.hpp"

namespace pellucid::PELLUCID_PATH {

void add(float* __restrict from, std::size_t n, double* __restrict to) {
    for (std::size_t i = 0; i < n; ++i) {
        to[i] += static_cast<double>(from[i]);
        from[i] = 0.0f;
    }
}

}  // namespace pellucid::PELLUCID_PATH
