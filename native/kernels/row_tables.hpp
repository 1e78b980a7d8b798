#pragma once

#include "route.hpp"

namespace pellucid::PELLUCID_PATH {

// The walk over a tree's table leaves for a single row: the sums of `tables`, in the same order.
template <class Real>
class RowWalk {
  public:
    RowWalk(const TableTask<Real>& task, int row) : task_(task), row_(row) {}

    void run() {
        task_.patterns[0] = 0;
        for (std::size_t i = 0; i < task_.n_steps; ++i) {
            const WalkStep& step = task_.steps[i];
            switch (step.op) {
                case WalkStep::Op::Split: split(step); break;
                case WalkStep::Op::Leaf: leaf(step); break;
                case WalkStep::Op::Pair: pair(step); break;
                case WalkStep::Op::Joint: joint(step); break;
                case WalkStep::Op::Whole: whole(step); break;
                case WalkStep::Op::Flush: flush(step); break;
            }
        }
    }

  private:
    // One leaf's or merged pair's numbers for the row's pattern.
    struct Entry {
        const Real* first;
        std::size_t step;
        Real operator[](int slot) const { return first[static_cast<std::size_t>(slot) * step]; }
    };

    Entry entry(const TableSpec& spec, int buffer) const {
        return {task_.arena + spec.offset + task_.patterns[buffer], slot_numbers(spec.players)};
    }

    Real& acc(int player) const { return task_.acc[static_cast<std::size_t>(player) * task_.rows + row_]; }

    bool goes_left_at(std::int32_t index) const {
        const Node& node = task_.forest.nodes[index];
        const std::size_t at = static_cast<std::size_t>(node.column) * task_.block.stride + task_.first + row_;
        const bool in_float = node.test == Test::LessF32 || node.test == Test::LessEqualF32;
        return goes_left(task_.forest, index, in_float ? static_cast<double>(task_.block.f32[at]) : task_.block.f64[at]);
    }

    void split(const WalkStep& step) const {
        const bool left = goes_left_at(step.node);
        const unsigned bit = 1u << step.slot, in = task_.patterns[step.in];
        const auto held = static_cast<std::uint16_t>(step.fresh ? in | bit : in);
        const auto lost = static_cast<std::uint16_t>(in & ~bit);
        task_.patterns[step.out] = left ? held : lost;
        if (step.both) task_.patterns[step.out + 1] = left ? lost : held;
    }

    void leaf(const WalkStep& step) {
        const TableSpec& spec = task_.tables[step.table];
        const Entry e = entry(spec, step.in);
        for (int j = 0; j < spec.players; ++j) sums_[j] += e[j];
    }

    void pair(const WalkStep& step) {
        const TableSpec& spec = task_.tables[step.table];
        const Entry e = entry(spec, step.in);
        const int last = spec.players - 1;
        for (int j = 0; j < last; ++j) sums_[j] += e[j];
        acc(spec.last) += e[last];
    }

    void joint(const WalkStep& step) {
        const TableSpec &one = task_.tables[step.table], &two = task_.tables[step.table + 1];
        const Entry e = entry(one, step.in), f = entry(two, step.out);
        const int last = one.players - 1, shared = step.player < 0 ? last : last - 1;
        for (int j = 0; j < shared; ++j) sums_[j] += e[j] + f[j];
        if (shared < last) acc(step.player) += e[shared] + f[shared];
        acc(one.last) += e[last];
        acc(two.last) += f[last];
    }

    void whole(const WalkStep& step) {
        const Real* number = task_.arena + task_.patterns[step.in];
        const std::size_t size = slot_numbers(task_.tables[step.table].players);
        for (int p = 0; p < task_.players; ++p, number += size) acc(p) += *number;
    }

    void flush(const WalkStep& step) {
        acc(step.player) += sums_[step.slot];
        sums_[step.slot] = 0;
    }

    const TableTask<Real>& task_;
    const int row_;
    Real sums_[kTablePlayers] = {};
};

}  // namespace pellucid::PELLUCID_PATH
