// What a forest answers for every coalition of its players, for games that are not sums over trees.
#pragma once

#include <cstdint>
#include <span>

#include "forest.hpp"
#include "pool.hpp"
#include "rows.hpp"

namespace pellucid {

constexpr int kMostCoalitionPlayers = 20;

// out[row][b][o][S] = f_o(x_S, b_rest) for every row x, background row b and coalition S of `players` players: player p
// is in S where S has bit p. `player_of_feature` is -1 for features that no split reads. Throws ForestError where a
// split reads a feature of no such player.
void predict_coalitions(const Forest& forest, std::span<const std::int32_t> player_of_feature, int players,
                        const Rows& rows, const Rows& background, double* out, const Run& run);

}  // namespace pellucid
