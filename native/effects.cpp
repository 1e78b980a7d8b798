#include "effects.hpp"

#include <algorithm>
#include <mutex>

#include "background.hpp"
#include "dispatch.hpp"
#include "effects_rows.hpp"

namespace pellucid {
namespace {

constexpr std::size_t kChunkRows = 2 * kSetRows;  // rows turned into columns together
constexpr std::size_t kParts = 8;                 // of the trees, summed apart: whatever the number of threads

// Where each domain's numbers begin, with an item at the end of each for what ends there.
std::vector<std::size_t> starts_of(const std::vector<Domain>& domains) {
    std::vector<std::size_t> starts{0};
    for (const Domain& domain : domains) starts.push_back(starts.back() + domain.count + 1);
    return starts;
}

using Parts = std::vector<std::vector<double>>;

// (parts, size) sums of what each part's trees add to zeros: `add` gets a tree's number and the sums of its part.
template <class Add>
Parts parts_of(std::size_t trees, std::size_t size, const Run& run, const Add& add) {
    Parts parts(kParts);
    parallel_for(kParts, false, run, [&](std::size_t part, unsigned, const Stop& stop) {
        parts[part].assign(size, 0.0);
        for (std::size_t tree = part; tree < trees; tree += kParts) {
            stop.check();
            add(tree, parts[part]);
        }
    });
    return parts;
}

}  // namespace

PairPlaces::PairPlaces(const std::vector<Domain>& domains, const std::vector<DomainPair>& pairs)
    : domains_(domains.size()), starts_{0}, number_(domains.size() * domains.size(), 0) {
    for (const DomainPair& pair : pairs) {
        const auto first = static_cast<std::size_t>(pair.first), second = static_cast<std::size_t>(pair.second);
        places_.push_back({starts_.back(), false});
        turned_.push_back({starts_.back(), true});
        number_[first * domains_ + second] = static_cast<std::int32_t>(places_.size());
        number_[second * domains_ + first] = -static_cast<std::int32_t>(places_.size());
        starts_.push_back(starts_.back() + (domains[first].count + 1) * (domains[second].count + 1));
    }
}

const PairPlace* PairPlaces::find(std::int32_t a, std::int32_t b) const {
    if (a < 0 || b < 0) return nullptr;
    const std::int32_t number = number_[static_cast<std::size_t>(a) * domains_ + static_cast<std::size_t>(b)];
    if (number == 0) return nullptr;
    const auto found = static_cast<std::size_t>((number > 0 ? number : -number) - 1);
    return number > 0 ? &places_[found] : &turned_[found];
}

Effects::Effects(std::shared_ptr<const Forest> forest, Players players, int most)
    : forest_(std::move(forest)), players_(std::move(players)), most_(most) {
    for (const std::int32_t root : forest_->roots) {
        plans_.push_back(make_fail_plan(*forest_, root, players_, most_));
        sums_.emplace_back(plans_.back().sums, 0.0);
    }
}

// All or nothing: what is added shows only when every row has been counted.
void Effects::add(const Table& rows, const double* weights, const Run& run) {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) throw BackgroundBusy{};
    std::vector<std::vector<double>> sums = sums_;
    std::vector<FailWorkspace> workspaces(run.threads);
    Sum total = total_;
    for (std::size_t r = 0; r < rows.count; ++r) total.add(weights ? weights[r] : 1.0);
    TableColumns columns;
    for (std::size_t start = 0; start < rows.count; start += kChunkRows) {
        const Table some = rows.slice(start, std::min(kChunkRows, rows.count - start));
        columns.load(*forest_, some);
        parallel_for(plans_.size(), false, run, [&](std::size_t t, unsigned worker, const Stop& stop) {
            const FailPlan& plan = plans_[t];
            FailTask task = task_of(*forest_, plan, columns.block(), most_);
            workspaces[worker].fit(plan, most_);
            workspaces[worker].lend(task);
            task.sums = sums[t].data();
            const std::size_t block = FailWorkspace::block_rows(plan);
            for (std::size_t first = 0; first < some.count; first += block) {
                stop.check();
                task.first = static_cast<int>(first);
                task.rows = static_cast<int>(std::min(block, some.count - first));
                task.weights = weights ? weights + start + first : nullptr;
                kernels().fails(task);
            }
        });
    }
    for (std::size_t t = 0; t < plans_.size(); ++t)
        if (plans_[t].steps.empty()) sums[t][0] = total.value();
    sums_.swap(sums);
    total_ = total;
}

