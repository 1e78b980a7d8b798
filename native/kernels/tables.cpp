#include "tables.hpp"

#include "lookup.hpp"
#include "row_tables.hpp"
#include "walk.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

// Where each slot's look-ups are added: to sums that later leaves share, or straight to a player that none shares.
template <class Real>
struct Slots {
    Real* to[kWholeTests];

    Slots(const TableTask<Real>& task, int players, int output) {
        for (int j = 0; j < players; ++j)
            to[j] = task.sums + (static_cast<std::size_t>(output) * task.stride + j) * task.rows;
    }

    void give(const TableTask<Real>& task, int slot, int player) {
        to[slot] = task.acc + static_cast<std::size_t>(player) * task.rows;
    }
};

template <class Real>
const std::uint16_t* pattern_of(const TableTask<Real>& task, std::int32_t buffer) {
    return task.patterns + static_cast<std::size_t>(buffer) * task.rows;
}

template <class Add>
void with_bits(int bits, const Add& add) {
    switch (bits) {
        case 1: return add(std::integral_constant<int, 1>{});
        case 2: return add(std::integral_constant<int, 2>{});
        case 3: return add(std::integral_constant<int, 3>{});
        case 4: return add(std::integral_constant<int, 4>{});
        case 5: return add(std::integral_constant<int, 5>{});
        case 6: return add(std::integral_constant<int, 6>{});
        case 7: return add(std::integral_constant<int, 7>{});
        default: return add(std::integral_constant<int, 8>{});
    }
}

template <class Real>
void add_scalar(const TableTask<Real>& task, const WalkStep& step, const TableSpec& spec) {
    Slots<Real> slots(task, spec.players, 0);
    if (step.op == WalkStep::Op::Pair) slots.give(task, spec.players - 1, spec.last);
    const Real* table = task.arena + spec.offset;
    const std::uint16_t* pattern = pattern_of(task, step.in);
    with_bits(spec.players, [&]<int Bits>(std::integral_constant<int, Bits>) {
        add_lookups<Real, Bits, 1>({{table}, {pattern}}, 0, Bits, task.rows, slots.to);
    });
}

// Two merged pairs whose last slots alone differ.
template <class Real>
void joint(const TableTask<Real>& task, const WalkStep& step) {
    const TableSpec& spec = task.tables[step.table];
    const TableSpec& other = task.tables[step.table + 1];
    const Real* const tables[] = {task.arena + spec.offset, task.arena + other.offset};
    const std::uint16_t* const patterns[] = {pattern_of(task, step.in), pattern_of(task, step.out)};
    Slots<Real> slots(task, spec.players, 0);
    if (step.player >= 0) slots.give(task, step.slot, step.player);
    with_bits(spec.players, [&]<int Bits>(std::integral_constant<int, Bits>) {
        add_lookups<Real, Bits, 2>({{tables[0], tables[1]}, {patterns[0], patterns[1]}}, 0, Bits - 1, task.rows,
                                   slots.to);
        slots.give(task, Bits - 1, spec.last);
        add_lookups<Real, Bits, 1>({{tables[0]}, {patterns[0]}}, Bits - 1, Bits, task.rows, slots.to);
        slots.give(task, Bits - 1, other.last);
        add_lookups<Real, Bits, 1>({{tables[1]}, {patterns[1]}}, Bits - 1, Bits, task.rows, slots.to);
    });
}

// Every player's values by the outcomes of the tree's tests.
template <class Real>
void whole(const TableTask<Real>& task, const WalkStep& step) {
    Slots<Real> slots(task, 0, 0);
    for (int p = 0; p < task.players; ++p) slots.give(task, p, p);
    with_bits(task.tables[step.table].players, [&]<int Bits>(std::integral_constant<int, Bits>) {
        add_lookups<Real, Bits, 1>({{task.arena}, {pattern_of(task, step.in)}}, 0, task.players, task.rows, slots.to);
    });
}

