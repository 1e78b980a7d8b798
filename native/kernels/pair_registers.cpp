#include "pair_registers.hpp"

#if PELLUCID_VECTOR_BYTES == 64

#include <immintrin.h>

#include "walk.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

constexpr int kAhead = 1024;  // words by which tables are fetched ahead: they come from beyond the second-level cache

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
        for (int i = 0; i < Registers; ++i) {
            v[i] = _mm512_loadu_si512(words + 32 * i);
            _mm_prefetch(words + 32 * i + kAhead, _MM_HINT_T0);
        }
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

// One pair of a leaf, or of a leaf and one output; or of two leaves that are added up first.
struct Look {
    const std::uint16_t *table, *other_table;
    const std::uint16_t *patterns, *other_patterns;
    float scale;
    float *sums, *acc;
};

// The numbers of one table, of 32 rows.
template <int Registers>
struct Table {
    Half<Registers> lower, upper;

    explicit Table(const std::uint16_t* words) : lower(words), upper(words + 32 * Registers) {}

    void of(const std::uint16_t* patterns, __m512& first, __m512& second) const {
        const __m512i p = _mm512_load_si512(patterns), low = lower.of(p), high = upper.of(p);
        first = _mm512_castsi512_ps(_mm512_unpacklo_epi16(low, high));
        second = _mm512_castsi512_ps(_mm512_unpackhi_epi16(low, high));
    }
};

template <int Registers, bool Scaled, Put How>
void look_up(const Look look, std::ptrdiff_t rows) {
    const Table<Registers> table(look.table);
    const __m512 scale = _mm512_set1_ps(look.scale);
    for (std::ptrdiff_t r = 0; r < rows; r += 32) {
        __m512 first, second;
        table.of(look.patterns + r, first, second);
        if constexpr (Scaled) first = _mm512_mul_ps(scale, first), second = _mm512_mul_ps(scale, second);
        put<How>(first, look.sums + r, look.acc + r);
        put<How>(second, look.sums + r + 16, look.acc + r + 16);
    }
}

template <int Registers, Put How>
void look_up_both(const Look look, std::ptrdiff_t rows) {
    const Table<Registers> table(look.table), other(look.other_table);
    for (std::ptrdiff_t r = 0; r < rows; r += 32) {
        __m512 first, second, other_first, other_second;
        table.of(look.patterns + r, first, second);
        other.of(look.other_patterns + r, other_first, other_second);
        put<How>(_mm512_add_ps(first, other_first), look.sums + r, look.acc + r);
        put<How>(_mm512_add_ps(second, other_second), look.sums + r + 16, look.acc + r + 16);
    }
}

Put how_of(const PairStep& step, int slot) {
    const bool first = step.first >> slot & 1, last = step.last >> slot & 1;
    if (first) return last ? Put::Direct : Put::Assign;
    return last ? Put::Finish : Put::Add;
}

// The pairs of one leaf, or two, whose table takes so many registers a half of each pair. Which kernel is wanted is
// decided once a slot: a jump that is guessed wrong takes as long as a dozen rows.
template <int Registers, bool Scaled>
class LeafPairs {
  public:
    LeafPairs(const PairTableTask<float>& task, const PairStep& step)
        : task_(task),
          step_(step),
          rows_(pair_rows(task.rows)),
          table_(reinterpret_cast<const std::uint16_t*>(task.tables + step.table)),
          patterns_(task.patterns + step.walk.in * rows_),
          pairs_(task.pairs + step.pairs) {}

    void run() const {
        for (int b = task_.order - 1; b < step_.players; ++b) {
            switch (how_of(step_, b)) {
                case Put::Assign: slot<Put::Assign>(b); break;
                case Put::Add: slot<Put::Add>(b); break;
                case Put::Finish: slot<Put::Finish>(b); break;
                case Put::Direct: slot<Put::Direct>(b); break;
            }
        }
    }