std::vector<double> Effects::base() const {
    std::vector<double> base = forest_->base;
    for (std::size_t t = 0; t < plans_.size(); ++t) {
        const Outputs outputs = outputs_of(*forest_, t);
        for (const FailLeaf& leaf : plans_[t].leaves)
            for (std::size_t o = 0; o < outputs.count; ++o)
                base[outputs.first + o] += value_of(*forest_, leaf.node)[o] * (sums_[t][leaf.sums] / total());
    }
    return base;
}

void Effects::curves_of(std::size_t tree, const Domains& domains, const std::vector<std::size_t>& starts,
                        std::vector<double>& steps) const {
    const std::size_t width = forest_->n_outputs();
    const Outputs outputs = outputs_of(*forest_, tree);
    std::size_t number = 0;
    domains.walk(forest_->roots[tree], [&](std::int32_t node, const PathState&, const std::vector<std::int32_t>& ids,
                                           const std::vector<PointRuns>& runs) {
        const double* sums = sums_[tree].data() + plans_[tree].leaves[number++].sums;
        const double* value = value_of(*forest_, node);
        for (std::size_t slot = 0; slot < ids.size(); ++slot) {
            if (ids[slot] < 0) continue;
            double* domain = steps.data() + starts[static_cast<std::size_t>(ids[slot])] * width + outputs.first;
            const double reached = sums[0] / total(), kept = (sums[0] + sums[1 + slot]) / total();
            for (std::size_t o = 0; o < outputs.count; ++o) {
                domain[o] -= value[o] * reached;
                for (const PointRun& run : runs[slot]) {
                    domain[static_cast<std::size_t>(run.begin) * width + o] += value[o] * kept;
                    domain[static_cast<std::size_t>(run.end) * width + o] -= value[o] * kept;
                }
            }
        }
    });
}

void Effects::curves(const std::vector<Domain>& domains, double* out, const Run& run) const {
    const std::shared_lock lock(mutex_, std::try_to_lock);
    if (!lock) throw BackgroundBusy{};
    const Domains all(*forest_, players_, domains);
    const std::vector<std::size_t> starts = starts_of(domains);
    const std::size_t width = forest_->n_outputs();
    const Parts parts = parts_of(
        plans_.size(), starts.back() * width, run,
        [&](std::size_t tree, std::vector<double>& steps) { curves_of(tree, all, starts, steps); });
    const std::vector<double> mean = base();
    for (std::size_t d = 0, at = 0; d < domains.size(); ++d)
        for (std::size_t o = 0; o < width; ++o) {
            double level = mean[o];
            for (std::size_t p = 0; p < domains[d].count; ++p) {
                for (const auto& part : parts) level += part[(starts[d] + p) * width + o];
                out[(at + p) * width + o] = level;
            }
            if (o + 1 == width) at += domains[d].count;
        }
}

namespace {

// Adds to all points of a rectangle by its corners alone: their sums along both directions are the points' numbers.
struct Surface {
    double* corners;  // (first + 1, second + 1, outputs)
    std::size_t second, width;

