#include "pair_arena.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include "dispatch.hpp"
#include "whole_pairs.hpp"

namespace pellucid {
namespace {

// The pair tables of one tree.
template <class Real>
class PairTables {
  public:
    PairTables(const PairForest& shared, std::size_t tree, const TreePlan& plan, const TreeBackground& background)
        : shared_(shared), tree_(tree), plan_(plan), background_(background) {}

    void build(const PairStep& step, Real* table) {
        const auto number = static_cast<std::size_t>(step.walk.table);
        fill(plan_.tables[number]);
        store(step, table);
        if (step.walk.op != WalkStep::Op::Joint) return;
        fill(plan_.tables[number + 1]);
        store(step, table + pair_table_size(step.count, step.players, shared_.registers));
    }

    // The walk goes over the tree's outcomes: see WholePairs.
    void build_whole(const PairStep& step, const std::vector<std::int32_t>& pairs, Real* table, const Stop& stop) {
        WholePairs tree(shared_, plan_, pairs);
        for (const TableSpec& spec : plan_.tables) {
            stop.check();
            fill(spec);
            tree.add(spec, values_.data());
        }
        values_.assign(tree.values().begin(), tree.values().end());
        store(step, table);
    }

  private:
    // values_ = (sets, patterns)
    void fill(const TableSpec& spec) {
        const int order = shared_.order;
        const std::size_t patterns = std::size_t{1} << spec.players;
        values_.resize(patterns * static_cast<std::size_t>(sets_of(spec.players, order)));
        if (values_.empty()) return;
        scratch_.resize(static_cast<std::size_t>(order + 1) * patterns);
        const bool siblings = spec.sibling != kNoNode;
        const Quadrature& q = rule((spec.players - order) / 2 + 1);
        kernels().pairs->build({background_.histograms.data() + spec.histogram, spec.players, order, siblings,
                                weight(spec.leaf), siblings ? weight(spec.sibling) : 0.0, static_cast<int>(q.t.size()),
                                q.t.data(), q.rest.data(), q.w.data(), scratch_.data(), values_.data()});
    }

    void store(const PairStep& step, Real* table) const {
        const std::size_t patterns = std::size_t{1} << step.players;
        if (shared_.registers) store_halves(patterns, table);
        else store_rows(patterns, static_cast<std::size_t>(step.columns), table);
    }

    double weight(std::int32_t leaf) const {
        const Forest& forest = shared_.forest;
        if (forest.is_vector(tree_)) return 1.0;
        return forest.value[static_cast<std::size_t>(leaf) * forest.width] - plan_.centre[0];
    }

    const Quadrature& rule(int nodes) {
        auto found = rules_.find(nodes);
        if (found == rules_.end()) found = rules_.emplace(nodes, gauss_legendre(nodes)).first;
        return found->second;
    }

    void store_rows(std::size_t patterns, std::size_t columns, Real* table) const {
        const std::size_t pairs = values_.size() / patterns;
        for (std::size_t s = 0; s < patterns; ++s)
            for (std::size_t c = 0; c < columns; ++c)
                table[s * columns + c] = c < pairs ? static_cast<Real>(values_[c * patterns + s]) : Real{0};
    }

    void store_halves(std::size_t patterns, Real* table) const {
        const std::size_t size = std::max<std::size_t>(patterns, 32);
        auto* words = reinterpret_cast<std::uint16_t*>(table);
        for (std::size_t first = 0; first < values_.size(); first += patterns, words += 2 * size) {
            for (std::size_t s = 0; s < size; ++s) {
                const float number = s < patterns ? static_cast<float>(values_[first + s]) : 0.0f;
                std::uint32_t bits;
                std::memcpy(&bits, &number, sizeof bits);
                words[s] = static_cast<std::uint16_t>(bits);
                words[size + s] = static_cast<std::uint16_t>(bits >> 16);
            }
        }
    }

    const PairForest& shared_;
    const std::size_t tree_;
    const TreePlan& plan_;
    const TreeBackground& background_;
    Aligned<double> values_, scratch_;
    std::map<int, Quadrature> rules_;
};

template <class Real>
void fill_tree(const PairForest& shared, const std::vector<TreePlan>& plans, const BackgroundOf& background,
               const Stop& stop, PairArena<Real>& arena, std::size_t i) {
    const std::size_t tree = arena.trees.first + i;
    const TreePlan& plan = plans[tree];
    const auto known = background(tree, stop);
    arena.ready[i] = make_pair_tree(shared, tree, plan);
    arena.tables[i].resize(arena.ready[i].table_numbers);
    PairTables<Real> builder(shared, tree, plan, *known);
    const PairTree& ready = arena.ready[i];
    for (const PairStep& step : ready.walk) {
        stop.check();
        if (step.count == 0 || step.walk.op == WalkStep::Op::Split) continue;
        Real* table = arena.tables[i].data() + step.table;
        if (step.walk.op == WalkStep::Op::Whole) builder.build_whole(step, ready.table_pairs, table, stop);
        else builder.build(step, table);
    }
    if (!plan.deep_leaves.empty()) arena.background[i] = known;
}

// In order, each once.
std::vector<std::int32_t> pairs_of_trees(const std::vector<PairTree>& ready, std::size_t first, std::size_t last,
                                         std::size_t pairs) {
    std::vector<bool> met(pairs, false);
    for (std::size_t i = first; i < last; ++i)
        for (const std::int32_t pair : ready[i].table_pairs) met[static_cast<std::size_t>(pair)] = true;
    std::vector<std::int32_t> touched;
    for (std::size_t p = 0; p < pairs; ++p)
        if (met[p]) touched.push_back(static_cast<std::int32_t>(p));
    return touched;
}

int deepest_of(const std::vector<TreePlan>& plans, Trees trees) {
    int deepest = 0;
    for (std::size_t t = trees.first; t < trees.second; ++t)
        for (const DeepLeaf& leaf : plans[t].deep_leaves) deepest = std::max(deepest, leaf.players);
    return deepest;
}

std::vector<Quadrature> rules_up_to(int nodes) {
    std::vector<Quadrature> rules(1);
    for (int n = 1; n <= nodes; ++n) rules.push_back(gauss_legendre(n));
    return rules;
}

}  // namespace

template <class Real>
PairArena<Real> make_pair_arena(const PairForest& shared, const std::vector<TreePlan>& plans, Trees trees,
                                const BackgroundOf& background, const Run& run) {
    const std::size_t count = trees.second - trees.first;
    const int deepest = deepest_of(plans, trees);
    PairArena<Real> arena{trees, shared.registers, {}, {}, {}, {}, BetaWeights(shared.order == 2 ? deepest : 0),
                          shared.order == 2 ? std::vector<Quadrature>{} : rules_up_to((deepest - shared.order) / 2 + 1)};
    arena.ready.resize(count);
    arena.tables.resize(count);
    arena.background.resize(count);
    parallel_for(count, false, run, [&](std::size_t i, unsigned, const Stop& stop) {
        fill_tree(shared, plans, background, stop, arena, i);
    });
    std::size_t first = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (!arena.ends_tile(trees.first + i)) continue;
        arena.touched.push_back(pairs_of_trees(arena.ready, first, i + 1, shared.all.size()));
        first = i + 1;
    }
    return arena;
}

template PairArena<float> make_pair_arena(const PairForest&, const std::vector<TreePlan>&, Trees, const BackgroundOf&,
                                          const Run&);
template PairArena<double> make_pair_arena(const PairForest&, const std::vector<TreePlan>&, Trees, const BackgroundOf&,
                                           const Run&);

}  // namespace pellucid
