#include "histogram.hpp"

#include "walk.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

// Where the left one of two merged leaves sees a pattern, its sibling sees the same one with the last bit flipped.
void count(const HistogramTask& task, const WalkStep& step, int padded) {
    const TableSpec& spec = task.tables[step.table];
    const std::uint16_t* pattern = task.patterns + static_cast<std::size_t>(step.in) * padded;
    double* histogram = task.histograms + spec.histogram;
    for (int r = 0; r < task.rows; ++r) histogram[pattern[r]] += task.weights[r];
    if (spec.sibling == kNoNode) return;
    const unsigned last = 1u << (spec.players - 1);
    double* other = histogram + (std::size_t{1} << spec.players);
    for (int r = 0; r < task.rows; ++r) other[pattern[r] ^ last] += task.weights[r];
}

}  // namespace

void histogram(const HistogramTask& task) {
    const int padded = (task.rows + kLanes - 1) / kLanes * kLanes;
    for (std::size_t i = 0; i < task.n_steps; ++i) {
        const WalkStep& step = task.steps[i];
        if (step.op == WalkStep::Op::Split) {
            split(task, step, padded);
        } else if (step.op != WalkStep::Op::Flush) {
            count(task, step, padded);
        }
    }
}

}  // namespace pellucid::PELLUCID_PATH
