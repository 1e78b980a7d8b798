#include "pair_tree.hpp"

#include <algorithm>

#include "legendre.hpp"

namespace pellucid {
namespace {

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

std::size_t edge_size(const TreePlan& plan) { return index(plan.quad_nodes) * kPairConstants; }

// What the makers of one tree share.
struct Making {
    const PairForest& shared;
    std::size_t tree;
    const TreePlan& plan;
    PairTree& made;

    int order() const { return shared.order; }
    int sets(std::int32_t slots) const { return sets_of(slots, shared.order); }

    template <class PlayerAt>
    std::int32_t number(const int* slots, const PlayerAt& player) const {
        return shared.number(set_of(slots, shared.order, player));
    }

    std::int32_t number(std::int32_t a, std::int32_t b) const {
        const std::array<int, 2> both{a, b};
        return number(both.data(), [](int player) { return player; });
    }
};

// The table walk's steps, told where their tables lie, how their pairs are numbered, and where sums begin and end.
class PairWalk {
  public:
    explicit PairWalk(const Making& making) : m_(making) {}

    void run() {
        for (const WalkStep& step : m_.plan.joined) {
            if (step.op == WalkStep::Op::Split && step.fresh) open(step);
            m_.made.walk.push_back({step, m_.made.table_numbers, m_.made.table_pairs.size(), 0, 0, 0, 0, 0});
            if (step.op == WalkStep::Op::Leaf || step.op == WalkStep::Op::Pair) add_leaf(m_.made.walk.back());
            if (step.op == WalkStep::Op::Joint) add_joint(m_.made.walk.back());
            if (step.op == WalkStep::Op::Flush) close(step.slot);
        }
    }

  private:
    // A slot that stands for a player, and the last leaf of its subtree so far.
    struct Open {
        std::int32_t player;
        std::size_t leaf;
        bool begun;
    };

    void open(const WalkStep& step) {
        slots_.resize(index(step.slot));
        const int before = m_.sets(step.slot), after = m_.sets(step.slot + 1);
        if (numbers_.size() >= index(after)) replaced_.assign(numbers_.begin() + before, numbers_.begin() + after);
        numbers_.resize(index(before));
        const Forest& forest = m_.shared.forest;
        const std::int32_t player = m_.shared.players.of_feature[index(forest.nodes[index(step.node)].feature)];
        slots_.push_back({player, 0, false});
        for_each_set(step.slot, m_.order() - 1, [&](const int* above) {
            std::array<int, kMostOrder> slots{};
            std::copy_n(above, m_.order() - 1, slots.begin());
            slots[index(m_.order() - 1)] = step.slot;
            numbers_.push_back(m_.number(slots.data(), [&](int slot) { return slots_[index(slot)].player; }));
        });
    }

    void add_leaf(PairStep& step) {
        const TableSpec& spec = m_.plan.tables[index(step.walk.table)];
        step.players = spec.players;
        step.count = m_.sets(spec.players);
        step.columns = pair_columns(step.count);
        m_.made.players = std::max(m_.made.players, spec.players);
        m_.made.table_numbers += pair_table_size(step.count, spec.players, m_.shared.registers);
        m_.made.table_pairs.insert(m_.made.table_pairs.end(), numbers_.begin(),
                                   numbers_.begin() + step.count);
        for (int b = 0; b < spec.players; ++b) {
            Open& slot = slots_[index(b)];
            if (!slot.begun) step.first |= 1u << b;
            slot.begun = true;
            slot.leaf = m_.made.walk.size() - 1;
        }
        if (step.walk.op == WalkStep::Op::Pair) step.last |= 1u << step.walk.slot;
    }

    // The left pair's last slot was opened before the right one's, and replaced by it.
    void add_joint(PairStep& step) {
        replaced_.swap(last_of_left_);
        add_leaf(step);
        const int last = step.players - 1;
        const auto of_right = m_.made.table_pairs.end() - (step.count - m_.sets(last));
        m_.made.table_pairs.insert(of_right, last_of_left_.begin(), last_of_left_.end());
        m_.made.table_numbers += pair_table_size(step.count, step.players, m_.shared.registers);
        step.last |= 1u << last;
        if (step.walk.player >= 0) step.last |= 1u << step.walk.slot;
    }

