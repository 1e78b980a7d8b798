#include "pair_tables.hpp"

#include "vector.hpp"
#include "walk.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

constexpr int kPart = 8;  // columns come in multiples of this
using V [[gnu::vector_size(kPart * sizeof(double)), gnu::aligned(sizeof(double)), gnu::may_alias]] = double;
using M [[gnu::vector_size(kPart * sizeof(std::int64_t))]] = std::int64_t;

// sums += scale * the first `wanted` columns of the table row of each pattern. `Parts` 0: as many as `columns` has.
template <int Parts, bool Scaled>
void add_table_rows(const double* table, const std::uint16_t* pattern, double scale, int rows, int columns, int wanted,
                    int stride, double* sums) {
    constexpr M ascending = {0, 1, 2, 3, 4, 5, 6, 7};
    const int parts = Parts > 0 ? Parts : columns / kPart;
    for (int r = 0; r < rows; ++r) {
        const double* entry = table + static_cast<std::size_t>(pattern[r]) * (parts * kPart);
        double* sum = sums + static_cast<std::size_t>(r) * stride;
        for (int c = 0; c < parts * kPart; c += kPart) {
            const V all = *reinterpret_cast<const V*>(entry + c);
            const V add = (V)((M)all & (ascending < wanted - c));
            *reinterpret_cast<V*>(sum + c) += Scaled ? scale * add : add;
        }
    }
}

template <bool Scaled>
void add_rows(const PairTableTask& task, const PairStep& step, int wanted, double scale, double* sums) {
    const double* table = task.arena + step.table;
    const std::uint16_t* pattern = task.patterns + static_cast<std::size_t>(step.walk.in) * task.rows;
    const auto add = [&](auto kernel) {
        kernel(table, pattern, scale, task.rows, step.columns, wanted, task.stride, sums);
    };
    switch (step.columns / kPart) {
        case 0: return;  // one player
        case 1: return add(add_table_rows<1, Scaled>);
        case 2: return add(add_table_rows<2, Scaled>);
        default: return add(add_table_rows<0, Scaled>);
    }
}

double* sums_of(const PairTableTask& task, const PairStep& step, int above, int o) {
    const auto number = static_cast<std::size_t>(task.pairs[step.flush + above]) * task.acc.outputs;
    return task.acc.numbers + (number + task.acc.output + o) * task.acc.stride + task.acc.first;
}

using Wide = Lanes<double>::V;
using WideMask = Lanes<double>::M;
using Loose [[gnu::vector_size(PELLUCID_VECTOR_BYTES), gnu::aligned(sizeof(double)), gnu::may_alias]] = double;
constexpr int kWide = Lanes<double>::count;

// Rows and columns of a square of registers exchanged, bit by bit of their numbers.
template <int Half>
void turn(Wide* v) {
    if constexpr (Half < kWide) {
        WideMask low{}, high{};
        for (int j = 0; j < kWide; ++j) {
            low[j] = j & Half ? kWide + (j ^ Half) : j;
            high[j] = j & Half ? kWide + j : j ^ Half;
        }
        for (int i = 0; i < kWide; ++i) {
            if (i & Half) continue;
            const Wide a = v[i], b = v[i + Half];
            v[i] = __builtin_shuffle(a, b, low);
            v[i + Half] = __builtin_shuffle(a, b, high);
        }
        turn<2 * Half>(v);
    }
}

// The pairs of a merged leaf's last slot, with each slot above it: straight from the table, as no other leaf has them.
void add_last(const PairTableTask& task, const PairStep& step) {
    const int slot = step.walk.slot, first = pairs_of(slot);
    const double* table = task.arena + step.table;
    const std::uint16_t* pattern = task.patterns + static_cast<std::size_t>(step.walk.in) * task.rows;
    for (int a = 0; a < slot; a += kWide) {
        const int from = first + a + kWide <= step.columns ? first + a : step.columns - kWide;
        for (int r = 0; r < task.rows; r += kWide) {
            Wide v[kWide];
            for (int i = 0; i < kWide; ++i) {
                const double* entry = table + static_cast<std::size_t>(pattern[r + i]) * step.columns;
                v[i] = *reinterpret_cast<const Loose*>(entry + from);
            }
            turn<1>(v);
            for (int c = a; c < slot && c < a + kWide; ++c)
                *reinterpret_cast<Wide*>(sums_of(task, step, c, 0) + r) += v[first + c - from];
        }
    }
}

void leaf(const PairTableTask& task, const PairStep& step) {
    // A merged leaf's last slot goes its own way.
    const int wanted = step.walk.op == WalkStep::Op::Pair ? pairs_of(step.walk.slot) : step.columns;
    if (task.leaves.count == 0) return add_rows<false>(task, step, wanted, 1.0, task.sums);
    const double* value =
        task.leaves.value + static_cast<std::size_t>(step.walk.node) * task.leaves.width + task.leaves.first;
    for (int o = 0; o < task.leaves.count; ++o)
        add_rows<true>(task, step, wanted, value[o] - task.leaves.centre[task.leaves.first + o],
                       task.sums + static_cast<std::size_t>(o) * task.rows * task.stride);
}

// The pairs of a slot whose subtree is done, with each slot above it.
void flush(const PairTableTask& task, const PairStep& step) {
    const int slot = step.walk.slot, outputs = task.leaves.count == 0 ? 1 : task.leaves.count;
    for (int o = 0; o < outputs; ++o)
        for (int a = 0; a < slot; ++a) {
            double* __restrict sums =
                task.sums + static_cast<std::size_t>(o) * task.rows * task.stride + pairs_of(slot) + a;
            double* __restrict acc = sums_of(task, step, a, o);
            for (int r = 0; r < task.rows; ++r) {
                acc[r] += sums[static_cast<std::size_t>(r) * task.stride];
                sums[static_cast<std::size_t>(r) * task.stride] = 0.0;
            }
        }
}

}  // namespace

void pair_tables(const PairTableTask& task) {
    for (std::size_t i = 0; i < task.n_steps; ++i) {
        const PairStep& step = task.steps[i];
        switch (step.walk.op) {
            case WalkStep::Op::Split:
                route(task.forest, step.walk.node, task.block, task.first, task.rows, task.left);
                split_patterns16(step.walk, task.left, task.rows, task.patterns);
                break;
            case WalkStep::Op::Leaf: leaf(task, step); break;
            case WalkStep::Op::Pair:
                leaf(task, step);
                add_last(task, step);
                break;
            case WalkStep::Op::Flush: flush(task, step); break;
        }
    }
}

}  // namespace pellucid::PELLUCID_PATH
