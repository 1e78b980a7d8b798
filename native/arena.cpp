#include "arena.hpp"

#include <algorithm>
#include <map>

#include "dispatch.hpp"
#include "whole_tree.hpp"

namespace pellucid {
namespace {

// Builds the tables of one tree.
template <class Real>
class TableBuilder {
  public:
    TableBuilder(const Forest& forest, bool vector_leaves, const TreePlan& plan, const TreeBackground& background,
                 Semivalue semivalue, Real* numbers)
        : forest_(forest),
          vector_leaves_(vector_leaves),
          plan_(plan),
          background_(background),
          semivalue_(semivalue),
          numbers_(numbers) {}

    void build(const TableSpec& spec) {
        fill(spec);
        store(spec, values_.data());
    }

    void build_whole(const Stop& stop) {
        WholeTree tree(forest_, plan_);
        for (const TableSpec& spec : plan_.tables) {
            stop.check();
            fill(spec);
            tree.add(spec, values_.data());
        }
        const auto bits = static_cast<std::size_t>(plan_.whole.players);
        for (std::size_t p = 0; p < plan_.players.size(); ++p)
            std::copy_n(tree.values().data() + (p << bits), std::size_t{1} << bits,
                        numbers_ + p * slot_numbers(plan_.whole.players));
    }

  private:
    void fill(const TableSpec& spec) {
        const std::size_t patterns = std::size_t{1} << spec.players;
        const double* histogram = background_.histograms.data() + spec.histogram;
        fill(values_, histogram, spec.players, weight(spec.leaf));
        if (spec.sibling == kNoNode) return;
        fill(other_, histogram + patterns, spec.players, weight(spec.sibling));
        add_mirrored(patterns, spec.players);
    }

    double weight(std::int32_t leaf) const {
        return vector_leaves_ ? 1.0 : forest_.value[static_cast<std::size_t>(leaf) * forest_.width] - plan_.centre[0];
    }

    const Quadrature& rule(int nodes) {
        auto found = rules_.find(nodes);
        if (found == rules_.end()) found = rules_.emplace(nodes, quadrature(semivalue_, nodes)).first;
        return found->second;
    }

    void fill(Aligned<double>& values, const double* histogram, int players, double weight) {
        const std::size_t patterns = std::size_t{1} << players;
        values.resize(patterns * static_cast<std::size_t>(players));
        scratch_.resize(patterns);
        const Quadrature& q = rule(node_count(semivalue_, players));
        kernels().build({histogram, players, static_cast<int>(q.t.size()), q.t.data(), q.rest.data(), q.w.data(),
                         scratch_.data(), values.data()});
        for (double& v : values) v *= weight;
    }

    // The sibling's last bit is the other way round.
    void add_mirrored(std::size_t patterns, int players) {
        const std::size_t last = patterns / 2;
        for (std::size_t j = 0; j < static_cast<std::size_t>(players); ++j)
            for (std::size_t s = 0; s < patterns; ++s) values_[j * patterns + s] += other_[j * patterns + (s ^ last)];
    }

    void store(const TableSpec& spec, const double* values) const {
        const std::size_t patterns = std::size_t{1} << spec.players;
        const bool narrow = spec.players <= kRegisterPlayers;
        const std::size_t of_slot = narrow ? slot_numbers(spec.players) : 1;
        const std::size_t of_pattern = narrow ? 1 : static_cast<std::size_t>(spec.columns);
        const std::size_t players = static_cast<std::size_t>(spec.players), columns = narrow ? players : of_pattern;
        Real* table = numbers_ + spec.offset;
        for (std::size_t j = 0; j < columns; ++j)
            for (std::size_t s = 0; s < patterns; ++s)
                table[j * of_slot + s * of_pattern] =
                    j < players ? static_cast<Real>(values[j * patterns + s]) : Real{0};
    }

