// Sets of players, and the order in which those of a path are numbered.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "forest.hpp"
#include "paths.hpp"

namespace pellucid {

constexpr int kMostOrder = 6;  // players in a set

// In ascending order, filled up with kNoPlayer.
struct PlayerSet {
    static constexpr std::int32_t kNoPlayer = -1;
    std::array<std::int32_t, kMostOrder> player;
    auto operator<=>(const PlayerSet&) const = default;
};

// Calls f(slots) for every set of `order` of the slots below n, by the deepest slot, then the next, and so on.
template <class F>
void for_each_set(int n, int order, const F& f) {
    if (n < order) return;
    std::array<int, kMostOrder + 1> slots{};
    for (int i = 0; i < order; ++i) slots[static_cast<std::size_t>(i)] = i;
    slots[static_cast<std::size_t>(order)] = n;
    for (std::size_t i = 0; i < static_cast<std::size_t>(order);) {
        f(slots.data());
        for (i = 0; i < static_cast<std::size_t>(order) && slots[i] + 1 == slots[i + 1]; ++i)
            slots[i] = static_cast<int>(i);
        if (i < static_cast<std::size_t>(order)) ++slots[i];
    }
}

// The players at `slots`, as player(slot) gives them.
template <class PlayerAt>
PlayerSet set_of(const int* slots, int order, const PlayerAt& player) {
    PlayerSet set;
    set.player.fill(PlayerSet::kNoPlayer);
    for (std::size_t i = 0; i < static_cast<std::size_t>(order); ++i) {
        const std::int32_t next = player(slots[i]);
        std::size_t at = i;
        for (; at > 0 && set.player[at - 1] > next; --at) set.player[at] = set.player[at - 1];
        set.player[at] = next;
    }
    return set;
}

// Every set of so many players that meets on some path of the tree, or of the forest, in order. Throws ForestError
// where there are more than kMostSets.
constexpr std::size_t kMostSets = 10'000'000;
std::vector<PlayerSet> sets_of_tree(const Forest& forest, std::int32_t root, const Players& players, int order);
std::vector<PlayerSet> sets_on_paths(const Forest& forest, const Players& players, int order);

}  // namespace pellucid
