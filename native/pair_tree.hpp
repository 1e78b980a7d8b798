// A tree made ready for pairs of players: the steps that its kernels follow, and the quadrature's constants.
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

// What the makers of pair trees share. `all` are the forest's pairs; a pair's number is its place among them.
struct PairForest {
    const Forest& forest;
    const Players& players;
    const std::vector<PlayerPair>& all;
    bool registers;  // how tables lie: see PairStep
};

struct PairTree {
    std::vector<PairStep> walk;
    std::vector<std::int32_t> table_pairs;  // by PairStep::pairs
    std::size_t table_numbers = 0;
    int players = 0;  // of the widest table

    std::vector<PairQuadStep> quad;
    std::vector<PairTerm> terms;
    Aligned<double> constants;
    std::size_t lost = 0;  // into the constants: see PairQuadTask

    std::vector<std::int32_t> deep_pairs;
    std::vector<std::size_t> deep_first;  // by deep leaf: where its pairs begin in `deep_pairs`
};

// Numbers that a table takes.
std::size_t pair_table_size(int pairs, int bits, bool registers);

// What a tree's numbers and steps take, roughly, if a table's number takes so many bytes.
std::size_t pair_tree_bytes(const TreePlan& plan, bool registers, std::size_t number_bytes);

PairTree make_pair_tree(const PairForest& shared, std::size_t tree, const TreePlan& plan);

}  // namespace pellucid
