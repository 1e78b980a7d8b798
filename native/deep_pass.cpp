#include "deep_pass.hpp"

#include <algorithm>

#include "dispatch.hpp"
#include "rows.hpp"

namespace pellucid {
namespace {

constexpr std::size_t kRun = 64;  // patterns between two looks at whether to stop

template <class Array>
void grow(Array& array, std::size_t size) {
    if (array.size() < size) array.resize(size);
}

template <class Real>
void make_narrow(const NarrowTask<Real>& task) {
    if constexpr (sizeof(Real) == 4) kernels().deep->narrow32(task);
    else kernels().deep->narrow64(task);
}

template <class Real>
void make_wide(const WideTask<Real>& task) {
    if constexpr (sizeof(Real) == 4) kernels().deep->wide32(task);
    else kernels().deep->wide64(task);
}

}  // namespace

template <class Real>
DeepPass<Real>::DeepPass(const Task& task, DeepSpace<Real>& space)
    : task_(task),
      space_(space),
      outputs_(static_cast<std::size_t>(std::max(1, task.leaves.count))),
      width_(padded(task.plan.players.size())),
      games_(task.forest, task.tree, task.plan, task.beta) {
    const std::size_t rows = padded(task.rows), buffers = static_cast<std::size_t>(task.plan.deep_buffers);
    grow(space.left, rows);
    grow(space.any, std::max(rows, kRun));
    grow(space.entry, rows);
    grow(space.rows, rows);
    grow(space.entries, rows);
    grow(space.distinct, rows);
    grow(space.numbers, std::size_t{1} << kNarrowPlayers);
    if (!task.plan.narrow_walk.empty()) grow(space.patterns, buffers * rows);
    if (!task.plan.deep_walk.empty()) grow(space.words, buffers * rows * static_cast<std::size_t>(task.plan.words));
    grow(space.acc, outputs_ * rows * width_);
    std::fill_n(space.acc.data(), outputs_ * task.rows * width_, Real{0});
}

template <class Real>
void DeepPass<Real>::run(const Stop& stop) {
    if (!task_.plan.narrow_walk.empty()) narrow(stop);
    if (!task_.plan.deep_walk.empty()) wide(stop);
}

template <class Real>
void DeepPass<Real>::narrow(const Stop& stop) {
    const std::size_t rows = padded(task_.rows);
    const NarrowSplitTask split{task_.forest.view(),      task_.block,
                                static_cast<int>(task_.first), static_cast<int>(rows),
                                space_.patterns.data(),   space_.left.data()};
    std::fill_n(split.patterns, rows, std::uint16_t{0});
    for (const WalkStep& step : task_.plan.narrow_walk) {
        if (step.op == WalkStep::Op::Split) kernels().deep->split(split, step);
        else narrow_leaf(static_cast<std::size_t>(step.table), split.patterns + static_cast<std::size_t>(step.in) * rows,
                         stop);
    }
}

template <class Real>
void DeepPass<Real>::wide(const Stop& stop) {
    const std::size_t rows = padded(task_.rows), size = rows * static_cast<std::size_t>(task_.plan.words);
    const PatternTask split{task_.forest.view(), task_.block,         static_cast<int>(task_.first),
                            static_cast<int>(rows), task_.plan.words, space_.words.data(),
                            space_.left.data()};
    std::fill_n(split.patterns, size, std::uint64_t{0});
    for (const WalkStep& step : task_.plan.deep_walk) {
        if (step.op == WalkStep::Op::Split) kernels().split_patterns(split, step);
        else wide_leaf(static_cast<std::size_t>(step.table), split.patterns + static_cast<std::size_t>(step.in) * size,
                       stop);
    }
}

// Numbers the rows' patterns in order of first appearance.
template <class Real>
std::size_t DeepPass<Real>::number_patterns(const std::uint16_t* patterns) {
    std::size_t count = 0;
    for (std::size_t r = 0; r < task_.rows; ++r) {
        std::uint16_t& number = space_.numbers[patterns[r]];
        if (number == 0) {
            space_.distinct[count] = patterns[r];
            number = static_cast<std::uint16_t>(++count);
        }
        space_.entry[r] = number - 1;
    }
    for (std::size_t d = 0; d < count; ++d) space_.numbers[space_.distinct[d]] = 0;
    return count;
}

template <class Real>
void DeepPass<Real>::narrow_leaf(std::size_t number, const std::uint16_t* patterns, const Stop& stop) {
    const DeepLeaf& leaf = task_.plan.deep_leaves[number];
    if (task_.cohorts.count(number) == 0) return;
    if (const Real* table = task_.tables.find(task_.tree, number)) return look_up(leaf, patterns, table);
    const std::size_t distinct = number_patterns(patterns);
    grow(space_.made, distinct * kNarrowPlayers);
    for (std::size_t first = 0; first < distinct; first += kRun) {
        stop.check();
        make_narrow<Real>({task_.cohorts.narrow(number), games_(leaf), space_.distinct.data() + first,
                           static_cast<int>(std::min(kRun, distinct - first)), space_.any.data() + first,
                           space_.made.data() + first * kNarrowPlayers});
    }
    add_rows(leaf, list_rows(0, task_.rows), space_.made.data(), kNarrowPlayers);
}

template <class Real>
void DeepPass<Real>::look_up(const DeepLeaf& leaf, const std::uint16_t* patterns, const Real* table) {
    for (std::size_t r = 0; r < task_.rows; ++r) {
        space_.rows[r] = static_cast<std::int32_t>(r);
        space_.entries[r] = patterns[r];
    }
    add_rows(leaf, task_.rows, table, kNarrowPlayers);
}

template <class Real>
void DeepPass<Real>::wide_leaf(std::size_t number, const std::uint64_t* patterns, const Stop& stop) {
    const DeepLeaf& leaf = task_.plan.deep_leaves[number];
    const std::size_t width = padded(static_cast<std::size_t>(leaf.players));
    if (task_.cohorts.count(number) == 0) return;
    grow(space_.scratch, width);
    grow(space_.made, kRun * width);
    for (std::size_t first = 0; first < task_.rows; first += kRun) {
        stop.check();
        const std::size_t count = std::min(kRun, task_.rows - first);
        make_wide<Real>({task_.cohorts.wide(number), games_(leaf), patterns + first, padded(task_.rows),
                         static_cast<int>(count), space_.any.data(), space_.scratch.data(), space_.made.data(), width});
        for (std::size_t i = 0; i < count; ++i) space_.entry[first + i] = static_cast<std::int32_t>(i);
        add_rows(leaf, list_rows(first, count), space_.made.data(), width);
    }
}

// Lists the rows whose entry may be other than 0.
template <class Real>
std::size_t DeepPass<Real>::list_rows(std::size_t first, std::size_t count) {
    std::size_t n = 0;
    for (std::size_t r = first; r < first + count; ++r) {
        const std::int32_t entry = space_.entry[r];
        space_.rows[n] = static_cast<std::int32_t>(r);
        space_.entries[n] = entry;
        n += space_.any[static_cast<std::size_t>(entry)];
    }
    return n;
}

template <class Real>
void DeepPass<Real>::add_rows(const DeepLeaf& leaf, std::size_t count, const Real* numbers, std::size_t width) {
    for (std::size_t o = 0; o < outputs_; ++o) {
        const RowSumTask<Real> task{space_.rows.data(),
                                    space_.entries.data(),
                                    static_cast<int>(count),
                                    numbers,
                                    width,
                                    task_.plan.path_players.data() + leaf.path,
                                    leaf.players,
                                    scale(leaf.leaf, o),
                                    space_.acc.data() + o * task_.rows * width_,
                                    static_cast<int>(width_)};
        if constexpr (sizeof(Real) == 4) kernels().deep->row_sums32(task);
        else kernels().deep->row_sums64(task);
    }
}

template <class Real>
Real DeepPass<Real>::scale(std::int32_t leaf, std::size_t o) const {
    const LeafValues& leaves = task_.leaves;
    if (leaves.count == 0) return Real{1};
    const std::size_t output = static_cast<std::size_t>(leaves.first) + o;
    return static_cast<Real>(leaves.value[static_cast<std::size_t>(leaf) * leaves.width + output] -
                             leaves.centre[output]);
}

template <class Real>
void DeepPass<Real>::add_to(std::size_t player, std::size_t output, double* phi) const {
    const Real* from = space_.acc.data() + output * task_.rows * width_ + player;
    for (std::size_t r = 0; r < task_.rows; ++r) phi[r] += static_cast<double>(from[r * width_]);
}

template class DeepPass<float>;
template class DeepPass<double>;

}  // namespace pellucid
