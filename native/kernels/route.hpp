// Which way a value goes at a split: for one value, and for a run of rows at once.
#pragma once

#include "kernels.hpp"

namespace pellucid::PELLUCID_PATH {

inline bool in_set(const ForestView& forest, std::int32_t node, double category) {
    const std::int64_t start = forest.set_start[node];
    const auto bound = static_cast<double>(32 * (forest.set_start[node + 1] - start));
    if (!(category >= 0.0 && category < bound)) return false;
    const auto c = static_cast<std::int64_t>(category);
    return (forest.set_words[start + c / 32] >> (c % 32)) & 1u;
}

// Categories are truncated towards zero, as LightGBM does; XGBoost reads them as float and knows no negative one.
inline bool category_goes_left(const ForestView& forest, std::int32_t node, Test test, double x) {
    if (test == Test::NotInSet) return !in_set(forest, node, static_cast<double>(static_cast<float>(x)));
    return in_set(forest, node, x > -1.0 && x < 0.0 ? 0.0 : x);
}

inline bool goes_left(const ForestView& forest, std::int32_t index, double x) {
    const Node& node = forest.nodes[index];
    const bool in_float = node.test == Test::LessF32 || node.test == Test::LessEqualF32;
    if (in_float) x = static_cast<double>(static_cast<float>(x));
    if (x != x) return node.default_left;
    if (node.zero_is_missing && x >= -static_cast<double>(kZeroThreshold) && x <= static_cast<double>(kZeroThreshold))
        return node.default_left;
    switch (node.test) {
        case Test::LessF32: return x < node.threshold;
        case Test::LessEqualF32:
        case Test::LessEqualF64: return x <= node.threshold;
        default: return category_goes_left(forest, index, node.test, x);
    }
}

// left[r] = 1 where row r goes left. `Strict`: x < t rather than x <= t. `DefaultLeft`: NaN goes left.
template <class X, bool Strict, bool DefaultLeft>
void route_numbers(const X* x, X t, int rows, std::uint8_t* left) {
    for (int r = 0; r < rows; ++r) {
        if constexpr (Strict) left[r] = DefaultLeft ? !(x[r] >= t) : x[r] < t;
        else left[r] = DefaultLeft ? !(x[r] > t) : x[r] <= t;
    }
}

template <class X>
void zeros_follow_default(const X* x, bool default_left, int rows, std::uint8_t* left) {
    constexpr X zero = kZeroThreshold;
    for (int r = 0; r < rows; ++r) left[r] = (x[r] >= -zero && x[r] <= zero) ? default_left : left[r];
}

template <class X, bool Strict>
void route_column(const Node& node, const X* x, int rows, std::uint8_t* left) {
    const X t = static_cast<X>(node.threshold);
    if (node.default_left) route_numbers<X, Strict, true>(x, t, rows, left);
    else route_numbers<X, Strict, false>(x, t, rows, left);
    if (node.zero_is_missing) zeros_follow_default(x, node.default_left, rows, left);
}

inline void route(const ForestView& forest, std::int32_t index, const Block& block, int first, int rows,
                  std::uint8_t* left) {
    const Node& node = forest.nodes[index];
    const std::size_t at = static_cast<std::size_t>(node.column) * block.stride + static_cast<std::size_t>(first);
    switch (node.test) {
        case Test::LessF32: return route_column<float, true>(node, block.f32 + at, rows, left);
        case Test::LessEqualF32: return route_column<float, false>(node, block.f32 + at, rows, left);
        case Test::LessEqualF64: return route_column<double, false>(node, block.f64 + at, rows, left);
        default:
            for (int r = 0; r < rows; ++r)
                left[r] = goes_left(forest, index, block.f64[at + static_cast<std::size_t>(r)]);
    }
}

}  // namespace pellucid::PELLUCID_PATH
