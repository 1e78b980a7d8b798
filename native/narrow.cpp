#include <algorithm>

#include "plan.hpp"

namespace pellucid {
namespace {

// The steps that lead to some leaves; a split is needed where the pattern of one of its children is.
template <class Wanted>
std::vector<WalkStep> walk_to(const std::vector<WalkStep>& walk, int buffers, const Wanted& wanted) {
    std::vector<bool> needed(static_cast<std::size_t>(buffers), false);
    std::vector<WalkStep> kept;
    for (auto step = walk.rbegin(); step != walk.rend(); ++step) {
        const auto in = static_cast<std::size_t>(step->in), out = static_cast<std::size_t>(step->out);
        const bool split = step->op == WalkStep::Op::Split;
        if (!(split ? needed[out] || needed[out + 1] : wanted(*step))) continue;
        if (split) needed[out] = needed[out + 1] = false;
        needed[in] = true;
        kept.push_back(*step);
    }
    std::reverse(kept.begin(), kept.end());
    return kept;
}

}  // namespace

void take_narrow(TreePlan& plan) {
    const auto is_narrow = [&](const WalkStep& step) {
        return plan.deep_leaves[static_cast<std::size_t>(step.table)].is_narrow();
    };
    plan.narrow_walk = walk_to(plan.deep_walk, plan.deep_buffers, is_narrow);
    plan.deep_walk =
        walk_to(plan.deep_walk, plan.deep_buffers, [&](const WalkStep& step) { return !is_narrow(step); });
}

}  // namespace pellucid
