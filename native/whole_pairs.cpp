#include "whole_pairs.hpp"

#include <algorithm>

#include "whole_tree.hpp"

namespace pellucid {

WholePairs::WholePairs(const PairForest& shared, const TreePlan& plan, const std::vector<std::int32_t>& pairs)
    : shared_(shared),
      plan_(plan),
      pairs_(pairs),
      outcomes_(std::size_t{1} << plan.tests.size()),
      values_(pairs.size() * outcomes_, 0.0),
      patterns_(static_cast<std::size_t>(plan.buffers) * outcomes_, 0) {}

void WholePairs::add(const TableSpec& spec, const double* values) {
    while (plan_.walk[step_].op == WalkStep::Op::Split || plan_.walk[step_].op == WalkStep::Op::Flush) {
        if (plan_.walk[step_].op == WalkStep::Op::Split) split(plan_.walk[step_]);
        ++step_;
    }
    const std::uint16_t* pattern = patterns(plan_.walk[step_++].in);
    const std::size_t size = std::size_t{1} << spec.players;
    for_each_set(spec.players, shared_.order, [&](const int* slots) {
        double* to = values_of(slots);
        for (std::size_t s = 0; s < outcomes_; ++s) to[s] += values[pattern[s]];
        values += size;
    });
}

void WholePairs::split(const WalkStep& step) {
    if (step.fresh) {
        player_.resize(static_cast<std::size_t>(step.slot));
        const Node& node = shared_.forest.nodes[static_cast<std::size_t>(step.node)];
        player_.push_back(shared_.players.of_feature[static_cast<std::size_t>(node.feature)]);
    }
    const std::size_t test = test_of(shared_.forest, plan_, step.node);
    const auto bit = static_cast<std::uint16_t>(1u << step.slot);
    const std::uint16_t* in = patterns(step.in);
    std::uint16_t *to_left = patterns(step.out), *to_right = patterns(step.out + 1);
    for (std::size_t s = 0; s < outcomes_; ++s) {
        const bool left = (s >> test) & 1;
        const auto held = static_cast<std::uint16_t>(step.fresh ? in[s] | bit : in[s]);
        const auto lost = static_cast<std::uint16_t>(in[s] & ~bit);
        to_left[s] = left ? held : lost;
        to_right[s] = left ? lost : held;
    }
}

double* WholePairs::values_of(const int* slots) {
    const auto player = [&](int slot) { return player_[static_cast<std::size_t>(slot)]; };
    const std::int32_t number = shared_.number(set_of(slots, shared_.order, player));
    const auto place = std::lower_bound(pairs_.begin(), pairs_.end(), number) - pairs_.begin();
    return values_.data() + static_cast<std::size_t>(place) * outcomes_;
}

std::uint16_t* WholePairs::patterns(std::int32_t buffer) {
    return patterns_.data() + static_cast<std::size_t>(buffer) * outcomes_;
}

}  // namespace pellucid
