#include "counts.hpp"

#include <algorithm>
#include <utility>

#include "dispatch.hpp"

namespace pellucid {
namespace {

constexpr std::size_t kCountRows = 1024;  // rows counted together

}  // namespace

std::size_t PatternCounts::hash(const std::uint64_t* pattern, std::size_t stride) const {
    std::uint64_t h = 0;
    for (std::size_t w = 0; w < words_; ++w) {
        h = (h ^ pattern[w * stride]) * 0x9E3779B97F4A7C15u;
        h ^= h >> 29;
    }
    return static_cast<std::size_t>(h);
}

bool PatternCounts::same(std::size_t number, const std::uint64_t* pattern, std::size_t stride) const {
    for (std::size_t w = 0; w < words_; ++w)
        if (seen_.patterns[number * words_ + w] != pattern[w * stride]) return false;
    return true;
}

void PatternCounts::make_room() {
    if (2 * (seen_.weights.size() + 1) <= slots_.size()) return;
    slots_.assign(std::max<std::size_t>(16, 2 * slots_.size()), 0);
    for (std::size_t d = 0; d < seen_.weights.size(); ++d) {
        std::size_t at = hash(seen_.patterns.data() + d * words_, 1) & (slots_.size() - 1);
        while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
        slots_[at] = static_cast<std::uint32_t>(d + 1);
    }
}

void PatternCounts::add(const std::uint64_t* pattern, std::size_t stride, double weight) {
    make_room();
    std::size_t at = hash(pattern, stride) & (slots_.size() - 1);
    for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
        const std::size_t number = slots_[at] - 1;
        if (!same(number, pattern, stride)) continue;
        seen_.weights[number] += weight;
        return;
    }
    slots_[at] = static_cast<std::uint32_t>(seen_.weights.size() + 1);
    for (std::size_t w = 0; w < words_; ++w) seen_.patterns.push_back(pattern[w * stride]);
    seen_.weights.push_back(weight);
}

void PatternCounts::add_narrow(const std::uint16_t* patterns, const double* weights, std::size_t n,
                               PatternNumbers& numbers) {
    for (std::size_t d = 0; d < seen_.weights.size(); ++d) numbers[seen_.patterns[d]] = static_cast<std::uint32_t>(d + 1);
    for (std::size_t r = 0; r < n; ++r) {
        std::uint32_t& number = numbers[patterns[r]];
        if (number == 0) {
            seen_.patterns.push_back(patterns[r]);
            seen_.weights.push_back(0.0);
            number = static_cast<std::uint32_t>(seen_.weights.size());
        }
        seen_.weights[number - 1] += weights[r];
    }
    for (const std::uint64_t pattern : seen_.patterns) numbers[pattern] = 0;
}

void PatternCounts::merge(const PatternCounts& other, PatternNumbers& numbers) {
    const LeafCohort& theirs = other.seen_;
    if (narrow_) {
        const std::vector<std::uint16_t> patterns(theirs.patterns.begin(), theirs.patterns.end());
        return add_narrow(patterns.data(), theirs.weights.data(), patterns.size(), numbers);
    }
    for (std::size_t d = 0; d < theirs.weights.size(); ++d) add(theirs.patterns.data() + d * words_, 1, theirs.weights[d]);
}

LeafCohort PatternCounts::divided_by(double total) && {
    for (double& w : seen_.weights) w /= total;
    return std::move(seen_);
}

void TreeCounts::start(const TreePlan& plan) {
    histograms_.assign(plan.histograms, 0.0);
    for (const DeepLeaf& leaf : plan.deep_leaves) cohorts_.emplace_back(leaf);
}

void TreeCounts::add(const Forest& forest, const TreePlan& plan, const Columns& columns, const double* weights,
                     std::size_t n, const Stop& stop) {
    const std::size_t rows_padded = padded(kCountRows);
    std::vector<std::uint8_t> left(rows_padded);
    Aligned<std::uint16_t> patterns(static_cast<std::size_t>(std::max(plan.buffers, plan.deep_buffers)) * rows_padded);
    Aligned<std::uint64_t> words(
        plan.deep_walk.empty() ? 0 : static_cast<std::size_t>(plan.deep_buffers * plan.words) * rows_padded);
    PatternNumbers numbers(plan.narrow_walk.empty() ? 0 : std::size_t{1} << kNarrowPlayers, 0);
    const std::vector<WalkStep>& walk = plan.tests.empty() ? plan.joined : plan.walk;
    for (std::size_t first = 0; first < n; first += kCountRows) {
        stop.check();
        const std::size_t rows = std::min(kCountRows, n - first);
        const int from = static_cast<int>(first);
        std::fill_n(patterns.begin(), patterns.empty() ? 0 : padded(rows), std::uint16_t{0});
        kernels().histogram({forest.view(), columns.block(), from, static_cast<int>(rows), walk.data(), walk.size(),
                             plan.tables.data(), weights + first, patterns.data(), left.data(),
                             histograms_.data()});
        const int most = static_cast<int>(padded(rows));
        add_narrow(plan, {forest.view(), columns.block(), from, most, patterns.data(), left.data()}, weights + first,
                   rows, numbers, stop);
        add_wide(plan, {forest.view(), columns.block(), from, most, plan.words, words.data(), left.data()},
                 weights + first, rows, stop);
    }
}

void TreeCounts::add_narrow(const TreePlan& plan, const NarrowSplitTask& task, const double* weights, std::size_t rows,
                            PatternNumbers& numbers, const Stop& stop) {
    const auto stride = static_cast<std::size_t>(task.rows);
    std::fill_n(task.patterns, plan.narrow_walk.empty() ? 0 : stride, std::uint16_t{0});
    for (const WalkStep& step : plan.narrow_walk) {
        stop.check();
        if (step.op == WalkStep::Op::Split)
            kernels().deep->split(task, step);
        else
            cohorts_[static_cast<std::size_t>(step.table)].add_narrow(
                task.patterns + static_cast<std::size_t>(step.in) * stride, weights, rows, numbers);
    }
}

void TreeCounts::add_wide(const TreePlan& plan, const PatternTask& task, const double* weights, std::size_t rows,
                          const Stop& stop) {
    const auto stride = static_cast<std::size_t>(task.rows);
    const std::size_t size = stride * static_cast<std::size_t>(task.words);
    std::fill_n(task.patterns, plan.deep_walk.empty() ? 0 : size, std::uint64_t{0});
    for (const WalkStep& step : plan.deep_walk) {
        stop.check();
        if (step.op == WalkStep::Op::Split) {
            kernels().split_patterns(task, step);
            continue;
        }
        const std::uint64_t* pattern = task.patterns + static_cast<std::size_t>(step.in) * size;
        for (std::size_t r = 0; r < rows; ++r)
            cohorts_[static_cast<std::size_t>(step.table)].add(pattern + r, stride, weights[r]);
    }
}

void TreeCounts::merge(const TreeCounts& other) {
    for (std::size_t i = 0; i < histograms_.size(); ++i) histograms_[i] += other.histograms_[i];
    PatternNumbers numbers(cohorts_.empty() ? 0 : std::size_t{1} << kNarrowPlayers, 0);
    for (std::size_t i = 0; i < cohorts_.size(); ++i) cohorts_[i].merge(other.cohorts_[i], numbers);
}

TreeBackground TreeCounts::divided_by(double total) && {
    TreeBackground background{std::move(histograms_), {}};
    for (double& h : background.histograms) h /= total;
    for (PatternCounts& counts : cohorts_) background.cohorts.push_back(std::move(counts).divided_by(total));
    return background;
}

}  // namespace pellucid
