#include "effects_plan.hpp"

#include <algorithm>

namespace pellucid {
namespace {

constexpr int kDenseLevels = 24, kDensePlayers = 24, kDensePairPlayers = 10;
constexpr std::size_t kListNumbers = 4 * 1024 * 1024;  // rows in all lists

class Planner : public PathVisitor {
  public:
    Planner(FailPlan& plan, int most) : plan_(plan), most_(most) {}

    void descend(const Edge& edge, const PathState& path) override {
        const auto players = static_cast<std::int32_t>(path.player.size());
        open_.push_back(plan_.steps.size());
        plan_.steps.push_back(
            {edge.node, edge.level + 1, edge.slot, players, kNoNode, edge.right, edge.fresh, 0, 0});
        plan_.levels = std::max(plan_.levels, edge.level + 2);
        plan_.players = std::max(plan_.players, players);
    }

    void leaf(std::int32_t node, const PathState& path) override {
        const auto players = static_cast<int>(path.player.size());
        if (!open_.empty()) {
            plan_.steps[open_.back()].leaf = static_cast<std::int32_t>(plan_.leaves.size());
            plan_.steps[open_.back()].sums = plan_.sums;
        }
        plan_.leaves.push_back({node, plan_.path_players.size(), players, plan_.sums});
        plan_.path_players.insert(plan_.path_players.end(), path.player.begin(), path.player.end());
        plan_.sums += static_cast<std::size_t>(1 + players + (most_ > 1 ? pairs_of(players) : 0));
    }

    void ascend(const Edge&, const PathState&) override {
        plan_.steps[open_.back()].skip = plan_.steps.size();
        open_.pop_back();
    }

  private:
    FailPlan& plan_;
    int most_;
    std::vector<std::size_t> open_;
};

}  // namespace

FailPlan make_fail_plan(const Forest& forest, std::int32_t root, const Players& players, int most) {
    FailPlan plan;
    Planner planner(plan, most);
    walk_paths(forest, root, players, false, planner);
    return plan;
}

std::size_t FailWorkspace::block_rows(const FailPlan& plan) {
    const std::size_t share = kListNumbers / (2 * static_cast<std::size_t>(plan.levels)) / 64 * 64;
    return std::clamp<std::size_t>(share, 64, kSetRows);
}

void FailWorkspace::fit(const FailPlan& plan, int most) {
    dense_levels_ = std::min(plan.levels, kDenseLevels);
    dense_players_ = std::min(plan.players, most > 1 ? kDensePairPlayers : kDensePlayers);
    const auto states = static_cast<std::size_t>(1 + dense_players_ + (most > 1 ? pairs_of(dense_players_) : 0));
    const std::size_t set = states * kSetWords, list = block_rows(plan) + 1;
    sets_.resize(std::max(sets_.size(), 2 * set * static_cast<std::size_t>(dense_levels_)));
    lists_.resize(std::max(lists_.size(), 2 * list * static_cast<std::size_t>(plan.levels)));
    left_.resize(kSetWords);
    bytes_.resize(kSetRows);
    levels_.assign(static_cast<std::size_t>(plan.levels), {});
    for (std::size_t l = 0; l < levels_.size(); ++l)
        for (std::size_t side = 0; side < 2; ++side) {
            const bool dense = l < static_cast<std::size_t>(dense_levels_);
            levels_[l].sets[side] = dense ? sets_.data() + (2 * l + side) * set : nullptr;
            levels_[l].lists[side] = lists_.data() + (2 * l + side) * list;
        }
}

void FailWorkspace::lend(FailTask& task) {
    task.dense_levels = dense_levels_;
    task.dense_players = dense_players_;
    task.levels = levels_.data();
    task.left = left_.data();
    task.bytes = bytes_.data();
}

}  // namespace pellucid
