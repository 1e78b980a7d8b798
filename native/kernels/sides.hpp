// Which rows of a block go left at a split, as bits.
#pragma once

#include "fails.hpp"
#include "route.hpp"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace pellucid::PELLUCID_PATH {

using Word = std::uint64_t;

// Whether a present value goes left, for runs of 16 of them: bit i is the answer for x[i].
template <class X, bool Strict, bool DefaultLeft>
inline Word sixteen(const X* x, X t) {
#if defined(__AVX512F__)
    constexpr int how = Strict ? (DefaultLeft ? _CMP_NGE_UQ : _CMP_LT_OQ) : (DefaultLeft ? _CMP_NGT_UQ : _CMP_LE_OQ);
    if constexpr (sizeof(X) == 4) {
        return _mm512_cmp_ps_mask(_mm512_loadu_ps(x), _mm512_set1_ps(t), how);
    } else {
        const __m512d bound = _mm512_set1_pd(t);
        const Word low = _mm512_cmp_pd_mask(_mm512_loadu_pd(x), bound, how);
        return low | static_cast<Word>(_mm512_cmp_pd_mask(_mm512_loadu_pd(x + 8), bound, how)) << 8;
    }
#elif defined(__AVX2__)
    constexpr int how = Strict ? (DefaultLeft ? _CMP_NGE_UQ : _CMP_LT_OQ) : (DefaultLeft ? _CMP_NGT_UQ : _CMP_LE_OQ);
    Word bits = 0;
    if constexpr (sizeof(X) == 4) {
        for (int i = 0; i < 2; ++i)
            bits |= static_cast<Word>(_mm256_movemask_ps(
                        _mm256_cmp_ps(_mm256_loadu_ps(x + 8 * i), _mm256_set1_ps(t), how)))
                    << (8 * i);
    } else {
        for (int i = 0; i < 4; ++i)
            bits |= static_cast<Word>(_mm256_movemask_pd(
                        _mm256_cmp_pd(_mm256_loadu_pd(x + 4 * i), _mm256_set1_pd(t), how)))
                    << (4 * i);
    }
    return bits;
#else
    Word bits = 0;
    for (int i = 0; i < 16; ++i) {
        const bool left = Strict ? (DefaultLeft ? !(x[i] >= t) : x[i] < t) : (DefaultLeft ? !(x[i] > t) : x[i] <= t);
        bits |= static_cast<Word>(left) << i;
    }
    return bits;
#endif
}

template <class X, bool Strict, bool DefaultLeft>
inline void sides(const X* x, X t, int rows, Word* left) {
    for (int w = 0; w < kSetWords; ++w) left[w] = 0;
    for (int r = 0; r < rows; r += 16) left[r / 64] |= sixteen<X, Strict, DefaultLeft>(x + r, t) << (r % 64);
}

template <class X, bool Strict>
inline void sides(const Node& node, const X* x, int rows, Word* left) {
    const X t = static_cast<X>(node.threshold);
    if (node.default_left) sides<X, Strict, true>(x, t, rows, left);
    else sides<X, Strict, false>(x, t, rows, left);
}

inline void sides_of_bytes(const FailTask& task, std::int32_t node, int rows) {
    route(task.forest, node, task.block, task.first, rows, task.bytes);
    for (int w = 0; w < kSetWords; ++w) task.left[w] = 0;
    for (int r = 0; r < rows; ++r) task.left[r / 64] |= static_cast<Word>(task.bytes[r]) << (r % 64);
}

// left = the rows that go left, as bits; beyond the last row anything.
inline void sides(const FailTask& task, std::int32_t index) {
    const Node& node = task.forest.nodes[index];
    const int rows = (task.rows + kLanes - 1) / kLanes * kLanes;
    const std::size_t at =
        static_cast<std::size_t>(node.column) * task.block.stride + static_cast<std::size_t>(task.first);
    if (node.zero_is_missing) return sides_of_bytes(task, index, rows);
    switch (node.test) {
        case Test::LessF32: return sides<float, true>(node, task.block.f32 + at, rows, task.left);
        case Test::LessEqualF32: return sides<float, false>(node, task.block.f32 + at, rows, task.left);
        case Test::LessEqualF64: return sides<double, false>(node, task.block.f64 + at, rows, task.left);
        default: return sides_of_bytes(task, index, rows);
    }
}

}  // namespace pellucid::PELLUCID_PATH
