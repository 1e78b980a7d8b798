// What leaves know of a background, for pairs of players.
#pragma once

#include "arena.hpp"
#include "plan.hpp"

namespace pellucid {

// Beyond, the pair tables of a leaf take longer to make than its background's patterns do to go through one by one.
constexpr int kPairTablePlayers = 8;

// `known` is laid out as the plan `from` says; the result as `to`, whose tables have as many players or more: distinct
// patterns of the others become counts.
TreeBackground laid_out_anew(const TreeBackground& known, const TreePlan& from, const TreePlan& to);

}  // namespace pellucid
