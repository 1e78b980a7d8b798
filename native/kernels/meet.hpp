// Which background patterns of a leaf meet a row's: those that lack no player which the row lacks.
#pragma once

#include "deep.hpp"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace pellucid::PELLUCID_PATH {

constexpr std::size_t kHalf = 32;  // patterns that one test takes: see padded_patterns
constexpr std::size_t kWideHits = PELLUCID_VECTOR_BYTES / sizeof(std::uint64_t);

// Bit i is set where lacking[i] & missing is 0, for kHalf patterns.
inline std::uint64_t hits_of(const std::uint16_t* lacking, std::uint16_t missing) {
#if PELLUCID_VECTOR_BYTES == 64
    return _mm512_testn_epi16_mask(_mm512_load_si512(lacking), _mm512_set1_epi16(static_cast<short>(missing)));
#elif PELLUCID_VECTOR_BYTES == 32
    const auto* from = reinterpret_cast<const __m256i*>(lacking);
    const __m256i both = _mm256_set1_epi16(static_cast<short>(missing)), zero = _mm256_setzero_si256();
    const __m256i low = _mm256_cmpeq_epi16(_mm256_and_si256(_mm256_load_si256(from), both), zero);
    const __m256i high = _mm256_cmpeq_epi16(_mm256_and_si256(_mm256_load_si256(from + 1), both), zero);
    const __m256i mixed = _mm256_permute4x64_epi64(_mm256_packs_epi16(low, high), 0xD8);
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(mixed));
#else
    std::uint64_t hits = 0;
    for (std::size_t i = 0; i < kHalf; ++i) hits |= static_cast<std::uint64_t>((lacking[i] & missing) == 0) << i;
    return hits;
#endif
}

// Calls found(d) for every hit among `count` patterns, in their order; none that lacks more players than `most` is one.
template <class Found>
inline void for_hits(const std::uint16_t* lacking, std::size_t count, std::uint16_t missing, int most,
                     const Found& found) {
    for (std::size_t d = 0; d < count && __builtin_popcount(lacking[d]) <= most; d += 2 * kHalf) {
        std::uint64_t hits = hits_of(lacking + d, missing);
        if (d + kHalf < count) hits |= hits_of(lacking + d + kHalf, missing) << kHalf;
        if (count - d < 2 * kHalf) hits &= (std::uint64_t{1} << (count - d)) - 1;
        for (; hits; hits &= hits - 1) found(d + static_cast<std::size_t>(__builtin_ctzll(hits)));
    }
}

// Bit i is set where lost[i] is 0.
using Words [[gnu::vector_size(PELLUCID_VECTOR_BYTES), gnu::may_alias]] = std::uint64_t;

inline unsigned zeros_of(Words lost) {
#if PELLUCID_VECTOR_BYTES == 64
    return _mm512_testn_epi64_mask((__m512i)lost, (__m512i)lost);
#elif PELLUCID_VECTOR_BYTES == 32
    const __m256i zero = _mm256_cmpeq_epi64((__m256i)lost, _mm256_setzero_si256());
    return static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(zero)));
#else
    unsigned zeros = 0;
    for (std::size_t i = 0; i < kWideHits; ++i) zeros |= static_cast<unsigned>(lost[i] == 0) << i;
    return zeros;
#endif
}

// The same of patterns in words; missing[w] are the players that the row lacks.
template <class Real, class Found>
inline void for_hits(const WideSet<Real>& set, const std::uint64_t* missing, const Found& found) {
    for (std::size_t d = 0; d < set.count; d += kWideHits) {
        Words lost{};
        for (int w = 0; w < set.words; ++w)
            lost |= *reinterpret_cast<const Words*>(set.lacking + static_cast<std::size_t>(w) * set.stride + d) &
                    (Words{} + missing[w]);
        unsigned hits = zeros_of(lost);
        if (set.count - d < kWideHits) hits &= (1u << (set.count - d)) - 1;
        for (; hits; hits &= hits - 1) found(d + static_cast<std::size_t>(__builtin_ctz(hits)));
    }
}

}  // namespace pellucid::PELLUCID_PATH
