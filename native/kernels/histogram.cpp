#include "histogram.hpp"

#include "walk.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

constexpr int kLocalBits = 8;  // up to here a run of rows is counted apart, in the first-level cache
constexpr int kLocals = 4;     // counters a pattern, so that rows of one pattern do not wait for each other

bool all_one(const double* weights, int rows) {
    bool one = true;
    for (int r = 0; r < rows; ++r) one &= weights[r] == 1.0;
    return one;
}

// Where the left one of two merged leaves sees a pattern, its sibling sees the same one with the last bit flipped.
struct LeafHistogram {
    double* counts;
    double* sibling;  // null where there is none
    unsigned last;

    LeafHistogram(const HistogramTask& task, const TableSpec& spec)
        : counts(task.histograms + spec.histogram),
          sibling(spec.sibling == kNoNode ? nullptr : counts + (std::size_t{1} << spec.players)),
          last(1u << (spec.players - 1)) {}

    void add(unsigned pattern, double weight) const {
        counts[pattern] += weight;
        if (sibling) sibling[pattern ^ last] += weight;
    }
};

// Rows of weight one: whole numbers, whose sums have the same bits in any order. add(pattern, count)
template <class Add>
void count_rows(const std::uint16_t* pattern, int rows, int bits, const Add& add) {
    std::uint32_t local[1 << kLocalBits][kLocals];
    const unsigned size = 1u << bits;
    for (unsigned p = 0; p < size; ++p)
        for (int i = 0; i < kLocals; ++i) local[p][i] = 0;
    int r = 0;
    for (; r + kLocals <= rows; r += kLocals)
        for (int i = 0; i < kLocals; ++i) ++local[pattern[r + i]][i];
    for (; r < rows; ++r) ++local[pattern[r]][0];
    for (unsigned p = 0; p < size; ++p) {
        std::uint32_t sum = 0;
        for (int i = 0; i < kLocals; ++i) sum += local[p][i];
        if (sum > 0) add(p, sum);
    }
}

const std::uint16_t* pattern_of(const HistogramTask& task, int buffer, int padded) {
    return task.patterns + static_cast<std::size_t>(buffer) * padded;
}

void count(const HistogramTask& task, const TableSpec& spec, const std::uint16_t* pattern, bool one) {
    const LeafHistogram histogram(task, spec);
    const auto add = [&](unsigned p, double weight) { histogram.add(p, weight); };
    if (one && spec.players <= kLocalBits) return count_rows(pattern, task.rows, spec.players, add);
    for (int r = 0; r < task.rows; ++r) add(pattern[r], task.weights[r]);
}

// Two pairs under one fresh split share all bits but that split's, which is the other way round, and their last.
void count_joint(const HistogramTask& task, const WalkStep& step, int padded) {
    const TableSpec &one = task.tables[step.table], &two = task.tables[step.table + 1];
    const LeafHistogram left(task, one), right(task, two);
    const std::uint16_t* pattern = pattern_of(task, step.in, padded);
    const std::uint16_t* other = pattern_of(task, step.out, padded);
    std::uint16_t* both = task.patterns + static_cast<std::size_t>(step.in) * padded;
    const int bits = one.players;
    const unsigned size = 1u << bits, last = size / 2, split = 1u << step.slot;
    for (int r = 0; r < task.rows; ++r) both[r] = static_cast<std::uint16_t>(pattern[r] | (other[r] & last) << 1);
    count_rows(both, task.rows, bits + 1, [&](unsigned p, double n) {
        left.add(p & (size - 1), n);
        right.add(((p & (last - 1)) ^ split) | ((p & size) >> 1), n);
    });
}

void count_step(const HistogramTask& task, const WalkStep& step, int padded, bool one) {
    const TableSpec& spec = task.tables[step.table];
    const bool joint = step.op == WalkStep::Op::Joint;
    if (joint && one && step.player >= 0 && spec.players < kLocalBits) return count_joint(task, step, padded);
    count(task, spec, pattern_of(task, step.in, padded), one);
    if (joint) count(task, task.tables[step.table + 1], pattern_of(task, step.out, padded), one);
}

}  // namespace

void histogram(const HistogramTask& task) {
    const int padded = (task.rows + kLanes - 1) / kLanes * kLanes;
    const bool one = all_one(task.weights, task.rows);
    for (std::size_t i = 0; i < task.n_steps; ++i) {
        const WalkStep& step = task.steps[i];
        if (step.op == WalkStep::Op::Split) split(task, step, padded);
        else if (step.op != WalkStep::Op::Flush) count_step(task, step, padded, one);
    }
}

}  // namespace pellucid::PELLUCID_PATH
