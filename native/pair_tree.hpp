// A tree made ready for pairs of players: its steps and numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arena.hpp"
#include "kernels/pairs.hpp"
#include "memory.hpp"
#include "plan.hpp"

namespace pellucid {

// Two players, the smaller number first.
struct PlayerPair {
    std::int32_t first, second;
    auto operator<=>(const PlayerPair&) const = default;
};

// Every pair that meets on some path of the forest, in order.
std::vector<PlayerPair> pairs_on_paths(const Forest& forest, const Players& players);

struct PairTree {
    std::vector<PairStep> walk;
    std::vector<PairQuadStep> quad;
    std::vector<PairTerm> terms;
    std::vector<std::int32_t> pairs;      // numbers of the pairs of flushes and of deep leaves
    std::vector<std::size_t> deep_pairs;  // by deep leaf: where its pairs begin in `pairs`
    Aligned<double> numbers;
    std::size_t lost = 0;  // into the numbers: see PairQuadTask
    int stride = 0;
    std::shared_ptr<const TreeBackground> background;  // null where no leaf is kept as patterns
};

// What a tree's numbers and steps take, roughly.
std::size_t pair_tree_bytes(const TreePlan& plan);

// `all` are the forest's pairs; a pair's number is its place among them.
PairTree make_pair_tree(const Forest& forest, const Players& players, std::size_t tree, const TreePlan& plan,
                        const std::vector<PlayerPair>& all, std::shared_ptr<const TreeBackground> background,
                        const Stop& stop);

}  // namespace pellucid
