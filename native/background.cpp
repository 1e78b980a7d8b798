#include "background.hpp"

#include <algorithm>

#include "pair_background.hpp"
#include "share_out.hpp"

namespace pellucid {
namespace {

constexpr std::size_t kChunkRows = 4096;                 // rows turned into columns together
constexpr std::size_t kSmallCounts = 256 * 1024 * 1024;  // bytes of counts up to which they are always kept
constexpr int kDeepLeafBits = 12;  // a leaf without a table may see so many distinct patterns, as a power of 2
constexpr int kMostPlayers = 64 * kMostWords;            // on one path

// How many distinct patterns a leaf without a table may see, roughly.
std::size_t most_patterns(int players) { return std::size_t{1} << std::min(players, kDeepLeafBits); }

}  // namespace

Background::Background(std::shared_ptr<const Forest> forest, Players players, const Run& run)
    : forest_(std::move(forest)),
      players_(std::move(players)),
      plans_(make_plan(*forest_, players_, kRegisterPlayers, Deep::Siblings, run)),
      counts_bytes_(0),
      sums_{{}, std::vector<Sum>(forest_->n_outputs())} {
    for (TreePlan& plan : plans_) {
        counts_bytes_ += plan.histograms * sizeof(double);
        for (const DeepLeaf& leaf : plan.deep_leaves) {
            counts_bytes_ += most_patterns(leaf.players) * (leaf.words() * sizeof(std::uint64_t) + sizeof(double));
            if (leaf.players > kMostPlayers)
                throw ForestError("a path tests " + std::to_string(leaf.players) + " players, and at most " +
                                  std::to_string(kMostPlayers) + " can be explained against a background");
        }
        take_narrow(plan);
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
    forget_tables();
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
    forget_tables();
    sums_.weight.add(other.sums_.weight.value());
    for (std::size_t o = 0; o < sums_.outputs.size(); ++o) sums_.outputs[o].add(other.sums_.outputs[o].value());
}

void Background::forget_tables() {
    kept32_.store(nullptr);
    kept64_.store(nullptr);
    for (KeptSets& kept : kept_sets_) kept.forget_tables();
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

void Background::explain(const Rows& rows, bool exact, double* out, const Run& run, Semivalue semivalue) const {
    const std::shared_lock lock(mutex_, std::try_to_lock);
    if (!lock) throw BackgroundBusy{};
    if (exact) return explain_in(semivalue, rows, out, run, kept64_);
    explain_in(semivalue, rows, out, run, kept32_);
}

std::shared_ptr<const std::vector<PlayerSet>> Background::sets(int order) const {
    return kept_sets_[static_cast<std::size_t>(order)].sets.get(
        [&] { return sets_on_paths(*forest_, players_, order); });
}

void Background::interact(const Rows& rows, bool exact, const SetOut& out, const Run& run) const {
    const std::shared_lock lock(mutex_, std::try_to_lock);
    if (!lock) throw BackgroundBusy{};
    if (exact) explain_in(Semivalue::Shapley, rows, out.main, run, kept64_);
    else explain_in(Semivalue::Shapley, rows, out.main, run, kept32_);
    interact_by_size(*this, rows, out, run, [&](int order, const PairOut& of_size) {
        if (exact) interact_in<double>(rows, order, of_size, run);
        else interact_in<float>(rows, order, of_size, run);
    });
}

template <class Real>
void Background::interact_in(const Rows& rows, int order, const PairOut& out, const Run& run) const {
    const Columns columns = kept_columns();
    const auto plans =
        pair_plans_.get([&] { return make_plan(*forest_, players_, kPairTablePlayers, Deep::Leaves, run); });
    const BackgroundOf known = counted(columns), of_tree = [&](std::size_t t, const Stop& stop) {
        return std::make_shared<const TreeBackground>(laid_out_anew(*known(t, stop), plans_[t], (*plans)[t]));
    };
    const auto all = sets(order);
    explain_sets<Real>({*forest_, players_.count, *plans, of_tree, cohort_bytes<double>()}, {players_, order, *all}, rows, out,
                       run, kept_sets_[static_cast<std::size_t>(order)].tables<Real>());
}

// The rows that are kept, empty where their counts are.
Columns Background::kept_columns() const {
    Columns columns;
    if (counts_.empty()) columns.load(*forest_, {rows_.data(), weights_.size(), forest_->n_features});
    return columns;
}

BackgroundOf Background::counted(const Columns& columns) const {
    return [this, &columns](std::size_t t, const Stop& stop) {
        if (!counts_.empty()) return std::make_shared<const TreeBackground>(counts_[t].divided_by(total()));
        TreeCounts counts;
        counts.start(plans_[t]);
        counts.add(*forest_, plans_[t], columns, weights_.data(), weights_.size(), stop);
        return std::make_shared<const TreeBackground>(std::move(counts).divided_by(total()));
    };
}

template <class Real>
void Background::explain_in(Semivalue semivalue, const Rows& rows, double* out, const Run& run,
                            Kept<Real>& kept) const {
    const Columns columns = kept_columns();
    const BackgroundOf of_tree = counted(columns);
    const std::vector<std::size_t> bytes = cohort_bytes<Real>();
    explain_all<Real>({*forest_, players_.count, plans_, of_tree, bytes, semivalue}, rows, out, run, kept);
}

// By tree: what its deep leaves' patterns may take.
template <class Real>
std::vector<std::size_t> Background::cohort_bytes() const {
    std::vector<std::size_t> bytes(plans_.size(), 0);
    for (std::size_t t = 0; t < plans_.size(); ++t)
        for (std::size_t d = 0; d < plans_[t].deep_leaves.size(); ++d) {
            const DeepLeaf& leaf = plans_[t].deep_leaves[d];
            const std::size_t most = leaf.is_narrow() ? std::size_t{1} << leaf.players : weights_.size();
            const std::size_t count = counts_.empty() ? std::min(weights_.size(), most) : counts_[t].patterns_at(d);
            bytes[t] += bytes_of_patterns<Real>(leaf, count);
        }
    return bytes;
}

}  // namespace pellucid
