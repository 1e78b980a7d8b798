// The one step that all pattern walks share: a split turns its rows' pattern into those of its children.
#pragma once

#include "route.hpp"

namespace pellucid::PELLUCID_PATH {

// A fresh slot's bit is set where the row takes the child's side; a repeated slot's bit is cleared where it does not.
inline void split_patterns16(const WalkStep& step, const std::uint8_t* left, int rows, std::uint16_t* patterns) {
    const std::uint16_t* in = patterns + static_cast<std::size_t>(step.in) * rows;
    std::uint16_t* __restrict to_left = patterns + static_cast<std::size_t>(step.out) * rows;
    std::uint16_t* __restrict to_right = to_left + rows;
    const auto bit = static_cast<std::uint16_t>(1u << step.slot);
    if (step.fresh && !step.both) {
        for (int r = 0; r < rows; ++r) to_left[r] = in[r] | static_cast<std::uint16_t>(left[r] << step.slot);
    } else if (step.fresh) {
        for (int r = 0; r < rows; ++r) {
            const auto hit = static_cast<std::uint16_t>(left[r] << step.slot);
            to_left[r] = in[r] | hit;
            to_right[r] = in[r] | static_cast<std::uint16_t>(hit ^ bit);
        }
    } else {
        for (int r = 0; r < rows; ++r) {
            const auto hit = static_cast<std::uint16_t>(left[r] << step.slot);
            to_left[r] = in[r] & static_cast<std::uint16_t>(~(hit ^ bit));
            to_right[r] = in[r] & static_cast<std::uint16_t>(~hit);
        }
    }
}

}  // namespace pellucid::PELLUCID_PATH
