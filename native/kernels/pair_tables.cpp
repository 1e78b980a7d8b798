#include "pair_tables.hpp"

#include "walk.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

constexpr int kPart = 8;  // columns come in multiples of this
using V [[gnu::vector_size(kPart * sizeof(double)), gnu::aligned(sizeof(double)), gnu::may_alias]] = double;

// sums += scale * the table row of each pattern. `Parts` 0: as many as `columns` has.
template <int Parts, bool Scaled>
void add_table_rows(const double* table, const std::uint16_t* pattern, double scale, int rows, int columns, int stride,
                    double* sums) {
    const int parts = Parts > 0 ? Parts : columns / kPart;
    for (int r = 0; r < rows; ++r) {
        const double* entry = table + static_cast<std::size_t>(pattern[r]) * (parts * kPart);
        double* sum = sums + static_cast<std::size_t>(r) * stride;
        for (int c = 0; c < parts * kPart; c += kPart) {
            const V add = *reinterpret_cast<const V*>(entry + c);
            *reinterpret_cast<V*>(sum + c) += Scaled ? scale * add : add;
        }
    }
}

template <bool Scaled>
void add_rows(const PairTableTask& task, const PairStep& step, double scale, double* sums) {
    const double* table = task.arena + step.table;
    const std::uint16_t* pattern = task.patterns + static_cast<std::size_t>(step.walk.in) * task.rows;
    switch (step.columns / kPart) {
        case 0: return;  // one player
        case 1: return add_table_rows<1, Scaled>(table, pattern, scale, task.rows, step.columns, task.stride, sums);
        case 2: return add_table_rows<2, Scaled>(table, pattern, scale, task.rows, step.columns, task.stride, sums);
        default: return add_table_rows<0, Scaled>(table, pattern, scale, task.rows, step.columns, task.stride, sums);
    }
}

void leaf(const PairTableTask& task, const PairStep& step) {
    if (task.leaves.count == 0) return add_rows<false>(task, step, 1.0, task.sums);
    const double* value =
        task.leaves.value + static_cast<std::size_t>(step.walk.node) * task.leaves.width + task.leaves.first;
    for (int o = 0; o < task.leaves.count; ++o)
        add_rows<true>(task, step, value[o] - task.leaves.centre[task.leaves.first + o],
                       task.sums + static_cast<std::size_t>(o) * task.rows * task.stride);
}

// The pairs of a slot whose subtree is done, with each slot above it.
void flush(const PairTableTask& task, const PairStep& step) {
    const int slot = step.walk.slot, outputs = task.leaves.count == 0 ? 1 : task.leaves.count;
    for (int o = 0; o < outputs; ++o)
        for (int a = 0; a < slot; ++a) {
            double* __restrict sums =
                task.sums + static_cast<std::size_t>(o) * task.rows * task.stride + pairs_of(slot) + a;
            const auto number = static_cast<std::size_t>(task.pairs[step.flush + a]) * task.acc.outputs;
            double* __restrict acc =
                task.acc.numbers + (number + task.acc.output + o) * task.acc.stride + task.acc.first;
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
                flush(task, step);
                break;
            case WalkStep::Op::Flush: flush(task, step); break;
        }
    }
}

}  // namespace pellucid::PELLUCID_PATH