// to[j][r] += scale * number of slot j for the pattern of row r.
template <class Real>
void add_scaled(const Real* table, const std::uint16_t* pattern, const TableSpec& spec, Real scale, int rows,
                Real* const* to) {
    for (int j = 0; j < spec.players; ++j, table += slot_numbers(spec.players)) {
        Real* __restrict sum = to[j];
        for (int r = 0; r < rows; ++r) sum[r] += scale * table[pattern[r]];
    }
}

template <class Real>
void add_vector(const TableTask<Real>& task, const WalkStep& step, const TableSpec& spec) {
    const Real* table = task.arena + spec.offset;
    const std::uint16_t* pattern = pattern_of(task, step.in);
    const double* value =
        task.leaves.value + static_cast<std::size_t>(spec.leaf) * task.leaves.width + task.leaves.first;
    for (int o = 0; o < task.leaves.count; ++o) {
        const Slots<Real> slots(task, spec.players, o);
        const Real scale = static_cast<Real>(value[o] - task.leaves.centre[task.leaves.first + o]);
        add_scaled(table, pattern, spec, scale, task.rows, slots.to);
    }
}

template <class Real>
void leaf(const TableTask<Real>& task, const WalkStep& step) {
    const TableSpec& spec = task.tables[step.table];
    task.leaves.count == 0 ? add_scalar(task, step, spec) : add_vector(task, step, spec);
}

template <class Real>
void flush(const TableTask<Real>& task, const WalkStep& step) {
    const int outputs = task.leaves.count == 0 ? 1 : task.leaves.count;
    for (int o = 0; o < outputs; ++o) {
        Real* __restrict sum = task.sums + (static_cast<std::size_t>(o) * task.stride + step.slot) * task.rows;
        Real* __restrict acc = task.acc + (static_cast<std::size_t>(o) * task.players + step.player) * task.rows;
        for (int r = 0; r < task.rows; ++r) {
            acc[r] += sum[r];
            sum[r] = 0;
        }
    }
}

void fetch(const void* from, std::size_t bytes) {
    constexpr std::size_t line = 64;
    for (std::size_t at = 0; at < bytes; at += line) __builtin_prefetch(static_cast<const char*>(from) + at);
}

// Asks for what a step will read, so that it is there when the step comes.
template <class Real>
void fetch(const TableTask<Real>& task, const WalkStep& step) {
    if (step.op == WalkStep::Op::Split) return fetch(task.forest.nodes + step.node, 1);
    if (step.op == WalkStep::Op::Flush || step.op == WalkStep::Op::Whole) return;
    const TableSpec& spec = task.tables[step.table];
    const int tables = step.op == WalkStep::Op::Joint ? 2 : 1;
    fetch(task.arena + spec.offset, sizeof(Real) * tables * spec.players * slot_numbers(spec.players));
}

constexpr std::size_t kAhead = 4;  // steps
constexpr int kFewRows = 6;        // up to here registers filled with tables and rows are not worth it

}  // namespace

template <class Real>
void tables(const TableTask<Real>& task) {
    if (task.wanted <= kFewRows && task.leaves.count == 0) {
        for (int r = 0; r < task.wanted; ++r) RowWalk<Real>(task, r).run();
        return;
    }
    for (std::size_t i = 0; i < task.n_steps; ++i) {
        const WalkStep& step = task.steps[i];
        if (i + kAhead < task.n_steps) fetch(task, task.steps[i + kAhead]);
        switch (step.op) {
            case WalkStep::Op::Split: split(task, step, task.rows); break;
            case WalkStep::Op::Leaf:
            case WalkStep::Op::Pair: leaf(task, step); break;
            case WalkStep::Op::Joint: joint(task, step); break;
            case WalkStep::Op::Whole: whole(task, step); break;
            case WalkStep::Op::Flush: flush(task, step); break;
        }
    }
}

template void tables<float>(const TableTask<float>&);
template void tables<double>(const TableTask<double>&);

}  // namespace pellucid::PELLUCID_PATH
