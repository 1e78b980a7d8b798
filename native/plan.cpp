#include "plan.hpp"

#include <algorithm>

#include "join_pairs.hpp"
#include "whole_tree.hpp"

namespace pellucid {
namespace {

constexpr std::uint8_t kTable = 1;
constexpr std::uint8_t kDeep = 2;
constexpr std::size_t kFewNodes = 50'000;  // in a forest for which waking a thread is not worth it

std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

// Which kinds of leaves lie below each node, and how many players the longest path has.
class Survey : public PathVisitor {
  public:
    // `below` has a place for each node of the forest.
    Survey(const Forest& forest, int table_players, std::vector<std::uint8_t>& below)
        : forest_(forest), table_players_(table_players), below_(below) {}

    void leaf(std::int32_t node, const PathState& path) override {
        const int k = static_cast<int>(path.player.size());
        if (k == 0) return;
        below_[index(node)] = k <= table_players_ ? kTable : kDeep;
        if (k > table_players_) deepest = std::max(deepest, k);
    }

    void leave(const Edge& edge, const PathState&) override {
        const Node& node = forest_.nodes[index(edge.node)];
        below_[index(edge.node)] = below_[index(node.left)] | below_[index(node.right)];
        levels = std::max(levels, edge.level + 1);
    }

    bool has(std::int32_t node, std::uint8_t kind) const { return (below_[index(node)] & kind) != 0; }

    int deepest = 0;  // players of the deepest leaf without a table
    int levels = 0;

  private:
    const Forest& forest_;
    const int table_players_;
    std::vector<std::uint8_t>& below_;
};

// Numbers a tree's players as they are met.
class TreePlayers {
  public:
    TreePlayers(std::size_t players, std::vector<std::int32_t>& list) : local_(players, -1), list_(list) {}

    std::int32_t number(std::int32_t player) {
        std::int32_t& local = local_[index(player)];
        if (local < 0) {
            local = static_cast<std::int32_t>(list_.size());
            list_.push_back(player);
        }
        return local;
    }

  private:
    std::vector<std::int32_t> local_;
    std::vector<std::int32_t>& list_;
};

// What the builders of one tree's steps share.
struct Tree {
    const Forest& forest;
    const Survey& survey;
    TreePlayers& players;
    TreePlan& plan;
    bool vector_leaves;

    bool is_leaf(std::int32_t node) const { return forest.nodes[index(node)].is_leaf(); }
    std::int32_t child(const Edge& edge) const {
        const Node& node = forest.nodes[index(edge.node)];
        return edge.right ? node.right : node.left;
    }
};

WalkStep split_step(const Edge& edge, std::int32_t in, bool both) {
    return {WalkStep::Op::Split, edge.fresh, both, edge.node, in, 1 + 2 * edge.level, edge.slot, -1, -1};
}

// Where the pattern of the node at hand lies: 0 at the root, then two buffers a level.
class PatternBuffers {
  public:
    std::int32_t current() const { return stack_.back(); }
    void descend(const Edge& edge) { stack_.push_back(1 + 2 * edge.level + (edge.right ? 1 : 0)); }
    void ascend() { stack_.pop_back(); }

  private:
    std::vector<std::int32_t> stack_{0};
};

class TableWalk : public PathVisitor {
  public:
    explicit TableWalk(const Tree& tree) : tree_(tree) {}

    bool enter(std::int32_t node) override { return !in_pair_ && tree_.survey.has(node, kTable); }

    // Two sibling leaves share all bits but the last, which is the other way round: one table serves both.
    void split(const Edge& edge, const PathState& path) override {
        const Node& node = tree_.forest.nodes[index(edge.node)];
        in_pair_ = edge.fresh && !tree_.vector_leaves && tree_.is_leaf(node.left) && tree_.is_leaf(node.right);
        tree_.plan.walk.push_back(split_step(edge, buffers_.current(), !in_pair_));
        if (!in_pair_) return;
        const std::int32_t player = tree_.players.number(path.player[index(edge.slot)]);
        const std::int32_t table = add_table(node.left, node.right, player, path);
        tree_.plan.ratios.back() = cover_ratio(tree_.forest, node, false);
        tree_.plan.walk.push_back(
            {WalkStep::Op::Pair, false, false, -1, 1 + 2 * edge.level, -1, edge.slot, player, table});
    }

    void descend(const Edge& edge, const PathState&) override { buffers_.descend(edge); }
    void ascend(const Edge&, const PathState&) override { buffers_.ascend(); }

