// The one step that all pattern walks share: a split turns its rows' pattern into those of its children.
#pragma once

#include "route.hpp"

#if PELLUCID_VECTOR_BYTES == 64
#include <immintrin.h>
#endif

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

#if PELLUCID_VECTOR_BYTES == 64

// Which of 16 rows go left at a split, as a mask. The comparison is the one that NaN answers with the default.
template <int Compare>
struct Numbers32 {
    const float* x;
    __m512 threshold;
    __mmask16 operator()(int r) const { return _mm512_cmp_ps_mask(_mm512_loadu_ps(x + r), threshold, Compare); }
};

template <int Compare>
struct Numbers64 {
    const double* x;
    __m512d threshold;
    __mmask16 operator()(int r) const {
        const __mmask8 low = _mm512_cmp_pd_mask(_mm512_loadu_pd(x + r), threshold, Compare);
        const __mmask8 high = _mm512_cmp_pd_mask(_mm512_loadu_pd(x + r + 8), threshold, Compare);
        return _mm512_kunpackb(high, low);
    }
};

// What split_patterns16 does, straight from the comparison. A fresh slot's bit is not in the pattern yet; a repeated
// one's is or is not, and stays on the side that the row takes.
template <bool Fresh, bool Both, class Left>
inline void split_numbers(const Left left, int slot, int rows, const std::uint16_t* in, std::uint16_t* to_left,
                          std::uint16_t* to_right) {
    const auto bit = static_cast<short>(1u << slot);
    const __m512i wide = _mm512_set1_epi16(bit);
    int r = 0;
    for (; r + 32 <= rows; r += 32) {
        const __m512i p = _mm512_loadu_si512(in + r);
        const __mmask32 m = _mm512_kunpackw(left(r + 16), left(r));
        const __m512i with = Fresh ? _mm512_or_si512(p, wide) : p, without = Fresh ? p : _mm512_andnot_si512(wide, p);
        _mm512_storeu_si512(to_left + r, _mm512_mask_blend_epi16(m, without, with));
        if (Both) _mm512_storeu_si512(to_right + r, _mm512_mask_blend_epi16(m, with, without));
    }
    for (; r < rows; r += 16) {
        const __m256i half = _mm256_set1_epi16(bit), p = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + r));
        const __mmask16 m = left(r);
        const __m256i with = Fresh ? _mm256_or_si256(p, half) : p, without = Fresh ? p : _mm256_andnot_si256(half, p);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to_left + r), _mm256_mask_blend_epi16(m, without, with));
        if (Both) _mm256_storeu_si256(reinterpret_cast<__m256i*>(to_right + r), _mm256_mask_blend_epi16(m, with, without));
    }
}

template <class Left>
inline void split_by(const WalkStep& step, const Left left, int rows, std::uint16_t* patterns) {
    const std::uint16_t* in = patterns + static_cast<std::size_t>(step.in) * rows;
    std::uint16_t* to_left = patterns + static_cast<std::size_t>(step.out) * rows;
    std::uint16_t* to_right = to_left + rows;
    if (!step.fresh) split_numbers<false, true>(left, step.slot, rows, in, to_left, to_right);
    else if (step.both) split_numbers<true, true>(left, step.slot, rows, in, to_left, to_right);
    else split_numbers<true, false>(left, step.slot, rows, in, to_left, to_right);
}

template <template <int> class Numbers, class X, class V>
inline void split_at(const WalkStep& step, const Node& node, const X* x, V t, int rows, std::uint16_t* patterns) {
    const bool strict = node.test == Test::LessF32;
    if (strict && node.default_left) split_by(step, Numbers<_CMP_NGE_UQ>{x, t}, rows, patterns);
    else if (strict) split_by(step, Numbers<_CMP_LT_OQ>{x, t}, rows, patterns);
    else if (node.default_left) split_by(step, Numbers<_CMP_NGT_UQ>{x, t}, rows, patterns);
    else split_by(step, Numbers<_CMP_LE_OQ>{x, t}, rows, patterns);
}

#endif

// A split of the walk: routes the rows and turns their pattern into those of the children.
template <class Task>
inline void split(const Task& task, const WalkStep& step, int rows) {
#if PELLUCID_VECTOR_BYTES == 64
    const Node& node = task.forest.nodes[step.node];
    const std::size_t at = static_cast<std::size_t>(node.column) * task.block.stride + task.first;
    if (!node.zero_is_missing && (node.test == Test::LessF32 || node.test == Test::LessEqualF32))
        return split_at<Numbers32>(step, node, task.block.f32 + at, _mm512_set1_ps(static_cast<float>(node.threshold)),
                                   rows, task.patterns);
    if (!node.zero_is_missing && node.test == Test::LessEqualF64)
        return split_at<Numbers64>(step, node, task.block.f64 + at, _mm512_set1_pd(node.threshold), rows,
                                   task.patterns);
#endif
    route(task.forest, step.node, task.block, task.first, rows, task.left);
    split_patterns16(step, task.left, rows, task.patterns);
}

}  // namespace pellucid::PELLUCID_PATH
