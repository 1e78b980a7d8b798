#include "coalitions.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "dispatch.hpp"
#include "kernels/coalitions.hpp"

namespace pellucid {
namespace {

constexpr std::size_t kTreesBetweenStops = 16;
constexpr std::size_t kMostPairsAnItem = 8;
constexpr double kSmallWork = 2e6;  // nanoseconds below which waking threads is not worth it

void check_players(const Forest& forest, std::span<const std::int32_t> player_of_feature, int players) {
    if (players < 0 || players > kMostCoalitionPlayers)
        throw ForestError("the coalitions of " + std::to_string(players) + " players are asked for");
    if (player_of_feature.size() != forest.n_features) throw ForestError("there is not one player a feature");
    for (const Node& node : forest.nodes) {
        if (node.is_leaf()) continue;
        const std::int32_t player = player_of_feature[static_cast<std::size_t>(node.feature)];
        if (player < 0 || player >= players) throw ForestError("a split reads a feature of no player");
    }
}

}  // namespace

void predict_coalitions(const Forest& forest, std::span<const std::int32_t> player_of_feature, int players,
                        const Rows& rows, const Rows& background, double* out, const Run& run) {
    check_players(forest, player_of_feature, players);
    const std::size_t size = forest.n_outputs() << players, pairs = rows.count * background.count;
    const double cost = 200.0 * static_cast<double>(forest.n_trees()) + 2.0 * static_cast<double>(size);
    std::vector<Aligned<double>> direct(std::max(1u, run.threads), Aligned<double>(size, 0.0));
    const auto one = [&](std::size_t pair, unsigned worker, const Stop& stop) {
        const CoalitionTask task{forest.view(),
                                 forest.roots.data(),
                                 forest.tree_output.data(),
                                 forest.base.data(),
                                 forest.n_outputs(),
                                 player_of_feature.data(),
                                 players,
                                 rows.data + pair / background.count * rows.width,
                                 background.data + pair % background.count * background.width,
                                 direct[worker].data(),
                                 out + pair * size};
        std::fill_n(task.out, size, 0.0);
        for (std::size_t t = 0; t < forest.n_trees(); t += kTreesBetweenStops) {
            stop.check();
            kernels().coalition_leaves(task, t, std::min(t + kTreesBetweenStops, forest.n_trees()));
        }
        stop.check();
        kernels().coalition_sums(task);
    };
    const std::size_t share = std::clamp<std::size_t>(pairs / (4 * std::max(1u, run.threads)), 1, kMostPairsAnItem);
    const bool small = cost * static_cast<double>(pairs) < kSmallWork;
    const auto some = [&](std::size_t item, unsigned worker, const Stop& stop) {
        const std::size_t last = std::min((item + 1) * share, pairs);
        for (std::size_t pair = item * share; pair < last; ++pair) one(pair, worker, stop);
    };
    parallel_for((pairs + share - 1) / share, small, run, some);
}

}  // namespace pellucid
