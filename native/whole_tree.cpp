#include "whole_tree.hpp"

#include <algorithm>

namespace pellucid {
namespace {

bool same_set(const Forest& forest, std::int32_t a, std::int32_t b) {
    const auto words = [&](std::int32_t node) {
        const std::uint32_t* all = forest.set_words.data();
        return std::vector<std::uint32_t>(all + forest.set_start[static_cast<std::size_t>(node)],
                                          all + forest.set_start[static_cast<std::size_t>(node) + 1]);
    };
    return words(a) == words(b);
}

bool same_test(const Forest& forest, std::int32_t a, std::int32_t b) {
    const Node &one = forest.nodes[static_cast<std::size_t>(a)], &two = forest.nodes[static_cast<std::size_t>(b)];
    return one.feature == two.feature && one.threshold == two.threshold && one.test == two.test &&
           one.zero_is_missing == two.zero_is_missing && one.default_left == two.default_left && same_set(forest, a, b);
}

std::size_t test_number(const Forest& forest, const std::vector<std::int32_t>& tests, std::int32_t node) {
    const auto same = [&](std::int32_t test) { return same_test(forest, test, node); };
    return static_cast<std::size_t>(std::find_if(tests.begin(), tests.end(), same) - tests.begin());
}

// The tree's tests, or none where there are too many.
std::vector<std::int32_t> different_tests(const Forest& forest, const std::vector<WalkStep>& walk) {
    std::vector<std::int32_t> tests;
    for (const WalkStep& step : walk) {
        if (step.op != WalkStep::Op::Split || test_number(forest, tests, step.node) < tests.size()) continue;
        if (tests.size() == std::size_t{kWholeTests}) return {};
        tests.push_back(step.node);
    }
    return tests;
}

// Registers that each way reads, roughly.
bool is_less_work(const TreePlan& plan, std::size_t tests) {
    const std::size_t look_up = std::max<std::size_t>(1, (std::size_t{1} << tests) / 32);
    std::size_t walk = plan.joined.size();
    for (const TableSpec& spec : plan.tables)
        walk += static_cast<std::size_t>(spec.players) *
                std::max<std::size_t>(1, (std::size_t{1} << static_cast<unsigned>(spec.players)) / 32);
    return tests + plan.players.size() * look_up < walk;
}

}  // namespace

void plan_whole_tree(const Forest& forest, TreePlan& plan) {
    const std::vector<std::int32_t> tests = different_tests(forest, plan.walk);
    if (tests.empty() || !is_less_work(plan, tests.size())) return;
    const int bits = static_cast<int>(tests.size());
    plan.tests = tests;
    plan.whole = {kNoNode, kNoNode, -1, bits, 0, 0, 0};
    plan.arena = plan.players.size() * slot_numbers(bits);
    plan.buffers = std::max(plan.buffers, bits + 1);
    plan.joined.clear();
    for (std::int32_t t = 0; t < bits; ++t)
        plan.joined.push_back(
            {WalkStep::Op::Split, true, false, tests[static_cast<std::size_t>(t)], t, t + 1, t, -1, -1});
    plan.joined.push_back({WalkStep::Op::Whole, false, false, -1, bits, -1, -1, -1, 0});
}

OutcomePatterns::OutcomePatterns(const Forest& forest, const TreePlan& plan)
    : forest_(forest),
      plan_(plan),
      outcomes_(std::size_t{1} << plan.tests.size()),
      patterns_(static_cast<std::size_t>(plan.buffers) * outcomes_, 0) {}

void OutcomePatterns::split(const WalkStep& step) {
    const std::size_t test = test_number(forest_, plan_.tests, step.node);
    const auto bit = static_cast<std::uint16_t>(1u << step.slot);
    const std::uint16_t* in = at(step.in);
    std::uint16_t *to_left = patterns_.data() + place(step.out), *to_right = to_left + outcomes_;
    for (std::size_t s = 0; s < outcomes_; ++s) {
        const bool left = (s >> test) & 1;
        const auto held = static_cast<std::uint16_t>(step.fresh ? in[s] | bit : in[s]);
        const auto lost = static_cast<std::uint16_t>(in[s] & ~bit);
        to_left[s] = left ? held : lost;
        to_right[s] = left ? lost : held;
    }
}

WholeTree::WholeTree(const Forest& forest, const TreePlan& plan)
    : plan_(plan),
      patterns_(forest, plan),
      acc_(plan.players.size() * patterns_.outcomes(), 0.0),
      sums_(static_cast<std::size_t>(plan.stride) * patterns_.outcomes(), 0.0) {}

void WholeTree::add(const TableSpec& spec, const double* values) {
    while (plan_.walk[step_].op == WalkStep::Op::Split) patterns_.split(plan_.walk[step_++]);
    const WalkStep& step = plan_.walk[step_++];
    const std::uint16_t* pattern = patterns_.at(step.in);
    const std::size_t size = std::size_t{1} << spec.players;
    for (int j = 0; j < spec.players; ++j, values += size) {
        const bool last = spec.sibling != kNoNode && j == spec.players - 1;
        double* to = last ? player(spec.last) : slot(j);
        for (std::size_t s = 0; s < patterns_.outcomes(); ++s) to[s] += values[pattern[s]];
    }
    while (step_ < plan_.walk.size() && plan_.walk[step_].op == WalkStep::Op::Flush) flush(plan_.walk[step_++]);
}

void WholeTree::flush(const WalkStep& step) {
    double *from = slot(step.slot), *to = player(step.player);
    for (std::size_t s = 0; s < patterns_.outcomes(); ++s) {
        to[s] += from[s];
        from[s] = 0.0;
    }
}

}  // namespace pellucid
