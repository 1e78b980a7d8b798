#pragma once

#include "kernels.hpp"

namespace pellucid::PELLUCID_PATH {

// out[i] = (other[i] & absent[i]) | own[i], over bytes.
void mix(const std::uint8_t* other, const std::uint8_t* absent, const std::uint8_t* own, std::size_t n,
         std::uint8_t* out);

}  // namespace pellucid::PELLUCID_PATH
