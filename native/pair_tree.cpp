#include "pair_tree.hpp"

#include <algorithm>
#include <map>

#include "dispatch.hpp"
#include "legendre.hpp"

namespace pellucid {
namespace {

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

PlayerPair in_order(std::int32_t a, std::int32_t b) { return {std::min(a, b), std::max(a, b)}; }

// Pairs each player with those above it, where it is met first.
class Meetings : public PathVisitor {
  public:
    explicit Meetings(std::vector<PlayerPair>& pairs) : pairs_(pairs) {}

    void split(const Edge& edge, const PathState& path) override {
        if (!edge.fresh) return;
        for (std::size_t a = 0; a < index(edge.slot); ++a)
            pairs_.push_back(in_order(path.player[a], path.player[index(edge.slot)]));
    }

  private:
    std::vector<PlayerPair>& pairs_;
};

void sort_once(std::vector<PlayerPair>& pairs) {
    std::sort(pairs.begin(), pairs.end());
    pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
}

int columns_of(int players) { return (pairs_of(players) + 7) / 8 * 8; }

std::size_t table_size(const TableSpec& spec) {
    return static_cast<std::size_t>(columns_of(spec.players)) << spec.players;
}

std::size_t edge_size(const TreePlan& plan) { return index(plan.quad_nodes) * kPairConstants; }

// What the makers of one tree share.
struct Making {
    const Forest& forest;
    const Players& players;
    std::size_t tree;
    const TreePlan& plan;
    const std::vector<PlayerPair>& all;
    PairTree& made;

    std::int32_t number(std::int32_t a, std::int32_t b) const {
        return static_cast<std::int32_t>(std::lower_bound(all.begin(), all.end(), in_order(a, b)) - all.begin());
    }
};

// The table walk's steps, told where the pairs of each slot are numbered.
class PairWalk {
  public:
    explicit PairWalk(const Making& making) : m_(making) {}

    void run() {
        std::size_t table = 0;
        for (const WalkStep& step : m_.plan.walk) {
            PairStep& made = add(step);
            if (step.op == WalkStep::Op::Split) open(step);
            if (step.op == WalkStep::Op::Flush || step.op == WalkStep::Op::Pair) add_pairs(step.slot);
            if (step.op != WalkStep::Op::Leaf && step.op != WalkStep::Op::Pair) continue;
            const TableSpec& spec = m_.plan.tables[index(step.table)];
            made.table = table;
            made.columns = columns_of(spec.players);
            m_.made.stride = std::max(m_.made.stride, made.columns);
            table += table_size(spec);
        }
    }

  private:
    PairStep& add(const WalkStep& step) {
        m_.made.walk.push_back({step, 0, m_.made.pairs.size(), 0});
        return m_.made.walk.back();
    }

    void open(const WalkStep& step) {
        if (!step.fresh) return;
        player_.resize(index(step.slot));
        player_.push_back(m_.players.of_feature[index(m_.forest.nodes[index(step.node)].feature)]);
    }

    void add_pairs(std::int32_t slot) {
        for (std::int32_t a = 0; a < slot; ++a)
            m_.made.pairs.push_back(m_.number(player_[index(a)], player_[index(slot)]));
    }

    Making m_;
    std::vector<std::int32_t> player_;  // by slot
};

// The pair tables of one tree.
class PairTables {
  public:
    explicit PairTables(const Making& making) : m_(making) {}

    void build(const PairStep& step) {
        if (step.columns == 0) return;
        const TableSpec& spec = m_.plan.tables[index(step.walk.table)];
        const std::size_t patterns = std::size_t{1} << spec.players, last = patterns / 2;
        const double* histogram = m_.made.background->histograms.data() + spec.histogram;
        double* table = m_.made.numbers.data() + step.table;
        fill(histogram, spec.players);
        add(table, patterns, step.columns, weight(spec.leaf), 0);
        if (spec.sibling == kNoNode) return;
        fill(histogram + patterns, spec.players);
        add(table, patterns, step.columns, weight(spec.sibling), last);
    }

  private:
    double weight(std::int32_t leaf) const {
        return m_.forest.is_vector(m_.tree) ? 1.0 : m_.forest.value[index(leaf) * m_.forest.width] - m_.plan.centre[0];
    }

    const Quadrature& rule(int nodes) {
        auto found = rules_.find(nodes);
        if (found == rules_.end()) found = rules_.emplace(nodes, gauss_legendre(nodes)).first;
        return found->second;
    }

    void fill(const double* histogram, int players) {
        const std::size_t patterns = std::size_t{1} << players;
        values_.resize(patterns * static_cast<std::size_t>(pairs_of(players)));
        scratch_.resize(2 * patterns);
        const Quadrature& q = rule(players / 2);
        kernels().build_pairs({histogram, players, static_cast<int>(q.t.size()), q.t.data(), q.rest.data(), q.w.data(),
                               scratch_.data(), values_.data()});
    }

    // `flip`: the bit that a sibling sees the other way round.
    void add(double* table, std::size_t patterns, int columns, double weight, std::size_t flip) const {
        const std::size_t pairs = values_.size() / patterns;
        for (std::size_t s = 0; s < patterns; ++s)
            for (std::size_t p = 0; p < pairs; ++p)
                table[s * index(columns) + p] += weight * values_[p * patterns + (s ^ flip)];
    }

