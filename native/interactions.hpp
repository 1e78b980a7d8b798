// Interaction values of pairs of players, or of larger sets: blocks of rows pass through the trees.
#pragma once

#include <vector>

#include "explain.hpp"
#include "keep.hpp"
#include "pair_arena.hpp"

namespace pellucid {

// values (rows, sets, outputs), written; where main is given, half of each pair's value is taken off its players in
// main (rows, players, outputs), where their Shapley values are.
struct PairOut {
    double* values;
    double* main;
};

// Which sets are wanted. `ratios`: see SetPlan, null for pairs and against a background.
struct WantedSets {
    const Players& players;
    int order;
    const std::vector<PlayerSet>& sets;
    const std::vector<std::vector<double>>* ratios = nullptr;
};

template <class Real>
using KeptPairs = Keep<PairArena<Real>>;

// The trees' interaction of each set of the forest. Float: tables are of float32, sums over kTileTrees trees too, all
// else is float64. The game's tables are not used.
template <class Real>
void explain_sets(const Game& game, const WantedSets& wanted, const Rows& rows, const PairOut& out, const Run& run,
                  KeptPairs<Real>& kept);

// Values of the sets of each size from 2 to the order, `values` by size, and of single players.
struct SetOut {
    std::vector<double*> values;
    double* main;

    int order() const { return static_cast<int>(values.size()) - 1; }
};

// What an explainer keeps for the sets of one size.
struct KeptSets {
    Keep<std::vector<PlayerSet>> sets;
    KeptPairs<float> tables32;
    KeptPairs<double> tables64;

    template <class Real>
    KeptPairs<Real>& tables() {
        if constexpr (sizeof(Real) == 4) return tables32;
        else return tables64;
    }

    void forget_tables() {
        tables32.store(nullptr);
        tables64.store(nullptr);
    }
};

using KeptBySize = std::array<KeptSets, kMostOrder + 1>;

}  // namespace pellucid
