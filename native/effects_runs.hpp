// Which points of a player's domain satisfy its splits on the way to each leaf.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "forest.hpp"
#include "paths.hpp"

namespace pellucid {

// Where a player is looked at: points (count, its columns in order), number `first` of all points.
struct Domain {
    std::int32_t player;
    const double* points;
    std::size_t count;
    bool ascending;  // one column, its numbers in order, NaN only at the end
};

// Points begin … end - 1.
struct PointRun {
    std::int32_t begin, end;
};
using PointRuns = std::vector<PointRun>;

// Told of each leaf: its node, the path's players, and by slot the number of the player's domain (-1 without one) and
// the points that satisfy all its splits on the path.
using OnLeaf = std::function<void(std::int32_t node, const PathState& path, const std::vector<std::int32_t>& domains,
                                  const std::vector<PointRuns>& runs)>;

// Which domain each player has.
class Domains {
  public:
    Domains(const Forest& forest, const Players& players, std::vector<Domain> domains);

    void walk(std::int32_t root, const OnLeaf& on_leaf) const;
    const std::vector<Domain>& all() const { return domains_; }
    std::int32_t of_player(std::int32_t player) const { return of_player_[static_cast<std::size_t>(player)]; }

    // Points that go left at a split on the domain's player.
    PointRuns left(std::int32_t node, const Domain& domain) const;

  private:
    const Forest& forest_;
    const Players& players_;
    std::vector<Domain> domains_;
    std::vector<std::int32_t> of_player_;
    std::vector<std::size_t> place_;  // by feature: among the columns of its player
    std::vector<std::size_t> width_;  // by player: its columns
};

}  // namespace pellucid
