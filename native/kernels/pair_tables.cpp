#include "pair_tables.hpp"

#include "turn.hpp"
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

// The rows of a table that belong to the patterns of rows.
template <class Real>
struct TableRows {
    const Real* table;
    const std::uint16_t* pattern;
};

// sums += scale * the first `wanted` columns of the table row of each pattern, or of two tables' rows that are added up
// first. `Parts` 0: as many as `columns` has.
template <class Real, int Parts, bool Scaled, bool Both>
void add_table_rows(const TableRows<Real>& one, const TableRows<Real>& two, Real scale, int rows, int columns,
                    int wanted, int stride, Real* sums) {
    using V = typename Part<Real>::V;
    using M = typename Part<Real>::M;
    const int parts = Parts > 0 ? Parts : columns / kPart;
    for (int r = 0; r < rows; ++r) {
        const Real* entry = one.table + static_cast<std::size_t>(one.pattern[r]) * (parts * kPart);
        const Real* other = Both ? two.table + static_cast<std::size_t>(two.pattern[r]) * (parts * kPart) : nullptr;
        Real* sum = sums + static_cast<std::size_t>(r) * stride;
        for (int c = 0; c < parts * kPart; c += kPart) {
            V all = *reinterpret_cast<const V*>(entry + c);
            if constexpr (Both) all += *reinterpret_cast<const V*>(other + c);
            const V add = (V)((M)all & (Part<Real>::ascending < wanted - c));
            *reinterpret_cast<V*>(sum + c) += Scaled ? scale * add : add;
        }
    }
}

template <class Real>
TableRows<Real> first_of(const PairTableTask<Real>& task, const PairStep& step) {
    const auto rows = static_cast<std::size_t>(pair_rows(task.rows));
    return {task.tables + step.table, task.patterns + static_cast<std::size_t>(step.walk.in) * rows};
}

// The second table of a Joint.
template <class Real>
TableRows<Real> second_of(const PairTableTask<Real>& task, const PairStep& step) {
    const auto rows = static_cast<std::size_t>(pair_rows(task.rows));
    return {task.tables + step.table + (static_cast<std::size_t>(step.columns) << step.players),
            task.patterns + static_cast<std::size_t>(step.walk.out) * rows};
}

template <class Real>
int sums_stride(const PairTableTask<Real>& task) {
    return pair_columns(sets_of(task.players, task.order));
}

template <class Real, bool Scaled, bool Both>
void add_rows(const PairTableTask<Real>& task, const PairStep& step, int wanted, Real scale, Real* sums) {
    const TableRows<Real> one = first_of(task, step), two = Both ? second_of(task, step) : one;
    const auto add = [&](auto kernel) {
        kernel(one, two, scale, task.rows, step.columns, wanted, sums_stride(task), sums);
    };
    switch (step.columns / kPart) {
        case 0: return;  // one player
        case 1: return add(add_table_rows<Real, 1, Scaled, Both>);
        case 2: return add(add_table_rows<Real, 2, Scaled, Both>);
        default: return add(add_table_rows<Real, 0, Scaled, Both>);
    }
}

template <class Real>
Real* sums_of(const PairTableTask<Real>& task, std::size_t pair, int o) {
    const auto number = static_cast<std::size_t>(task.pairs[pair]) * task.acc.outputs + task.acc.output + o;
    return task.acc.numbers + number * task.acc.stride + task.acc.first;
}

// Columns of a table straight to their pairs, whose numbers begin at `pairs`: pairs that no other leaf has.
template <class Real>
void add_columns(const PairTableTask<Real>& task, const TableRows<Real>& from, int columns, int first, int count,
                 std::size_t pairs) {
    using Wide = typename Lanes<Real>::V;
    using Loose [[gnu::vector_size(PELLUCID_VECTOR_BYTES), gnu::aligned(sizeof(Real)), gnu::may_alias]] = Real;
    constexpr int width = Lanes<Real>::count;
    for (int a = 0; a < count; a += width) {
        const int at = first + a + width <= columns ? first + a : columns - width;
        for (int r = 0; r < task.rows; r += width) {
            Wide v[width];
            for (int i = 0; i < width; ++i) {
                const Real* entry = from.table + static_cast<std::size_t>(from.pattern[r + i]) * columns;
                v[i] = *reinterpret_cast<const Loose*>(entry + at);
            }
            turn<Real>(v);
            for (int c = a; c < count && c < a + width; ++c)
                *reinterpret_cast<Wide*>(sums_of(task, pairs + static_cast<std::size_t>(c), 0) + r) +=
                    v[first + c - at];
        }
    }
}

