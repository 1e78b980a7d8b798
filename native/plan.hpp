// A forest made ready for given players: for each tree the steps that the kernels follow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "forest.hpp"
#include "kernels/deep.hpp"
#include "paths.hpp"
#include "pool.hpp"
#include "semivalue.hpp"

namespace pellucid {

// How leaves with more players than a pattern table has are done: by quadrature, or by what they see of a background,
// two siblings as one where their values are all that differs (Siblings) or each by itself (Leaves).
enum class Deep { Quadrature, Siblings, Leaves };

// Cover ratios of one edge of the quadrature's walk; its constants are made from them.
struct EdgeRatios {
    double above, share, ratio;
    bool fresh;
    std::size_t constants;
};

// Words of 64 bits that a pattern takes.
constexpr int words_of(int players) { return (players + 63) / 64; }

// A leaf whose background is kept as distinct patterns.
struct DeepLeaf {
    std::int32_t leaf;
    std::int32_t sibling;  // right leaf of a merged pair, which sees the last bit the other way round; else kNoNode
    std::int32_t players;
    std::size_t path;  // into TreePlan::path_players

    std::size_t words() const { return static_cast<std::size_t>(words_of(players)); }
    bool is_narrow() const { return players <= kNarrowPlayers; }
};

struct TreePlan {
    std::vector<std::int32_t> players;  // the tree's players; elsewhere they are numbered within the tree
    std::vector<double> centre;  // mean leaf value of each output, taken off all leaves: values keep their digits

    std::vector<WalkStep> walk;    // over the table leaves
    std::vector<WalkStep> joined;  // the same with neighbouring pairs joined, or one look-up for the whole tree
    std::vector<std::int32_t> tests;  // nodes whose outcomes that look-up goes by, else empty
    TableSpec whole{};
    std::vector<TableSpec> tables;
    std::vector<double> ratios;  // by TableSpec::path and slot
    int buffers = 0;
    int stride = 4;              // slots of the widest table
    std::size_t histograms = 0;  // numbers in all histograms

    std::vector<QuadStep> quad;  // over the deep leaves
    std::vector<EdgeRatios> edges;
    int quad_nodes = 0;
    int quad_levels = 0;

    std::vector<WalkStep> deep_walk;    // over the deep leaves, or after take_narrow the others
    std::vector<WalkStep> narrow_walk;  // over those with patterns of 16 bits
    std::vector<DeepLeaf> deep_leaves;
    std::vector<std::int32_t> path_players;
    int deep_buffers = 0;
    int words = 0;

    std::size_t arena = 0;  // numbers that tables and constants take
    double cost = 0.0;      // nanoseconds a row, roughly
};

// Leaves with up to `table_players` players get tables. For Deep::Quadrature alone, covers are read, which must be
// checked, and the semivalue says how many nodes there are.
std::vector<TreePlan> make_plan(const Forest& forest, const Players& players, int table_players, Deep deep,
                                const Run& run, Semivalue semivalue = Semivalue::Shapley);

// Parts the walk over the deep leaves by the width of their patterns.
void take_narrow(TreePlan& plan);

}  // namespace pellucid