    Making m_;
    Aligned<double> values_, scratch_;
    std::map<int, Quadrature> rules_;
};

// The quadrature's steps, each told who else is on its path.
class PairQuadrature {
  public:
    PairQuadrature(const Making& making, std::size_t constants) : m_(making), constants_(constants) {}

    void run() {
        open_.resize(index(m_.plan.quad_levels));
        for (const QuadStep& step : m_.plan.quad) {
            if (step.op == QuadStep::Op::Down || step.op == QuadStep::Op::Leaf) descend(step);
            const Open& edge = open_[index(step.level)];
            m_.made.quad.push_back({step, edge.first_term, edge.terms});
            m_.made.quad.back().quad.constants = edge.constants;
        }
        fill();
    }

  private:
    struct Open {
        std::int32_t player = -1;
        std::size_t constants = 0, first_term = 0, terms = 0;
    };

    void descend(const QuadStep& step) {
        const std::int32_t player = m_.plan.players[index(step.player)];
        Open& edge = open_[index(step.level)];
        edge = {player, constants_ + edges_++ * edge_size(m_.plan), m_.made.terms.size(), 0};
        std::vector<std::int32_t> met{player};
        for (std::int32_t level = step.level; level-- > 0;) {
            const Open& above = open_[index(level)];
            if (std::find(met.begin(), met.end(), above.player) != met.end()) continue;
            met.push_back(above.player);
            m_.made.terms.push_back({m_.number(player, above.player), level + 1, above.constants});
        }
        edge.terms = m_.made.terms.size() - edge.first_term;
    }

    void fill() {
        const Quadrature rule = gauss_legendre(m_.plan.quad_nodes);
        double* to = m_.made.numbers.data() + constants_;
        for (const EdgeRatios& edge : m_.plan.edges) {
            fill_edge(edge, rule, to);
            to += edge_size(m_.plan);
        }
        m_.made.lost = static_cast<std::size_t>(to - m_.made.numbers.data());
        for (const double rest : rule.rest) *to++ = -1.0 / rest;
    }

    // In the order of kPairConstants.
    static void fill_edge(const EdgeRatios& edge, const Quadrature& rule, double* k) {
        const std::size_t n = rule.t.size();
        for (std::size_t q = 0; q < n; ++q) {
            const double t = rule.t[q], rest = rule.rest[q], w = rule.w[q];
            const double kept = t + rest * edge.ratio, above = edge.fresh ? 1.0 : t + rest * edge.above;
            const double worth = (1.0 - edge.ratio) / kept, before = edge.fresh ? 0.0 : (1.0 - edge.above) / above;
            const double numbers[kPairConstants] = {
                kept / above, rest * edge.ratio / above, edge.share, w * (worth - before), w * (-1.0 / rest - before),
                worth};
            for (std::size_t i = 0; i < kPairConstants; ++i) k[i * n + q] = numbers[i];
        }
    }

    Making m_;
    const std::size_t constants_;
    std::size_t edges_ = 0;
    std::vector<Open> open_;  // by level: the edge that is walked
};

void add_deep_pairs(const Making& m) {
    for (const DeepLeaf& leaf : m.plan.deep_leaves) {
        m.made.deep_pairs.push_back(m.made.pairs.size());
        const auto player = [&](std::int32_t slot) {
            return m.plan.players[index(m.plan.path_players[leaf.path + index(slot)])];
        };
        for (std::int32_t b = 1; b < leaf.players; ++b)
            for (std::int32_t a = 0; a < b; ++a) m.made.pairs.push_back(m.number(player(a), player(b)));
    }
}

}  // namespace

std::vector<PlayerPair> pairs_on_paths(const Forest& forest, const Players& players) {
    std::vector<PlayerPair> all, of_tree;
    for (const std::int32_t root : forest.roots) {
        of_tree.clear();
        Meetings meetings(of_tree);
        walk_paths(forest, root, players, false, meetings);
        sort_once(of_tree);
        all.insert(all.end(), of_tree.begin(), of_tree.end());
        sort_once(all);
    }
    return all;
}

std::size_t pair_tree_bytes(const TreePlan& plan) {
    std::size_t numbers = plan.edges.size() * (edge_size(plan) + 2 * index(plan.quad_levels));
    for (const TableSpec& spec : plan.tables) numbers += table_size(spec);
    for (const DeepLeaf& leaf : plan.deep_leaves) numbers += static_cast<std::size_t>(pairs_of(leaf.players)) / 2;
    return numbers * sizeof(double);
}

PairTree make_pair_tree(const Forest& forest, const Players& players, std::size_t tree, const TreePlan& plan,
                        const std::vector<PlayerPair>& all, std::shared_ptr<const TreeBackground> background,
                        const Stop& stop) {
    PairTree made;
    made.background = std::move(background);
    const Making making{forest, players, tree, plan, all, made};
    std::size_t tables = 0;
    for (const TableSpec& spec : plan.tables) tables += table_size(spec);
    made.numbers.assign(tables + plan.edges.size() * edge_size(plan) + index(plan.quad_nodes), 0.0);
    PairWalk(making).run();
    PairTables builder(making);
    for (const PairStep& step : made.walk) {
        stop.check();
        builder.build(step);
    }
    if (!plan.edges.empty()) PairQuadrature(making, tables).run();
    add_deep_pairs(making);
    return made;
}

}  // namespace pellucid