    void leaf(std::int32_t node, const PathState& path) override {
        const std::int32_t table = add_table(node, kNoNode, -1, path);
        tree_.plan.walk.push_back({WalkStep::Op::Leaf, false, false, node, buffers_.current(), -1, -1, -1, table});
    }

    void leave(const Edge& edge, const PathState& path) override {
        if (edge.fresh && !in_pair_) {
            const std::int32_t player = tree_.players.number(path.player[index(edge.slot)]);
            tree_.plan.walk.push_back({WalkStep::Op::Flush, false, false, -1, -1, -1, edge.slot, player, -1});
        }
        in_pair_ = false;
    }

  private:
    std::int32_t add_table(std::int32_t leaf, std::int32_t sibling, std::int32_t last, const PathState& path) {
        TreePlan& plan = tree_.plan;
        const int k = static_cast<int>(path.player.size());
        const bool merged = sibling != kNoNode;
        const std::size_t patterns = std::size_t{1} << k;
        const int columns = (k + 3) / 4 * 4;
        plan.tables.push_back({leaf, sibling, last, k, columns, plan.arena, plan.ratios.size(), plan.histograms});
        plan.arena += k <= kRegisterPlayers ? index(k) * slot_numbers(k) : patterns * index(columns);
        plan.histograms += patterns * (merged ? 2 : 1);
        plan.ratios.insert(plan.ratios.end(), path.ratio.begin(), path.ratio.end());
        plan.stride = std::max(plan.stride, k);
        return static_cast<std::int32_t>(plan.tables.size()) - 1;
    }

    Tree tree_;
    PatternBuffers buffers_;
    bool in_pair_ = false;
};

class QuadratureWalk : public PathVisitor {
  public:
    explicit QuadratureWalk(const Tree& tree) : tree_(tree), begun_(index(tree.survey.levels) + 1, false) {}

    bool enter(std::int32_t node) override { return tree_.survey.has(node, kDeep); }

    void split(const Edge& edge, const PathState&) override {
        begun_[index(edge.level)] = false;
        add(QuadStep::Op::Route, edge, -1);
    }

    void descend(const Edge& edge, const PathState& path) override {
        const std::int32_t child = tree_.child(edge);
        if (!tree_.survey.has(child, kDeep)) return;
        const bool leaf = tree_.is_leaf(child);
        open_.push_back(add_edge(edge));
        add(leaf ? QuadStep::Op::Leaf : QuadStep::Op::Down, edge, path.player[index(edge.slot)]);
    }

    void ascend(const Edge& edge, const PathState& path) override {
        const std::int32_t child = tree_.child(edge);
        if (!tree_.survey.has(child, kDeep)) return;
        if (!tree_.is_leaf(child)) add(QuadStep::Op::Up, edge, path.player[index(edge.slot)]);
        begun_[index(edge.level)] = true;
        open_.pop_back();
    }

  private:
    std::size_t add_edge(const Edge& edge) {
        const std::size_t constants = tree_.plan.arena;
        tree_.plan.edges.push_back({edge.ratio_above, edge.share, edge.ratio, edge.fresh, constants});
        tree_.plan.arena += index(tree_.plan.quad_nodes) * (edge.fresh ? kFreshConstants : kRepeatConstants);
        return constants;
    }

    void add(QuadStep::Op op, const Edge& edge, std::int32_t player) {
        const std::int32_t node = op == QuadStep::Op::Leaf ? tree_.child(edge) : edge.node;
        const std::int32_t local = player < 0 ? -1 : tree_.players.number(player);
        const std::size_t constants = op == QuadStep::Op::Route ? 0 : open_.back();
        tree_.plan.quad.push_back(
            {op, edge.right, !begun_[index(edge.level)], node, edge.level, edge.previous, local, constants});
    }

    Tree tree_;
    std::vector<bool> begun_;        // by level: a child's sums are there already
    std::vector<std::size_t> open_;  // constants of the edges on the way
};

class CohortWalk : public PathVisitor {
  public:
    // `merge`: sibling leaves whose patterns have 16 bits become one.
    CohortWalk(const Tree& tree, bool merge) : tree_(tree), merge_(merge && !tree.vector_leaves) {}

    bool enter(std::int32_t node) override { return !in_pair_ && tree_.survey.has(node, kDeep); }

