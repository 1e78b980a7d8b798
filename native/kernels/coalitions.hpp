#pragma once

#include "kernels.hpp"

namespace pellucid {

// One row and one background row: the forest's answers to every coalition of players. Arrays are (outputs, 2^players).
struct CoalitionTask {
    ForestView forest;
    const std::int32_t* roots;
    const std::int32_t* tree_output;
    const double* base;
    std::size_t n_outputs;
    const std::int32_t* player_of_feature;
    int players;
    const double* row;
    const double* other;
    double* direct;  // zero before and after
    double* out;     // zero before
};

namespace PELLUCID_PATH {

// A leaf that the row reaches with the players A and the background row with the players B is the answer of its tree
// to the coalitions that hold all of A and none of B. The leaves of some trees are written into `out` as differences,
// Σ over C ⊆ B of (-1)^|C| at A ∪ C, or one by one into `direct`, whichever is shorter.
void coalition_leaves(const CoalitionTask& task, std::size_t first_tree, std::size_t last_tree);

// Sums the differences over all subsets, and adds `direct` and the base.
void coalition_sums(const CoalitionTask& task);

}  // namespace PELLUCID_PATH
}  // namespace pellucid
