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

void PatternCounts::merge(const PatternCounts& other) {
    for (std::size_t d = 0; d < other.seen_.weights.size(); ++d)
        add(other.seen_.patterns.data() + d * words_, 1, other.seen_.weights[d]);
}

LeafCohort PatternCounts::divided_by(double total) && {
    for (double& w : seen_.weights) w /= total;
    return std::move(seen_);
}

void TreeCounts::start(const TreePlan& plan) {
    histograms_.assign(plan.histograms, 0.0);
    for (const DeepLeaf& leaf : plan.deep_leaves) cohorts_.emplace_back(leaf.words());
}

void TreeCounts::add(const Forest& forest, const TreePlan& plan, const Columns& columns, const double* weights,
                     std::size_t n, const Stop& stop) {
    const std::size_t rows_padded = padded(kCountRows);
    std::vector<std::uint8_t> left(rows_padded);
    std::vector<std::uint16_t> patterns(static_cast<std::size_t>(plan.buffers) * rows_padded);
    std::vector<std::uint64_t> words(static_cast<std::size_t>(plan.deep_buffers * plan.words) * rows_padded);
    const std::vector<WalkStep>& walk = plan.tests.empty() ? plan.joined : plan.walk;
    for (std::size_t first = 0; first < n; first += kCountRows) {
        stop.check();
        const std::size_t rows = std::min(kCountRows, n - first);
        const int from = static_cast<int>(first);
        std::fill_n(patterns.begin(), patterns.empty() ? 0 : padded(rows), std::uint16_t{0});
        kernels().histogram({forest.view(), columns.block(), from, static_cast<int>(rows), walk.data(), walk.size(),
                             plan.tables.data(), weights + first, patterns.data(), left.data(),
                             histograms_.data()});
        add_deep(plan,
                 {forest.view(), columns.block(), from, static_cast<int>(padded(rows)), plan.words, words.data(),
                  left.data()},
                 weights + first, rows);
    }
}

void TreeCounts::add_deep(const TreePlan& plan, const PatternTask& task, const double* weights, std::size_t rows) {
    const auto stride = static_cast<std::size_t>(task.rows);
    const std::size_t size = stride * static_cast<std::size_t>(task.words);
    std::fill_n(task.patterns, plan.deep_walk.empty() ? 0 : size, std::uint64_t{0});
    for (const WalkStep& step : plan.deep_walk) {
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
    for (std::size_t i = 0; i < cohorts_.size(); ++i) cohorts_[i].merge(other.cohorts_[i]);
}

TreeBackground TreeCounts::divided_by(double total) && {
    TreeBackground background{std::move(histograms_), {}};
    for (double& h : background.histograms) h /= total;
    for (PatternCounts& counts : cohorts_) background.cohorts.push_back(std::move(counts).divided_by(total));
    return background;
}

}  // namespace pellucid