    const Forest& forest_;
    const bool vector_leaves_;
    const TreePlan& plan_;
    const TreeBackground& background_;
    const Semivalue semivalue_;
    Real* numbers_;
    Aligned<double> values_, other_, scratch_;
    std::map<int, Quadrature> rules_;
};

// The order is that of kFreshConstants and kRepeatConstants in kernels.hpp.
template <class Real>
void fill_constants(const EdgeRatios& edge, const Quadrature& rule, Real* k) {
    const std::size_t n = rule.t.size();
    const double r = edge.ratio, o = edge.above;
    for (std::size_t q = 0; q < n; ++q) {
        const double t = rule.t[q], rest = rule.rest[q], w = rule.w[q];
        const double kept = t + rest * r, kept_above = t + rest * o;
        const double gain = w * (1.0 - r) / kept, gain_above = edge.fresh ? 0.0 : w * (1.0 - o) / kept_above;
        const double factors[] = {edge.fresh ? kept : kept / kept_above, edge.fresh ? rest * r : rest * r / kept_above,
                                  edge.share};
        const std::size_t n_factors = edge.fresh ? 2 : 3;
        for (std::size_t i = 0; i < n_factors; ++i) k[i * n + q] = static_cast<Real>(factors[i]);
        k[n_factors * n + q] = static_cast<Real>(gain - gain_above);
        k[(n_factors + 1) * n + q] = static_cast<Real>(-w / rest - gain_above);
    }
}

template <class Real>
void fill_tree(const Forest& forest, std::size_t tree, const TreePlan& plan, const TreeBackground& background,
               Semivalue semivalue, Real* numbers, const Stop& stop) {
    TableBuilder<Real> builder(forest, forest.is_vector(tree), plan, background, semivalue, numbers);
    if (!plan.tests.empty()) return builder.build_whole(stop);
    for (const TableSpec& spec : plan.tables) {
        stop.check();
        builder.build(spec);
    }
    if (plan.edges.empty()) return;
    const Quadrature rule = quadrature(semivalue, plan.quad_nodes);
    for (const EdgeRatios& edge : plan.edges) fill_constants(edge, rule, numbers + edge.constants);
}

}  // namespace

std::vector<Trees> runs_of_trees(const std::vector<std::size_t>& bytes_of_tree, std::size_t limit) {
    std::vector<Trees> runs;
    std::size_t held = 0;
    for (std::size_t t = 0; t < bytes_of_tree.size(); ++t) {
        if (runs.empty() || held + bytes_of_tree[t] > limit) {
            runs.emplace_back(t, t);
            held = 0;
        }
        held += bytes_of_tree[t];
        runs.back().second = t + 1;
    }
    return runs;
}

template <class Real>
Arena<Real> make_arena(const Forest& forest, const std::vector<TreePlan>& plans, Trees trees,
                       const BackgroundOf& background, Semivalue semivalue, Room<Real> room, const Run& run) {
    constexpr std::size_t few = 1 << 18;
    Arena<Real> arena{trees.first, trees.second, semivalue, {}, std::move(room), {}};
    std::size_t total = 0;
    for (std::size_t t = trees.first; t < trees.second; ++t) {
        arena.offset.push_back(total);
        total += (plans[t].arena + 15) & ~std::size_t{15};
    }
    arena.numbers.fit(total + kLanes);  // the last table's wide loads reach beyond it
    arena.cohorts.resize(trees.second - trees.first);
    const bool deep = std::any_of(plans.begin(), plans.end(), [](const auto& plan) { return !plan.deep_leaves.empty(); });
    parallel_for(trees.second - trees.first, total < few && !deep, run, [&](std::size_t i, unsigned, const Stop& stop) {
        const std::size_t t = trees.first + i;
        const auto known = background(t, stop);
        fill_tree(forest, t, plans[t], *known, semivalue, arena.numbers.data() + arena.offset[i], stop);
        if (!known->cohorts.empty()) arena.cohorts[i] = TreeCohorts<Real>(plans[t], *known, stop);
    });
    return arena;
}

std::shared_ptr<const TreeBackground> product_of_covers(const TreePlan& plan) {
    auto background = std::make_shared<TreeBackground>();
    background->histograms.resize(plan.histograms);
    for (const TableSpec& spec : plan.tables) {
        double* histogram = background->histograms.data() + spec.histogram;
        const std::size_t patterns = std::size_t{1} << spec.players;
        for (std::size_t p = 0; p < patterns; ++p) {
            double product = 1.0;
            for (int j = 0; j < spec.players; ++j) {
                const double r = plan.ratios[spec.path + static_cast<std::size_t>(j)];
                product *= (p >> j) & 1 ? r : 1.0 - r;
            }
            histogram[p] = product;
        }
        if (spec.sibling == kNoNode) continue;
        for (std::size_t p = 0; p < patterns; ++p) histogram[patterns + p] = histogram[p ^ (patterns / 2)];
    }
    return background;
}

template Arena<float> make_arena(const Forest&, const std::vector<TreePlan>&, Trees, const BackgroundOf&, Semivalue,
                               Room<float>, const Run&);
template Arena<double> make_arena(const Forest&, const std::vector<TreePlan>&, Trees, const BackgroundOf&, Semivalue,
                               Room<double>, const Run&);

}  // namespace pellucid