    void run_joint() const {
        const int last = step_.players - 1, shared = below(last), count = below(last + 1) - shared;
        for (int b = task_.order - 1; b < last; ++b) {
            switch (how_of(step_, b)) {
                case Put::Assign: slot_of_both<Put::Assign>(b); break;
                case Put::Add: slot_of_both<Put::Add>(b); break;
                case Put::Finish: slot_of_both<Put::Finish>(b); break;
                case Put::Direct: slot_of_both<Put::Direct>(b); break;
            }
        }
        for (int pair = shared; pair < shared + count; ++pair) direct(table_, pair, patterns_, pair);
        for (int pair = shared; pair < shared + count; ++pair)
            direct(other_table(), pair, other_patterns(), pair + count);
    }

    void run_whole() const {
        for (int pair = 0; pair < step_.count; ++pair) direct(table_, pair, patterns_, pair);
    }

  private:
    template <Put How>
    void slot(int b) const {
        const int outputs = Scaled ? task_.leaves.count : 1;
        for (int pair = below(b); pair < below(b + 1); ++pair)
            for (int o = 0; o < outputs; ++o)
                look_up<Registers, Scaled, How>(
                    {at(table_, pair), nullptr, patterns_, nullptr, scale(o), sums(pair, o), acc(pair, o)}, rows_);
    }

    template <Put How>
    void slot_of_both(int b) const {
        for (int pair = below(b); pair < below(b + 1); ++pair)
            look_up_both<Registers, How>({at(table_, pair), at(other_table(), pair), patterns_, other_patterns(), 1.0f,
                                          sums(pair, 0), acc(pair, 0)},
                                         rows_);
    }

    void direct(const std::uint16_t* table, int pair, const std::uint16_t* patterns, int number) const {
        look_up<Registers, false, Put::Direct>(
            {at(table, pair), nullptr, patterns, nullptr, 1.0f, nullptr, acc(number, 0)}, rows_);
    }

    // Sets of slots before b.
    int below(int b) const { return sets_of(b, task_.order); }

    static const std::uint16_t* at(const std::uint16_t* table, int pair) { return table + 64 * Registers * pair; }
    const std::uint16_t* other_table() const { return at(table_, step_.count); }
    const std::uint16_t* other_patterns() const { return task_.patterns + step_.walk.out * rows_; }

    float scale(int o) const {
        if constexpr (!Scaled) return 1.0f;
        const LeafValues& leaves = task_.leaves;
        const double value = leaves.value[static_cast<std::size_t>(step_.walk.node) * leaves.width + leaves.first + o];
        return static_cast<float>(value - leaves.centre[leaves.first + o]);
    }

    float* sums(int pair, int o) const { return task_.sums + (o * below(task_.players) + pair) * rows_; }

    float* acc(int pair, int o) const {
        const auto number = static_cast<std::size_t>(pairs_[pair]) * task_.acc.outputs + task_.acc.output + o;
        return task_.acc.numbers + number * task_.acc.stride + task_.acc.first;
    }

    const PairTableTask<float>& task_;
    const PairStep& step_;
    const std::ptrdiff_t rows_;
    const std::uint16_t *const table_, *const patterns_;
    const std::int32_t* const pairs_;
};

template <int Registers>
void leaf(const PairTableTask<float>& task, const PairStep& step) {
    if (task.leaves.count > 0) return LeafPairs<Registers, true>(task, step).run();
    const LeafPairs<Registers, false> pairs(task, step);
    if (step.walk.op == WalkStep::Op::Joint) return pairs.run_joint();
    if (step.walk.op == WalkStep::Op::Whole) return pairs.run_whole();
    pairs.run();
}

void leaf(const PairTableTask<float>& task, const PairStep& step) {
    switch (step.players) {
        case 6: return leaf<2>(task, step);
        case 7: return leaf<4>(task, step);
        case 8: return leaf<8>(task, step);
        default: return leaf<1>(task, step);
    }
}

}  // namespace

void pair_registers(const PairTableTask<float>& task) {
    for (std::size_t i = 0; i < task.n_steps; ++i) {
        const PairStep& step = task.steps[i];
        if (step.walk.op == WalkStep::Op::Split) split(task, step.walk, pair_rows(task.rows));
        else if (step.walk.op != WalkStep::Op::Flush) leaf(task, step);
    }
}

}  // namespace pellucid::PELLUCID_PATH

#endif