    void close(std::int32_t slot) {
        m_.made.walk[slots_[index(slot)].leaf].last |= 1u << slot;
        m_.made.table_pairs.insert(m_.made.table_pairs.end(), numbers_.begin() + m_.sets(slot),
                                   numbers_.begin() + m_.sets(slot + 1));
    }

    Making m_;
    std::vector<Open> slots_;
    std::vector<std::int32_t> numbers_;  // of the pairs of open slots
    std::vector<std::int32_t> replaced_, last_of_left_;
};

// The quadrature's steps, each told who else is on its path.
class PairQuadrature {
  public:
    explicit PairQuadrature(const Making& making) : m_(making) {}

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
        edge = {player, edges_++ * edge_size(m_.plan), m_.made.terms.size(), 0};
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
        m_.made.lost = m_.plan.edges.size() * edge_size(m_.plan);
        m_.made.constants.resize(m_.made.lost + index(m_.plan.quad_nodes));
        double* to = m_.made.constants.data();
        for (const EdgeRatios& edge : m_.plan.edges) {
            fill_edge(edge, rule, to);
            to += edge_size(m_.plan);
        }
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
    std::size_t edges_ = 0;
    std::vector<Open> open_;  // by level: the edge that is walked
};

// The steps of a tree that takes one look-up.
void add_whole(const Making& m) {
    const Forest& forest = m.shared.forest;
    for (const PlayerSet& set : sets_of_tree(forest, forest.roots[m.tree], m.shared.players, m.order()))
        m.made.table_pairs.push_back(m.shared.number(set));
    const int tests = m.plan.whole.players, count = static_cast<int>(m.made.table_pairs.size());
    for (const WalkStep& step : m.plan.joined)
        m.made.walk.push_back({step, 0, 0, pair_columns(count), tests, count, 0, 0});
    m.made.table_numbers = pair_table_size(count, tests, m.shared.registers);
    m.made.players = count > 0 ? tests : 0;
}

void add_deep_pairs(const Making& m) {
    for (const DeepLeaf& leaf : m.plan.deep_leaves) {
        m.made.deep_first.push_back(m.made.deep_pairs.size());
        const auto player = [&](int slot) {
            return m.plan.players[index(m.plan.path_players[leaf.path + index(slot)])];
        };
        for_each_set(leaf.players, m.order(),
                     [&](const int* slots) { m.made.deep_pairs.push_back(m.number(slots, player)); });
    }
}

}  // namespace

std::int32_t PairForest::number(const PlayerSet& set) const {
    return static_cast<std::int32_t>(std::lower_bound(all.begin(), all.end(), set) - all.begin());
}

std::size_t pair_table_size(int pairs, int bits, bool registers) {
    return registers ? index(pairs) << std::max(bits, 5) : index(pair_columns(pairs)) << bits;
}

std::size_t pair_tree_bytes(const TreePlan& plan, int order, bool registers, std::size_t number_bytes) {
    std::size_t bytes = plan.edges.size() * (edge_size(plan) + 2 * index(plan.quad_levels)) * sizeof(double);
    for (const TableSpec& spec : plan.tables)
        bytes += pair_table_size(sets_of(spec.players, order), spec.players, registers) * number_bytes + sizeof(PairStep) +
                 2 * index(sets_of(spec.players, order)) * sizeof(std::int32_t);
    for (const DeepLeaf& leaf : plan.deep_leaves) bytes += index(sets_of(leaf.players, order)) * sizeof(std::int32_t);
    return bytes;
}

PairTree make_pair_tree(const PairForest& shared, std::size_t tree, const TreePlan& plan) {
    PairTree made;
    const Making making{shared, tree, plan, made};
    if (plan.tests.empty()) PairWalk(making).run();
    else add_whole(making);
    if (!plan.edges.empty()) PairQuadrature(making).run();
    add_deep_pairs(making);
    return made;
}

}  // namespace pellucid