    void split(const Edge& edge, const PathState& path) override {
        const Node& node = tree_.forest.nodes[index(edge.node)];
        const bool leaves = tree_.is_leaf(node.left) && tree_.is_leaf(node.right);
        in_pair_ = merge_ && edge.fresh && leaves && path.player.size() <= kNarrowPlayers;
        tree_.plan.deep_walk.push_back(split_step(edge, buffers_.current(), !in_pair_));
        if (in_pair_) add(node.left, node.right, 1 + 2 * edge.level, path);
    }

    void descend(const Edge& edge, const PathState&) override { buffers_.descend(edge); }
    void ascend(const Edge&, const PathState&) override { buffers_.ascend(); }
    void leaf(std::int32_t node, const PathState& path) override { add(node, kNoNode, buffers_.current(), path); }
    void leave(const Edge&, const PathState&) override { in_pair_ = false; }

  private:
    void add(std::int32_t leaf, std::int32_t sibling, std::int32_t buffer, const PathState& path) {
        TreePlan& plan = tree_.plan;
        const auto number = static_cast<std::int32_t>(plan.deep_leaves.size());
        const auto players = static_cast<std::int32_t>(path.player.size());
        plan.deep_leaves.push_back({leaf, sibling, players, plan.path_players.size()});
        for (const std::int32_t player : path.player) plan.path_players.push_back(tree_.players.number(player));
        plan.deep_walk.push_back({WalkStep::Op::Leaf, false, false, leaf, buffer, -1, -1, -1, number});
    }

    Tree tree_;
    const bool merge_;
    PatternBuffers buffers_;
    bool in_pair_ = false;
};

// Mean value of the leaves of each output.
class Centre : public PathVisitor {
  public:
    Centre(const Forest& forest, std::vector<double>& centre) : forest_(forest), centre_(centre) {
        centre_.assign(forest.width, 0.0);
    }

    void leaf(std::int32_t node, const PathState&) override {
        ++leaves_;
        for (std::size_t o = 0; o < forest_.width; ++o)
            centre_[o] += (forest_.value[index(node) * forest_.width + o] - centre_[o]) / leaves_;
    }

  private:
    const Forest& forest_;
    std::vector<double>& centre_;
    double leaves_ = 0.0;
};

double cost(const TreePlan& plan) {
    return 3.0 * static_cast<double>(plan.joined.size()) + 0.6 * plan.quad_nodes * static_cast<double>(plan.quad.size()) +
           100.0 * static_cast<double>(plan.deep_leaves.size());
}

TreePlan plan_tree(const Forest& forest, const Players& players, std::size_t t, Survey& survey, Deep deep,
                   Semivalue semivalue) {
    const bool covers = deep == Deep::Quadrature;
    TreePlan plan;
    const auto walk = [&](PathVisitor&& visitor) { walk_paths(forest, forest.roots[t], players, covers, visitor); };
    walk(static_cast<PathVisitor&&>(survey));
    walk(Centre(forest, plan.centre));
    TreePlayers numbers(players.count, plan.players);
    const Tree tree{forest, survey, numbers, plan, forest.is_vector(t)};
    plan.buffers = plan.deep_buffers = 1 + 2 * survey.levels;
    walk(TableWalk(tree));
    plan.joined = join_pairs(plan.walk);
    plan.quad_nodes = covers ? node_count(semivalue, survey.deepest) : 0;
    plan.quad_levels = survey.levels;
    plan.words = covers ? 0 : (survey.deepest + 63) / 64;
    if (survey.deepest == 0 && !tree.vector_leaves) plan_whole_tree(forest, plan);
    if (covers) walk(QuadratureWalk(tree));
    else walk(CohortWalk(tree, deep == Deep::Siblings));
    plan.cost = cost(plan);
    return plan;
}

}  // namespace

std::vector<TreePlan> make_plan(const Forest& forest, const Players& players, int table_players, Deep deep,
                                const Run& run, Semivalue semivalue) {
    std::vector<TreePlan> plans(forest.n_trees());
    std::vector<std::uint8_t> below(forest.nodes.size(), 0);
    const bool small = forest.nodes.size() < kFewNodes;
    parallel_for(plans.size(), small, run, [&](std::size_t t, unsigned, const Stop& stop) {
        stop.check();
        Survey survey(forest, table_players, below);
        plans[t] = plan_tree(forest, players, t, survey, deep, semivalue);
    });
    return plans;
}

}  // namespace pellucid
