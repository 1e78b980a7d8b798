// A tree made ready for pairs of players: the steps that its kernels follow, and the quadrature's constants.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arena.hpp"
#include "kernels/pairs.hpp"
#include "memory.hpp"
#include "plan.hpp"
#include "player_sets.hpp"

namespace pellucid {

// What the makers of pair trees share. `all` are the forest's pairs, or larger sets; a set's number is its place among
// them.
struct PairForest {
    const Forest& forest;
    const Players& players;
    int order;  // players in a set
    const std::vector<PlayerSet>& all;
    bool registers;  // how tables lie: see PairStep

    std::int32_t number(const PlayerSet& set) const;
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
std::size_t pair_tree_bytes(const TreePlan& plan, int order, bool registers, std::size_t number_bytes);

PairTree make_pair_tree(const PairForest& shared, std::size_t tree, const TreePlan& plan);

}  // namespace pellucid
