#include "pair_store.hpp"

#include "pair_registers.hpp"
#include "turn.hpp"
#include "vector.hpp"

#if PELLUCID_VECTOR_BYTES == 64
#include <immintrin.h>
#endif

namespace pellucid::PELLUCID_PATH {
namespace {

using V = Lanes<double>::V;
constexpr std::size_t kWidth = Lanes<double>::count;

#if PELLUCID_VECTOR_BYTES == 64

// Rows 0-3, 8-11, 16-19, 24-27 of 32 lie in one register and the others in the next: see pair_registers.
void add_number(float* tile, double* acc, int rows) {
    using Part [[gnu::vector_size(8 * sizeof(float)), gnu::may_alias]] = float;
    const __m512i early = _mm512_setr_epi32(0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const __m512i late = _mm512_add_epi32(early, _mm512_set1_epi32(8));
    for (int r = 0; r < rows; r += kPairLanes) {
        const __m512 first = _mm512_load_ps(tile + r), second = _mm512_load_ps(tile + r + 16);
        alignas(64) float ordered[kPairLanes];
        _mm512_store_ps(ordered, _mm512_permutex2var_ps(first, early, second));
        _mm512_store_ps(ordered + 16, _mm512_permutex2var_ps(first, late, second));
        for (int i = 0; i < kPairLanes && r + i < rows; i += 8)
            *reinterpret_cast<V*>(acc + r + i) += __builtin_convertvector(*reinterpret_cast<Part*>(ordered + i), V);
        _mm512_store_ps(tile + r, _mm512_setzero_ps());
        _mm512_store_ps(tile + r + 16, _mm512_setzero_ps());
    }
}

#else

void add_number(float* __restrict tile, double* __restrict acc, int rows) {
    for (int r = 0; r < rows; ++r) acc[r] += static_cast<double>(tile[r]);
    for (int r = 0; r < rows; ++r) tile[r] = 0.0f;
}

#endif

// Memory that is not read soon is written past the caches, where the processor can.
void write(const double* from, std::size_t n, double* to) {
#if PELLUCID_VECTOR_BYTES == 64
    if (reinterpret_cast<std::uintptr_t>(to) % sizeof(V) == 0 && n % kWidth == 0) {
        for (std::size_t i = 0; i < n; i += kWidth) _mm512_stream_pd(to + i, _mm512_load_pd(from + i));
        return;
    }
#endif
    for (std::size_t i = 0; i < n; ++i) to[i] = from[i];
}

// Some rows turned, one after another. Those beyond the last are turned too.
void turn_rows(const PairStoreTask& task, std::size_t row, double* turned) {
    std::size_t n = 0;
    for (; n + kWidth <= task.numbers; n += kWidth) {
        V v[kWidth];
        for (std::size_t i = 0; i < kWidth; ++i)
            v[i] = *reinterpret_cast<const V*>(task.acc + (n + i) * task.stride + row);
        turn<double>(v);
        for (std::size_t i = 0; i < kWidth; ++i) {
            using Loose [[gnu::vector_size(sizeof(V)), gnu::aligned(sizeof(double)), gnu::may_alias]] = double;
            *reinterpret_cast<Loose*>(turned + i * task.numbers + n) = v[i];
        }
    }
    for (; n < task.numbers; ++n)
        for (std::size_t i = 0; i < kWidth; ++i) turned[i * task.numbers + n] = task.acc[n * task.stride + row + i];
}

}  // namespace

void add_tile(const PairTileTask& task) {
    for (std::size_t i = 0; i < task.n_pairs; ++i)
        for (int o = 0; o < task.outputs; ++o) {
            const auto number = static_cast<std::size_t>(task.pairs[i] * task.outputs + o);
            add_number(task.tile + number * task.tile_stride, task.acc + number * task.acc_stride, task.rows);
        }
}

void share_pairs(const PairShareTask& task) {
    const double* from = task.acc;
    for (std::size_t p = 0; p < task.n_pairs; ++p) {
        const std::int32_t* players = task.players + p * task.players_stride;
        for (int o = 0; o < task.outputs; ++o, from += task.stride) {
            double* first = task.of_player + static_cast<std::size_t>(players[0] * task.outputs + o) * task.stride;
            double* second = task.of_player + static_cast<std::size_t>(players[1] * task.outputs + o) * task.stride;
            for (std::size_t r = 0; r < task.rows; r += kWidth) {
                const V value = *reinterpret_cast<const V*>(from + r);
                *reinterpret_cast<V*>(first + r) += value;
                *reinterpret_cast<V*>(second + r) += value;
            }
        }
    }
}

void store_pairs(const PairStoreTask& task) {
    for (std::size_t row = 0; row < task.rows; row += kWidth) {
        const std::size_t rows = task.rows - row < kWidth ? task.rows - row : kWidth;
        turn_rows(task, row, task.turned);
        write(task.turned, rows * task.numbers, task.out + row * task.numbers);
    }
#if PELLUCID_VECTOR_BYTES == 64
    _mm_sfence();
#endif
}

}  // namespace pellucid::PELLUCID_PATH
