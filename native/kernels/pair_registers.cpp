#include "pair_registers.hpp"

#if PELLUCID_VECTOR_BYTES == 64

#include <immintrin.h>

#include "walk.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

// What becomes of a number that was looked up.
enum class Put {
    Assign,  // the first of its subtree: sums = number
    Add,     // sums += number
    Finish,  // the last: acc += sums + number
    Direct,  // the only one: acc += number
};

// Half of each number of one table.
template <int Registers>
struct Half {
    __m512i v[Registers];

    explicit Half(const std::uint16_t* words) {
        for (int i = 0; i < Registers; ++i) v[i] = _mm512_loadu_si512(words + 32 * i);
    }

    __m512i of(__m512i patterns) const {
        if constexpr (Registers == 1) return _mm512_permutexvar_epi16(patterns, v[0]);
        if constexpr (Registers == 2) return _mm512_permutex2var_epi16(v[0], patterns, v[1]);
        if constexpr (Registers == 4) return by_bit(patterns, 6, two(patterns, 0), two(patterns, 2));
        if constexpr (Registers == 8)
            return by_bit(patterns, 7, by_bit(patterns, 6, two(patterns, 0), two(patterns, 2)),
                          by_bit(patterns, 6, two(patterns, 4), two(patterns, 6)));
    }

  private:
    __m512i two(__m512i patterns, int first) const {
        return _mm512_permutex2var_epi16(v[first], patterns, v[first + 1]);
    }

    static __m512i by_bit(__m512i patterns, int bit, __m512i absent, __m512i present) {
        const __mmask32 has = _mm512_test_epi16_mask(patterns, _mm512_set1_epi16(static_cast<short>(1 << bit)));
        return _mm512_mask_blend_epi16(has, absent, present);
    }
};

template <Put How>
void put(__m512 number, float* sums, float* acc) {
    if constexpr (How == Put::Assign) return _mm512_store_ps(sums, number);
    if constexpr (How != Put::Direct) number = _mm512_add_ps(_mm512_load_ps(sums), number);
    if constexpr (How == Put::Add) return _mm512_store_ps(sums, number);
    _mm512_store_ps(acc, _mm512_add_ps(_mm512_load_ps(acc), number));
}

// One pair of a leaf.
struct Look {
    const std::uint16_t* table;
    const std::uint16_t* patterns;
    float scale;
    int rows;
    float *sums, *acc;
};

template <int Registers, bool Scaled, Put How>
void look_up(const Look& look) {
    const Half<Registers> lower(look.table), upper(look.table + 32 * Registers);
    const __m512 scale = _mm512_set1_ps(look.scale);
    for (int r = 0; r < look.rows; r += 32) {
        const __m512i patterns = _mm512_load_si512(look.patterns + r);
        const __m512i low = lower.of(patterns), high = upper.of(patterns);
        __m512 first = _mm512_castsi512_ps(_mm512_unpacklo_epi16(low, high));
        __m512 second = _mm512_castsi512_ps(_mm512_unpackhi_epi16(low, high));
        if constexpr (Scaled) first = _mm512_mul_ps(scale, first), second = _mm512_mul_ps(scale, second);
        put<How>(first, look.sums + r, look.acc + r);
        put<How>(second, look.sums + r + 16, look.acc + r + 16);
    }
}

template <int Registers, bool Scaled>
void look_up(const Look& look, Put how) {
    switch (how) {
        case Put::Assign: return look_up<Registers, Scaled, Put::Assign>(look);
        case Put::Add: return look_up<Registers, Scaled, Put::Add>(look);
        case Put::Finish: return look_up<Registers, Scaled, Put::Finish>(look);
        case Put::Direct: return look_up<Registers, Scaled, Put::Direct>(look);
    }
}

template <bool Scaled>
void look_up(const Look& look, Put how, int players) {
    switch (players) {
        case 6: return look_up<2, Scaled>(look, how);
        case 7: return look_up<4, Scaled>(look, how);
        case 8: return look_up<8, Scaled>(look, how);
        default: return look_up<1, Scaled>(look, how);
    }
}

Put how_of(const PairStep& step, int slot) {
    const bool first = step.first >> slot & 1, last = step.last >> slot & 1;
    if (first) return last ? Put::Direct : Put::Assign;
    return last ? Put::Finish : Put::Add;
}

class RegisterWalk {
  public:
    explicit RegisterWalk(const PairTableTask<float>& task) : task_(task), rows_(pair_rows(task.rows)) {}

    void run() {
        for (std::size_t i = 0; i < task_.n_steps; ++i) {
            const PairStep& step = task_.steps[i];
            if (step.walk.op == WalkStep::Op::Split) {
                route(task_.forest, step.walk.node, task_.block, task_.first, task_.rows, task_.left);
                split_patterns16(step.walk, task_.left, rows_, task_.patterns);
            } else if (step.walk.op != WalkStep::Op::Flush) {
                leaf(step);
            }
        }
    }

  private:
    void leaf(const PairStep& step) const {
        for (int b = 1, pair = 0; b < step.players; ++b) {
            const Put how = how_of(step, b);
            for (int a = 0; a < b; ++a, ++pair) {
                if (task_.leaves.count == 0) look_up<false>(look(step, pair, 0), how, step.players);
                else
                    for (int o = 0; o < task_.leaves.count; ++o)
                        look_up<true>(look(step, pair, o), how, step.players);
            }
        }
    }

    Look look(const PairStep& step, int pair, int o) const {
        const std::size_t size = std::size_t{1} << (step.players < 5 ? 5 : step.players);
        const auto number = static_cast<std::size_t>(task_.pairs[step.pairs + static_cast<std::size_t>(pair)]);
        const auto sums = static_cast<std::size_t>(o * pairs_of(task_.players) + pair);
        const auto rows = static_cast<std::size_t>(rows_);
        return {reinterpret_cast<const std::uint16_t*>(task_.tables + step.table + static_cast<std::size_t>(pair) * size),
                task_.patterns + static_cast<std::size_t>(step.walk.in) * rows,
                task_.leaves.count == 0 ? 1.0f : scale(step, o),
                rows_,
                task_.sums + sums * rows,
                task_.acc.numbers + (number * task_.acc.outputs + task_.acc.output + o) * task_.acc.stride +
                    task_.acc.first};
    }

    float scale(const PairStep& step, int o) const {
        const LeafValues& leaves = task_.leaves;
        const double value = leaves.value[static_cast<std::size_t>(step.walk.node) * leaves.width + leaves.first + o];
        return static_cast<float>(value - leaves.centre[leaves.first + o]);
    }

    const PairTableTask<float>& task_;
    const int rows_;
};

}  // namespace

void pair_registers(const PairTableTask<float>& task) { RegisterWalk(task).run(); }

}  // namespace pellucid::PELLUCID_PATH

#endif
