#include "words.hpp"

#include "route.hpp"

namespace pellucid::PELLUCID_PATH {

void split_patterns(const PatternTask& task, const WalkStep& step) {
    route(task.forest, step.node, task.block, task.first, task.rows, task.left);
    const std::size_t size = static_cast<std::size_t>(task.words) * task.rows;
    const std::uint64_t* in = task.patterns + static_cast<std::size_t>(step.in) * size;
    std::uint64_t* to_left = task.patterns + static_cast<std::size_t>(step.out) * size;
    std::uint64_t* to_right = to_left + size;
    for (std::size_t i = 0; i < size; ++i) to_left[i] = to_right[i] = in[i];
    const std::size_t word = static_cast<std::size_t>(step.slot / 64) * task.rows;
    const std::uint64_t bit = std::uint64_t{1} << (step.slot % 64);
    for (int r = 0; r < task.rows; ++r) {
        const bool left = task.left[r];
        if (step.fresh) (left ? to_left : to_right)[word + r] |= bit;
        else (left ? to_right : to_left)[word + r] &= ~bit;
    }
}

}  // namespace pellucid::PELLUCID_PATH