template <class Real>
void leaf(const PairTableTask<Real>& task, const PairStep& step) {
    if (task.leaves.count == 0) return add_rows<Real, false, false>(task, step, step.columns, Real{1}, task.sums);
    const double* value =
        task.leaves.value + static_cast<std::size_t>(step.walk.node) * task.leaves.width + task.leaves.first;
    const std::size_t size = static_cast<std::size_t>(task.rows) * sums_stride(task);
    for (int o = 0; o < task.leaves.count; ++o)
        add_rows<Real, true, false>(task, step, step.columns,
                                    static_cast<Real>(value[o] - task.leaves.centre[task.leaves.first + o]),
                                    task.sums + static_cast<std::size_t>(o) * size);
}

// A merged leaf: the pairs of its last slot go their own way.
template <class Real>
void pair(const PairTableTask<Real>& task, const PairStep& step) {
    const int shared = sets_of(step.players - 1, task.order);
    add_rows<Real, false, false>(task, step, shared, Real{1}, task.sums);
    add_columns(task, first_of(task, step), step.columns, shared, step.count - shared,
                step.pairs + static_cast<std::size_t>(shared));
}

// The pairs of a slot whose subtree is done, with each slot above it; their numbers begin at `pairs`.
template <class Real>
void flush(const PairTableTask<Real>& task, int slot, std::size_t pairs) {
    const int outputs = task.leaves.count == 0 ? 1 : task.leaves.count, first = sets_of(slot, task.order);
    const auto stride = static_cast<std::size_t>(sums_stride(task));
    for (int o = 0; o < outputs; ++o)
        for (int a = 0; a < sets_of(slot + 1, task.order) - first; ++a) {
            Real* __restrict sums = task.sums + static_cast<std::size_t>(o) * task.rows * stride + first + a;
            Real* __restrict acc = sums_of(task, pairs + static_cast<std::size_t>(a), o);
            for (int r = 0; r < task.rows; ++r) {
                acc[r] += sums[static_cast<std::size_t>(r) * stride];
                sums[static_cast<std::size_t>(r) * stride] = 0;
            }
        }
}

// Two merged leaves whose last slots alone differ.
template <class Real>
void joint(const PairTableTask<Real>& task, const PairStep& step) {
    const int shared = sets_of(step.players - 1, task.order), count = step.count - shared;
    const std::size_t pairs = step.pairs + static_cast<std::size_t>(shared);
    add_rows<Real, false, true>(task, step, shared, Real{1}, task.sums);
    if (step.walk.player >= 0)
        flush(task, step.walk.slot, step.pairs + static_cast<std::size_t>(sets_of(step.walk.slot, task.order)));
    add_columns(task, first_of(task, step), step.columns, shared, count, pairs);
    add_columns(task, second_of(task, step), step.columns, shared, count, pairs + static_cast<std::size_t>(count));
}

}  // namespace

template <class Real>
void pair_tables(const PairTableTask<Real>& task) {
    for (std::size_t i = 0; i < task.n_steps; ++i) {
        const PairStep& step = task.steps[i];
        switch (step.walk.op) {
            case WalkStep::Op::Split:
                route(task.forest, step.walk.node, task.block, task.first, task.rows, task.left);
                split_patterns16(step.walk, task.left, pair_rows(task.rows), task.patterns);
                break;
            case WalkStep::Op::Leaf: leaf(task, step); break;
            case WalkStep::Op::Pair: pair(task, step); break;
            case WalkStep::Op::Joint: joint(task, step); break;
            case WalkStep::Op::Whole:
                add_columns(task, first_of(task, step), step.columns, 0, step.count, step.pairs);
                break;
            case WalkStep::Op::Flush: flush(task, step.walk.slot, step.pairs); break;
        }
    }
}

#if PELLUCID_VECTOR_BYTES < 64
template void pair_tables<float>(const PairTableTask<float>&);
#endif
template void pair_tables<double>(const PairTableTask<double>&);

}  // namespace pellucid::PELLUCID_PATH
