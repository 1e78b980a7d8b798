#include "tables.hpp"

#include "walk.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

// As much of a table row as a register of the path takes at once.
template <class Real, int Columns>
struct Part {
    static constexpr int half = 8 * sizeof(Real) <= PELLUCID_VECTOR_BYTES ? 8 : 4;
    static constexpr int lanes = sizeof(Real) * 4 > PELLUCID_VECTOR_BYTES ? 2 : (Columns % half == 0 ? half : 4);
    using V [[gnu::vector_size(lanes * sizeof(Real)), gnu::aligned(sizeof(Real)), gnu::may_alias]] = Real;
};

// sums += scale * the table row of each pattern; the scale of scalar leaves is in their tables.
template <class Real, int Columns, bool Scaled>
void add_table_rows(const Real* table, const std::uint16_t* pattern, Real scale, int rows, int stride, Real* sums) {
    using P = Part<Real, Columns>;
    using V = typename P::V;
    for (int r = 0; r < rows; ++r) {
        const Real* entry = table + static_cast<std::size_t>(pattern[r]) * Columns;
        Real* sum = sums + static_cast<std::size_t>(r) * stride;
        for (int c = 0; c < Columns; c += P::lanes) {
            const V add = *reinterpret_cast<const V*>(entry + c);
            *reinterpret_cast<V*>(sum + c) += Scaled ? scale * add : add;
        }
    }
}

template <class Real, int Columns>
void add_leaf(const TableTask<Real>& task, const TableSpec& spec, const std::uint16_t* pattern) {
    const Real* table = task.arena + spec.offset;
    if (task.leaves.count == 0)
        return add_table_rows<Real, Columns, false>(table, pattern, Real{1}, task.rows, task.stride, task.sums);
    const double* value =
        task.leaves.value + static_cast<std::size_t>(spec.leaf) * task.leaves.width + task.leaves.first;
    for (int o = 0; o < task.leaves.count; ++o) {
        const Real v = static_cast<Real>(value[o] - task.leaves.centre[task.leaves.first + o]);
        Real* sums = task.sums + static_cast<std::size_t>(o) * task.rows * task.stride;
        add_table_rows<Real, Columns, true>(table, pattern, v, task.rows, task.stride, sums);
    }
}

template <class Real>
void leaf(const TableTask<Real>& task, const WalkStep& step) {
    const TableSpec& spec = task.tables[step.table];
    const std::uint16_t* pattern = task.patterns + static_cast<std::size_t>(step.in) * task.rows;
    switch (spec.columns) {
        case 4: return add_leaf<Real, 4>(task, spec, pattern);
        case 8: return add_leaf<Real, 8>(task, spec, pattern);
        case 12: return add_leaf<Real, 12>(task, spec, pattern);
        default: return;  // 0: a merged pair of one player
    }
}

template <class Real>
void pair(const TableTask<Real>& task, const WalkStep& step) {
    leaf(task, step);
    const TableSpec& spec = task.tables[step.table];
    const Real* __restrict last = task.arena + spec.offset + (static_cast<std::size_t>(spec.columns) << spec.players);
    const std::uint16_t* __restrict pattern = task.patterns + static_cast<std::size_t>(step.in) * task.rows;
    Real* __restrict acc = task.acc + static_cast<std::size_t>(step.player) * task.rows;
    for (int r = 0; r < task.rows; ++r) acc[r] += last[pattern[r]];
}

template <class Real>
void flush(const TableTask<Real>& task, const WalkStep& step) {
    const int outputs = task.leaves.count == 0 ? 1 : task.leaves.count;
    for (int o = 0; o < outputs; ++o) {
        Real* __restrict sums = task.sums + static_cast<std::size_t>(o) * task.rows * task.stride + step.slot;
        Real* __restrict acc = task.acc + (static_cast<std::size_t>(o) * task.players + step.player) * task.rows;
        for (int r = 0; r < task.rows; ++r) {
            acc[r] += sums[static_cast<std::size_t>(r) * task.stride];
            sums[static_cast<std::size_t>(r) * task.stride] = 0;
        }
    }
}

}  // namespace

template <class Real>
void tables(const TableTask<Real>& task) {
    for (std::size_t i = 0; i < task.n_steps; ++i) {
        const WalkStep& step = task.steps[i];
        switch (step.op) {
            case WalkStep::Op::Split:
                route(task.forest, step.node, task.block, task.first, task.rows, task.left);
                split_patterns16(step, task.left, task.rows, task.patterns);
                break;
            case WalkStep::Op::Leaf: leaf(task, step); break;
            case WalkStep::Op::Pair: pair(task, step); break;
            case WalkStep::Op::Flush: flush(task, step); break;
        }
    }
}

template void tables<float>(const TableTask<float>&);
template void tables<double>(const TableTask<double>&);

}  // namespace pellucid::PELLUCID_PATH
