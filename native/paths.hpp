// The ways from a root to its leaves, told split by split, with the players met on them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "forest.hpp"

namespace pellucid {

// Which player each feature belongs to.
struct Players {
    std::vector<std::int32_t> of_feature;
    std::size_t count;
};

// What is known on the way to a node. A path's slots are its players in order of first appearance.
struct PathState {
    std::vector<std::int32_t> player;   // by slot
    std::vector<double> ratio;          // by slot: product of the cover ratios of the player's splits
    std::vector<std::int32_t> level;    // by slot: level below the player's last split on the path
    std::vector<std::int32_t> slot_of;  // by player, -1 where not met
};

// One split of the path, and which of its sides is walked.
struct Edge {
    std::int32_t node;
    std::int32_t level;  // of the split; the root's is 0
    std::int32_t slot;
    bool fresh;  // the player is not met above
    bool right;
    std::int32_t previous;  // level below the player's last split above, -1 where fresh
    double ratio_above;     // 1 where fresh
    double share;           // this edge's own cover ratio
    double ratio;           // ratio_above * share
};

// Hears of a tree in depth-first order, left before right.
class PathVisitor {
  public:
    virtual ~PathVisitor() = default;
    // False: nothing below the node is wanted.
    virtual bool enter(std::int32_t node) { return static_cast<void>(node), true; }
    virtual void split(const Edge& edge, const PathState& path) { static_cast<void>(edge), static_cast<void>(path); }
    virtual void descend(const Edge& edge, const PathState& path) { static_cast<void>(edge), static_cast<void>(path); }
    virtual void leaf(std::int32_t node, const PathState& path) { static_cast<void>(node), static_cast<void>(path); }
    virtual void ascend(const Edge& edge, const PathState& path) { static_cast<void>(edge), static_cast<void>(path); }
    virtual void leave(const Edge& edge, const PathState& path) { static_cast<void>(edge), static_cast<void>(path); }
};

// Walks the tree with a stack of its own, so that no depth overflows. Ratios are 1 unless `covers`.
void walk_paths(const Forest& forest, std::int32_t root, const Players& players, bool covers, PathVisitor& visitor);

}  // namespace pellucid
