#include "mix.hpp"

namespace pellucid::PELLUCID_PATH {

void mix(const std::uint8_t* __restrict other, const std::uint8_t* __restrict absent,
         const std::uint8_t* __restrict own, std::size_t n, std::uint8_t* __restrict out) {
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::uint8_t>((other[i] & absent[i]) | own[i]);
}

}  // namespace pellucid::PELLUCID_PATH
