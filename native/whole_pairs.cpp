#include "whole_pairs.hpp"

#include <algorithm>

namespace pellucid {

WholePairs::WholePairs(const PairForest& shared, const TreePlan& plan, const std::vector<std::int32_t>& pairs)
    : shared_(shared),
      plan_(plan),
      pairs_(pairs),
      patterns_(shared.forest, plan),
      values_(pairs.size() * patterns_.outcomes(), 0.0) {}

void WholePairs::add(const TableSpec& spec, const double* values) {
    for (; plan_.walk[step_].op == WalkStep::Op::Split || plan_.walk[step_].op == WalkStep::Op::Flush; ++step_) {
        if (plan_.walk[step_].op == WalkStep::Op::Flush) continue;
        meet(plan_.walk[step_]);
        patterns_.split(plan_.walk[step_]);
    }
    const std::uint16_t* pattern = patterns_.at(plan_.walk[step_++].in);
    const std::size_t size = std::size_t{1} << spec.players;
    for_each_set(spec.players, shared_.order, [&](const int* slots) {
        double* to = values_of(slots);
        for (std::size_t s = 0; s < patterns_.outcomes(); ++s) to[s] += values[pattern[s]];
        values += size;
    });
}

// Which player a fresh slot stands for below a split.
void WholePairs::meet(const WalkStep& step) {
    if (!step.fresh) return;
    player_.resize(static_cast<std::size_t>(step.slot));
    const Node& node = shared_.forest.nodes[static_cast<std::size_t>(step.node)];
    player_.push_back(shared_.players.of_feature[static_cast<std::size_t>(node.feature)]);
}

double* WholePairs::values_of(const int* slots) {
    const auto player = [&](int slot) { return player_[static_cast<std::size_t>(slot)]; };
    const std::int32_t number = shared_.number(set_of(slots, shared_.order, player));
    const auto place = std::lower_bound(pairs_.begin(), pairs_.end(), number) - pairs_.begin();
    return values_.data() + static_cast<std::size_t>(place) * patterns_.outcomes();
}

}  // namespace pellucid