    double* at(std::int32_t i, std::int32_t j) const {
        return corners + (static_cast<std::size_t>(i) * (second + 1) + static_cast<std::size_t>(j)) * width;
    }
    void add(PointRun i, PointRun j, std::size_t o, double value) const {
        at(i.begin, j.begin)[o] += value;
        at(i.begin, j.end)[o] -= value;
        at(i.end, j.begin)[o] -= value;
        at(i.end, j.end)[o] += value;
    }
};

void sum_up(double* corners, std::size_t first, std::size_t second, std::size_t width) {
    const std::size_t line = (second + 1) * width;
    for (std::size_t i = 0; i < first; ++i) {
        for (std::size_t k = width; k < line; ++k) corners[i * line + k] += corners[i * line + k - width];
        if (i > 0)
            for (std::size_t k = 0; k < line; ++k) corners[i * line + k] += corners[(i - 1) * line + k];
    }
}

}  // namespace

void Effects::joint_of(std::size_t tree, const Domains& domains, const PairPlaces& places,
                       std::vector<double>& steps) const {
    const std::size_t width = forest_->n_outputs();
    const Outputs outputs = outputs_of(*forest_, tree);
    std::size_t number = 0;
    domains.walk(forest_->roots[tree], [&](std::int32_t node, const PathState&, const std::vector<std::int32_t>& ids,
                                           const std::vector<PointRuns>& runs) {
        const FailLeaf& leaf = plans_[tree].leaves[number++];
        const double* sums = sums_[tree].data() + leaf.sums;
        for (std::size_t b = 1; b < ids.size(); ++b)
            for (std::size_t a = 0; a < b; ++a) {
                const PairPlace* place = places.find(ids[a], ids[b]);
                if (!place) continue;
                const std::size_t i = place->turned ? b : a, j = place->turned ? a : b;
                const std::size_t pair =
                    1 + ids.size() + static_cast<std::size_t>(pairs_of(static_cast<int>(b))) + a;
                const double none = sums[0] / total(), one = (sums[0] + sums[1 + i]) / total(),
                             other = (sums[0] + sums[1 + j]) / total(),
                             two = (sums[0] + sums[1 + i] + sums[1 + j] + sums[pair]) / total();
                const auto points = [&](std::size_t slot) {
                    const auto d = static_cast<std::size_t>(ids[slot]);
                    return PointRun{0, static_cast<std::int32_t>(domains.all()[d].count)};
                };
                const Surface surface{steps.data() + place->start * width + outputs.first,
                                      static_cast<std::size_t>(points(j).end), width};
                for (std::size_t o = 0; o < outputs.count; ++o) {
                    const double value = value_of(*forest_, node)[o];
                    surface.add(points(i), points(j), o, value * none);
                    for (const PointRun& r : runs[i]) surface.add(r, points(j), o, -value * one);
                    for (const PointRun& c : runs[j]) surface.add(points(i), c, o, -value * other);
                    for (const PointRun& r : runs[i])
                        for (const PointRun& c : runs[j]) surface.add(r, c, o, value * two);
                }
            }
    });
}

void Effects::joint(const std::vector<Domain>& domains, const std::vector<DomainPair>& pairs, double* out,
                    const Run& run) const {
    const std::shared_lock lock(mutex_, std::try_to_lock);
    if (!lock) throw BackgroundBusy{};
    const Domains all(*forest_, players_, domains);
    const PairPlaces places(domains, pairs);
    const std::size_t width = forest_->n_outputs();
    Parts parts =
        parts_of(plans_.size(), places.size() * width, run,
                 [&](std::size_t tree, std::vector<double>& steps) { joint_of(tree, all, places, steps); });
    for (std::size_t part = 1; part < kParts; ++part)
        for (std::size_t k = 0; k < parts[0].size(); ++k) parts[0][k] += parts[part][k];
    for (std::size_t p = 0; p < pairs.size(); ++p) {
        const std::size_t first = domains[static_cast<std::size_t>(pairs[p].first)].count,
                          second = domains[static_cast<std::size_t>(pairs[p].second)].count;
        double* corners = parts[0].data() + places.start(p) * width;
        sum_up(corners, first, second, width);
        for (std::size_t i = 0; i < first; ++i, out += second * width)
            std::copy_n(corners + i * (second + 1) * width, second * width, out);
    }
}

}  // namespace pellucid
