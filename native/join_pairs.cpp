#include "join_pairs.hpp"

#include <span>

namespace pellucid {
namespace {

using Op = WalkStep::Op;

// Split, left Split and Pair, right Split and Pair.
constexpr std::size_t kSteps = 5;

bool is_pair_under(const WalkStep& split, const WalkStep& pair, std::int32_t pattern) {
    return split.op == Op::Split && !split.both && split.in == pattern && pair.op == Op::Pair;
}

bool can_join(std::span<const WalkStep> s) {
    return s.size() >= kSteps && s[0].op == Op::Split && s[0].both && is_pair_under(s[1], s[2], s[0].out) &&
           is_pair_under(s[3], s[4], s[0].out + 1) && s[1].slot < kTablePlayers;
}

}  // namespace

std::vector<WalkStep> join_pairs(const std::vector<WalkStep>& walk) {
    std::vector<WalkStep> joined;
    joined.reserve(walk.size());
    for (std::size_t i = 0; i < walk.size();) {
        const std::span<const WalkStep> rest = std::span(walk).subspan(i);
        if (!can_join(rest)) {
            joined.push_back(walk[i++]);
            continue;
        }
        const WalkStep &split = rest[0], &left = rest[1];
        WalkStep right = rest[3];
        ++right.out;  // the left pair's pattern is still needed
        const std::int32_t player = split.fresh ? rest[kSteps].player : -1;  // a fresh split's flush comes next
        joined.insert(joined.end(), {split, left, right});
        joined.push_back({Op::Joint, false, false, -1, left.out, right.out, split.slot, player, rest[2].table});
        i += kSteps + (split.fresh ? 1 : 0);
    }
    return joined;
}

}  // namespace pellucid
