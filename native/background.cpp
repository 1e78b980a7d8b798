#include "background.hpp"

#include <algorithm>
#include <mutex>

#include "dispatch.hpp"
#include "explain.hpp"

namespace pellucid {
namespace {

constexpr std::size_t kCountRows = 256;                  // rows counted together
constexpr std::size_t kChunkRows = 4096;                 // rows turned into columns together
constexpr std::size_t kSmallCounts = 256 * 1024 * 1024;  // bytes of counts up to which they are always kept
constexpr std::size_t kDeepLeafBytes = 64 * 1024;        // what the counts of a leaf without a table may take
constexpr std::size_t kArenaBytes = 256 * 1024 * 1024;   // tables and cohorts in memory at a time
constexpr int kMostPlayers = 4096;                       // on one path

std::size_t words_of(const DeepLeaf& leaf) { return static_cast<std::size_t>(leaf.players + 63) / 64; }

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

LeafCohort PatternCounts::divided_by(double total) const {
    LeafCohort cohort = seen_;
    for (double& w : cohort.weights) w /= total;
    return cohort;
}

void TreeCounts::start(const TreePlan& plan) {
    histograms_.assign(plan.histograms, 0.0);
    for (const DeepLeaf& leaf : plan.deep_leaves) cohorts_.emplace_back(words_of(leaf));
}

void TreeCounts::add(const Forest& forest, const TreePlan& plan, const Columns& columns, const double* weights,
                     std::size_t n, const Stop& stop) {
    const std::size_t rows_padded = padded(kCountRows);
    std::vector<std::uint8_t> left(rows_padded);
    std::vector<std::uint16_t> patterns(static_cast<std::size_t>(plan.buffers) * rows_padded);
    std::vector<std::uint64_t> words(static_cast<std::size_t>(plan.deep_buffers * plan.words) * rows_padded);
    for (std::size_t first = 0; first < n; first += kCountRows) {
        stop.check();
        const std::size_t rows = std::min(kCountRows, n - first);
        const int from = static_cast<int>(first);
        std::fill_n(patterns.begin(), patterns.empty() ? 0 : padded(rows), std::uint16_t{0});
        kernels().histogram({forest.view(), columns.block(), from, static_cast<int>(rows), plan.walk.data(),
                             plan.walk.size(), plan.tables.data(), weights + first, patterns.data(), left.data(),
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

TreeBackground TreeCounts::divided_by(double total) const {
    TreeBackground background{histograms_, {}};
    for (double& h : background.histograms) h /= total;
    for (const PatternCounts& counts : cohorts_) background.cohorts.push_back(counts.divided_by(total));
    return background;
}

Background::Background(std::shared_ptr<const Forest> forest, Players players)
    : forest_(std::move(forest)),
      players_(std::move(players)),
      plans_(make_plan(*forest_, players_, kTablePlayers, Deep::Cohorts)),
      counts_bytes_(0),
      sums_{{}, std::vector<Sum>(forest_->n_outputs())} {
    for (const TreePlan& plan : plans_) {
        counts_bytes_ += plan.histograms * sizeof(double) + plan.deep_leaves.size() * kDeepLeafBytes;
        for (const DeepLeaf& leaf : plan.deep_leaves)
            if (leaf.players > kMostPlayers)
                throw ForestError("a path tests " + std::to_string(leaf.players) + " players, and at most " +
                                  std::to_string(kMostPlayers) + " can be explained against a background");
    }
    if (counts_bytes_ <= kSmallCounts) counts_ = empty_counts();
}

// All or nothing: what is added shows only when every row has been counted.
void Background::add(const Rows& rows, const double* weights, const Run& run) {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) throw BackgroundBusy{};
    count_rows_if_smaller(run);
    std::vector<TreeCounts> counts = counts_;
    WeightedSums sums = sums_;
    for (std::size_t first = 0; first < rows.count; first += kChunkRows) {
        const Rows some = rows.slice(first, std::min(kChunkRows, rows.count - first));
        add_predictions(some, weights + first, sums, run);
        if (!counts.empty()) add_counts(some, weights + first, counts, run);
    }
    if (counts.empty()) keep(rows, weights);
    counts_.swap(counts);
    sums_ = sums;
}

void Background::keep(const Rows& rows, const double* weights) {
    weights_.reserve(weights_.size() + rows.count);
    rows_.insert(rows_.end(), rows.data, rows.data + rows.count * rows.width);
    weights_.insert(weights_.end(), weights, weights + rows.count);
}

void Background::add_predictions(const Rows& rows, const double* weights, WeightedSums& sums, const Run& run) const {
    std::vector<double> predicted(rows.count * forest_->n_outputs());
    predict(*forest_, rows, predicted.data(), run);
    for (std::size_t r = 0; r < rows.count; ++r) {
        sums.weight.add(weights[r]);
        for (std::size_t o = 0; o < sums.outputs.size(); ++o)
            sums.outputs[o].add(weights[r] * (predicted[r * sums.outputs.size() + o] - forest_->base[o]));
    }
}

void Background::add_counts(const Rows& rows, const double* weights, std::vector<TreeCounts>& counts,
                            const Run& run) const {
    Columns columns;
    columns.load(*forest_, rows);
    parallel_for(plans_.size(), false, run, [&](std::size_t t, unsigned, const Stop& stop) {
        counts[t].add(*forest_, plans_[t], columns, weights, rows.count, stop);
    });
}

// Rows are kept while they take less memory than counts would.
void Background::count_rows_if_smaller(const Run& run) {
    if (!counts_.empty() || rows_.size() * sizeof(double) <= counts_bytes_) return;
    std::vector<TreeCounts> counts = empty_counts();
    const Rows rows{rows_.data(), weights_.size(), forest_->n_features};
    for (std::size_t first = 0; first < rows.count; first += kChunkRows)
        add_counts(rows.slice(first, std::min(kChunkRows, rows.count - first)), weights_.data() + first, counts, run);
    counts_.swap(counts);
    rows_ = {};
    weights_ = {};
}

void Background::merge(const Background& other, const Run& run) {
    if (&other == this) throw BackgroundBusy{};
    const std::unique_lock lock(mutex_, std::try_to_lock);
    const std::shared_lock other_lock(other.mutex_, std::try_to_lock);
    if (!lock || !other_lock) throw BackgroundBusy{};
    if (other.counts_.empty() && counts_.empty()) {
        keep({other.rows_.data(), other.weights_.size(), forest_->n_features}, other.weights_.data());
    } else {
        std::vector<TreeCounts> counts = counts_.empty() ? empty_counts() : counts_;
        if (counts_.empty())
            add_counts({rows_.data(), weights_.size(), forest_->n_features}, weights_.data(), counts, run);
        if (other.counts_.empty())
            add_counts({other.rows_.data(), other.weights_.size(), forest_->n_features}, other.weights_.data(), counts,
                       run);
        else
            for (std::size_t t = 0; t < counts.size(); ++t) counts[t].merge(other.counts_[t]);
        counts_.swap(counts);
        rows_ = {};
        weights_ = {};
    }
    sums_.weight.add(other.sums_.weight.value());
    for (std::size_t o = 0; o < sums_.outputs.size(); ++o) sums_.outputs[o].add(other.sums_.outputs[o].value());
}

std::vector<TreeCounts> Background::empty_counts() const {
    std::vector<TreeCounts> counts(plans_.size());
    for (std::size_t t = 0; t < plans_.size(); ++t) counts[t].start(plans_[t]);
    return counts;
}

std::vector<double> Background::base() const {
    std::vector<double> base = forest_->base;
    for (std::size_t o = 0; o < base.size(); ++o) base[o] += sums_.outputs[o].value() / total();
    return base;
}

void Background::explain(const Rows& rows, bool exact, double* out, const Run& run) const {
    const std::shared_lock lock(mutex_, std::try_to_lock);
    if (!lock) throw BackgroundBusy{};
    if (exact) return explain_in<double>(rows, out, run);
    explain_in<float>(rows, out, run);
}

template <class Real>
void Background::explain_in(const Rows& rows, double* out, const Run& run) const {
    Columns columns;
    if (counts_.empty()) columns.load(*forest_, {rows_.data(), weights_.size(), forest_->n_features});
    const auto of_tree = [&](std::size_t t, const Stop& stop) {
        if (!counts_.empty()) return std::make_shared<const TreeBackground>(counts_[t].divided_by(total()));
        TreeCounts counts;
        counts.start(plans_[t]);
        counts.add(*forest_, plans_[t], columns, weights_.data(), weights_.size(), stop);
        return std::make_shared<const TreeBackground>(counts.divided_by(total()));
    };
    for (const Trees& trees : runs_of_trees(bytes_of_trees(sizeof(Real)), kArenaBytes)) {
        const Arena<Real> arena = make_arena<Real>(*forest_, plans_, trees, of_tree, run);
        pellucid::explain(*forest_, players_.count, plans_, arena, rows, out, run);
    }
}

std::vector<std::size_t> Background::bytes_of_trees(std::size_t size_of_number) const {
    std::vector<std::size_t> bytes;
    for (const TreePlan& plan : plans_) {
        std::size_t deep = 0;
        for (const DeepLeaf& leaf : plan.deep_leaves) deep += words_of(leaf) + 1;
        bytes.push_back(plan.arena * size_of_number +
                        deep * sizeof(double) * std::max<std::size_t>(weights_.size(), 1));
    }
    return bytes;
}

}  // namespace pellucid
