#include "pair_tables.hpp"

#include "vector.hpp"
#include "walk.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

constexpr int kPart = 8;  // columns come in multiples of this

template <class Real>
struct Part {
    using Bits = typename Lanes<Real>::Bits;
    using V [[gnu::vector_size(kPart * sizeof(Real)), gnu::aligned(sizeof(Real)), gnu::may_alias]] = Real;
    using M [[gnu::vector_size(kPart * sizeof(Real))]] = Bits;
    static constexpr M ascending = {0, 1, 2, 3, 4, 5, 6, 7};
};

// sums += scale * the first `wanted` columns of the table row of each pattern. `Parts` 0: as many as `columns` has.
template <class Real, int Parts, bool Scaled>
void add_table_rows(const Real* table, const std::uint16_t* pattern, Real scale, int rows, int columns, int wanted,
                    int stride, Real* sums) {
    using V = typename Part<Real>::V;
    using M = typename Part<Real>::M;
    const int parts = Parts > 0 ? Parts : columns / kPart;
    for (int r = 0; r < rows; ++r) {
        const Real* entry = table + static_cast<std::size_t>(pattern[r]) * (parts * kPart);
        Real* sum = sums + static_cast<std::size_t>(r) * stride;
        for (int c = 0; c < parts * kPart; c += kPart) {
            const V all = *reinterpret_cast<const V*>(entry + c);
            const V add = (V)((M)all & (Part<Real>::ascending < wanted - c));
            *reinterpret_cast<V*>(sum + c) += Scaled ? scale * add : add;
        }
    }
}

template <class Real>
const std::uint16_t* patterns_of(const PairTableTask<Real>& task, const PairStep& step) {
    return task.patterns + static_cast<std::size_t>(step.walk.in) * pair_rows(task.rows);
}

template <class Real, bool Scaled>
void add_rows(const PairTableTask<Real>& task, const PairStep& step, int wanted, Real scale, Real* sums) {
    const Real* table = task.tables + step.table;
    const std::uint16_t* pattern = patterns_of(task, step);
    const auto add = [&](auto kernel) {
        kernel(table, pattern, scale, task.rows, step.columns, wanted, pair_columns(task.players), sums);
    };
    switch (step.columns / kPart) {
        case 0: return;  // one player
        case 1: return add(add_table_rows<Real, 1, Scaled>);
        case 2: return add(add_table_rows<Real, 2, Scaled>);
        default: return add(add_table_rows<Real, 0, Scaled>);
    }
}

template <class Real>
Real* sums_of(const PairTableTask<Real>& task, std::size_t pair, int o) {
    const auto number = static_cast<std::size_t>(task.pairs[pair]) * task.acc.outputs + task.acc.output + o;
    return task.acc.numbers + number * task.acc.stride + task.acc.first;
}

// Rows and columns of a square of registers exchanged, bit by bit of their numbers.
template <class Real, int Half>
void turn(typename Lanes<Real>::V* v) {
    constexpr int width = Lanes<Real>::count;
    if constexpr (Half < width) {
        typename Lanes<Real>::M low{}, high{};
        for (int j = 0; j < width; ++j) {
            low[j] = j & Half ? width + (j ^ Half) : j;
            high[j] = j & Half ? width + j : j ^ Half;
        }
        for (int i = 0; i < width; ++i) {
            if (i & Half) continue;
            const auto a = v[i], b = v[i + Half];
            v[i] = __builtin_shuffle(a, b, low);
            v[i + Half] = __builtin_shuffle(a, b, high);
        }
        turn<Real, 2 * Half>(v);
    }
}

// The pairs of a merged leaf's last slot, with each slot above it: straight from the table, as no other leaf has them.
template <class Real>
void add_last(const PairTableTask<Real>& task, const PairStep& step) {
    using Wide = typename Lanes<Real>::V;
    using Loose [[gnu::vector_size(PELLUCID_VECTOR_BYTES), gnu::aligned(sizeof(Real)), gnu::may_alias]] = Real;
    constexpr int width = Lanes<Real>::count;
    const int slot = step.walk.slot, first = pairs_of(slot);
    const Real* table = task.tables + step.table;
    const std::uint16_t* pattern = patterns_of(task, step);
    for (int a = 0; a < slot; a += width) {
        const int from = first + a + width <= step.columns ? first + a : step.columns - width;
        for (int r = 0; r < task.rows; r += width) {
            Wide v[width];
            for (int i = 0; i < width; ++i) {
                const Real* entry = table + static_cast<std::size_t>(pattern[r + i]) * step.columns;
                v[i] = *reinterpret_cast<const Loose*>(entry + from);
            }
            turn<Real, 1>(v);
            for (int c = a; c < slot && c < a + width; ++c) {
                const auto pair = step.pairs + static_cast<std::size_t>(first + c);
                *reinterpret_cast<Wide*>(sums_of(task, pair, 0) + r) += v[first + c - from];
            }
        }
    }
}

template <class Real>
void leaf(const PairTableTask<Real>& task, const PairStep& step) {
    // A merged leaf's last slot goes its own way.
    const int wanted = step.walk.op == WalkStep::Op::Pair ? pairs_of(step.walk.slot) : step.columns;
    if (task.leaves.count == 0) return add_rows<Real, false>(task, step, wanted, Real{1}, task.sums);
    const double* value =
        task.leaves.value + static_cast<std::size_t>(step.walk.node) * task.leaves.width + task.leaves.first;
    const std::size_t size = static_cast<std::size_t>(task.rows) * pair_columns(task.players);
    for (int o = 0; o < task.leaves.count; ++o)
        add_rows<Real, true>(task, step, wanted,
                             static_cast<Real>(value[o] - task.leaves.centre[task.leaves.first + o]),
                             task.sums + static_cast<std::size_t>(o) * size);
}

// The pairs of a slot whose subtree is done, with each slot above it.
template <class Real>
void flush(const PairTableTask<Real>& task, const PairStep& step) {
    const int slot = step.walk.slot, outputs = task.leaves.count == 0 ? 1 : task.leaves.count;
    const auto stride = static_cast<std::size_t>(pair_columns(task.players));
    for (int o = 0; o < outputs; ++o)
        for (int a = 0; a < slot; ++a) {
            Real* __restrict sums = task.sums + static_cast<std::size_t>(o) * task.rows * stride + pairs_of(slot) + a;
            Real* __restrict acc = sums_of(task, step.pairs + static_cast<std::size_t>(a), o);
            for (int r = 0; r < task.rows; ++r) {
                acc[r] += sums[static_cast<std::size_t>(r) * stride];
                sums[static_cast<std::size_t>(r) * stride] = 0;
            }
        }
}

}  // namespace

template <class Real>
void pair_tables(const PairTableTask<Real>& task) {
    const int stride = pair_rows(task.rows);
    for (std::size_t i = 0; i < task.n_steps; ++i) {
        const PairStep& step = task.steps[i];
        switch (step.walk.op) {
            case WalkStep::Op::Split:
                route(task.forest, step.walk.node, task.block, task.first, task.rows, task.left);
                split_patterns16(step.walk, task.left, stride, task.patterns);
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

#if PELLUCID_VECTOR_BYTES < 64
template void pair_tables<float>(const PairTableTask<float>&);
#endif
template void pair_tables<double>(const PairTableTask<double>&);

}  // namespace pellucid::PELLUCID_PATH
