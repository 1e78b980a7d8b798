#include "forest.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <unordered_map>

namespace pellucid {
namespace {

constexpr std::uint8_t kTests = 5;
constexpr std::uint8_t kMissings = 3;

[[noreturn]] void fail(const std::string& what) { throw ForestError(what); }

std::string at(std::size_t node) { return "node " + std::to_string(node); }

void check_lengths(const ForestArrays& a, std::size_t width) {
    const std::size_t n = a.feature.size();
    const bool same = a.threshold.size() == n && a.left.size() == n && a.right.size() == n && a.decision.size() == n &&
                      a.missing.size() == n && a.default_left.size() == n && a.cover.size() == n &&
                      a.value.size() == n * width && a.set_start.size() == n + 1;
    if (!same) fail("the node arrays have different lengths");
    if (a.roots.size() != a.tree_output.size()) fail("there is not one tree_output a root");
    if (n >= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) fail("there are 2^31 nodes or more");
    if (a.base.empty()) fail("the forest has no output");
    if (a.n_features < 0) fail("the number of features is negative");
    if (a.n_features > std::numeric_limits<std::int32_t>::max()) fail("there are 2^31 features or more");
}

void check_sets(const ForestArrays& a) {
    for (std::size_t i = 0; i + 1 < a.set_start.size(); ++i)
        if (a.set_start[i] < 0 || a.set_start[i + 1] < a.set_start[i])
            fail("the category set of " + at(i) + " has a bad range");
    if (a.set_start.back() > static_cast<std::int64_t>(a.set_words.size()) || a.set_start.front() < 0)
        fail("the category sets reach beyond their words");
}

void check_trees(const ForestArrays& a, std::size_t width) {
    const auto outputs = static_cast<std::int64_t>(a.base.size());
    for (std::size_t t = 0; t < a.roots.size(); ++t) {
        const std::int32_t output = a.tree_output[t];
        if (output < -1 || output >= outputs)
            fail("tree " + std::to_string(t) + " adds to output " + std::to_string(output) + ", which does not exist");
        const std::size_t expected = output < 0 ? a.base.size() : 1;
        if (width != expected)
            fail("the leaves of tree " + std::to_string(t) + " hold " + std::to_string(width) + " numbers where " +
                 std::to_string(expected) + " are needed");
    }
    for (const double b : a.base)
        if (!std::isfinite(b)) fail("the base is not finite");
}

void check_split(const ForestArrays& a, std::size_t i) {
    if (a.feature[i] >= a.n_features)
        fail(at(i) + " tests feature " + std::to_string(a.feature[i]) + " of " + std::to_string(a.n_features));
    if (a.decision[i] >= kTests) fail(at(i) + " has the unknown decision " + std::to_string(a.decision[i]));
    if (a.missing[i] >= kMissings) fail(at(i) + " has the unknown missing rule " + std::to_string(a.missing[i]));
    const bool numeric = a.decision[i] < static_cast<std::uint8_t>(Test::InSet);
    if (numeric && std::isnan(a.threshold[i])) fail("the threshold of " + at(i) + " is NaN");
}

void check_leaf(const ForestArrays& a, std::size_t i, std::size_t width) {
    if (a.feature[i] != -1 || a.left[i] != -1 || a.right[i] != -1) fail(at(i) + " is neither a leaf nor a split");
    for (std::size_t o = 0; o < width; ++o)
        if (!std::isfinite(a.value[i * width + o])) fail("the value of leaf " + std::to_string(i) + " is not finite");
}

// Every node must be reached from exactly one root by exactly one way: no cycle, no shared child, none left over.
class Reach {
  public:
    Reach(const ForestArrays& a, std::size_t width) : a_(a), width_(width), seen_(a.feature.size(), false) {}

    // The number of nodes of each tree.
    std::vector<std::int32_t> run() {
        std::vector<std::int32_t> nodes(a_.roots.size(), 0);
        for (std::size_t t = 0; t < nodes.size(); ++t) {
            push(a_.roots[t], "a root");
            for (; !open_.empty(); ++nodes[t]) visit();
        }
        const auto left_over = std::find(seen_.begin(), seen_.end(), false);
        if (left_over != seen_.end())
            fail(at(static_cast<std::size_t>(left_over - seen_.begin())) + " belongs to no tree");
        return nodes;
    }

  private:
    void push(std::int32_t node, const char* role) {
        if (node < 0 || static_cast<std::size_t>(node) >= seen_.size())
            fail(std::string(role) + " is node " + std::to_string(node) + " of " + std::to_string(seen_.size()));
        if (seen_[static_cast<std::size_t>(node)]) fail(at(static_cast<std::size_t>(node)) + " has two parents");
        seen_[static_cast<std::size_t>(node)] = true;
        open_.push_back(static_cast<std::size_t>(node));
    }

    void visit() {
        const std::size_t node = open_.back();
        open_.pop_back();
        if (a_.feature[node] < 0) return check_leaf(a_, node, width_);
        check_split(a_, node);
        push(a_.left[node], "a left child");
        push(a_.right[node], "a right child");
    }

    const ForestArrays& a_;
    std::size_t width_;
    std::vector<bool> seen_;
    std::vector<std::size_t> open_;
};

bool zero_in_set(const ForestArrays& a, std::size_t i) {
    return a.set_start[i + 1] > a.set_start[i] && (a.set_words[static_cast<std::size_t>(a.set_start[i])] & 1u);
}

bool zero_goes_left(const ForestArrays& a, std::size_t i) {
    switch (static_cast<Test>(a.decision[i])) {
        case Test::LessF32: return 0.0 < a.threshold[i];
        case Test::LessEqualF32:
        case Test::LessEqualF64: return 0.0 <= a.threshold[i];
        case Test::InSet: return zero_in_set(a, i);
        case Test::NotInSet: return !zero_in_set(a, i);
    }
    return false;
}

// float(x) < t is float(x) < the least float not below t; float(x) <= t is float(x) <= the greatest float not above t.
double float_threshold(double t, Test test) {
    const float near = static_cast<float>(t);
    constexpr float inf = std::numeric_limits<float>::infinity();
    if (test == Test::LessF32) return static_cast<double>(near) < t ? std::nextafter(near, inf) : near;
    return static_cast<double>(near) > t ? std::nextafter(near, -inf) : near;
}

Node pack_node(const ForestArrays& a, std::size_t i) {
    if (a.feature[i] < 0) return {0.0, -1, -1, kNoNode, kNoNode, Test::LessF32, false, false};
    const Test test = static_cast<Test>(a.decision[i]);
    const auto missing = static_cast<Missing>(a.missing[i]);
    const bool in_float = test == Test::LessF32 || test == Test::LessEqualF32;
    return {in_float ? float_threshold(a.threshold[i], test) : a.threshold[i],
            a.feature[i],
            -1,
            a.left[i],
            a.right[i],
            test,
            missing == Missing::Zero,
            missing == Missing::NanIsZero ? zero_goes_left(a, i) : static_cast<bool>(a.default_left[i])};
}

// Numbers the features that F32 tests read and those that the other tests read.
void number_columns(Forest& forest) {
    std::unordered_map<std::int32_t, std::int32_t> as32, as64;
    for (Node& node : forest.nodes) {
        if (node.is_leaf()) continue;
        const bool in_float = node.test == Test::LessF32 || node.test == Test::LessEqualF32;
        auto& columns = in_float ? forest.columns32 : forest.columns64;
        const auto next = static_cast<std::int32_t>(columns.size());
        const auto [number, fresh] = (in_float ? as32 : as64).try_emplace(node.feature, next);
        if (fresh) columns.push_back(node.feature);
        node.column = number->second;
    }
}

template <class T>
std::vector<T> copy(std::span<const T> from) {
    return {from.begin(), from.end()};
}

}  // namespace

Forest pack(const ForestArrays& a) {
    const std::size_t width = a.feature.empty() ? 1 : a.value.size() / a.feature.size();
    check_lengths(a, width);
    check_sets(a);
    check_trees(a, width);
    std::vector<std::int32_t> tree_nodes = Reach(a, width).run();
    Forest forest{{},
                  copy(a.cover),
                  copy(a.value),
                  width,
                  copy(a.set_start),
                  copy(a.set_words),
                  copy(a.roots),
                  copy(a.tree_output),
                  std::move(tree_nodes),
                  copy(a.base),
                  static_cast<std::size_t>(a.n_features),
                  {},
                  {}};
    forest.nodes.reserve(a.feature.size());
    for (std::size_t i = 0; i < a.feature.size(); ++i) forest.nodes.push_back(pack_node(a, i));
    number_columns(forest);
    return forest;
}

void check_covers(const Forest& forest) {
    for (std::size_t i = 0; i < forest.nodes.size(); ++i)
        if (!(forest.cover[i] >= 0.0) || !std::isfinite(forest.cover[i]))
            fail("the cover of " + at(i) + " is " + std::to_string(forest.cover[i]));
    for (const std::int32_t root : forest.roots) {
        const Node& node = forest.nodes[static_cast<std::size_t>(root)];
        if (node.is_leaf()) continue;
        if (forest.cover[static_cast<std::size_t>(node.left)] + forest.cover[static_cast<std::size_t>(node.right)] <=
            0.0)
            fail("the tree at " + at(static_cast<std::size_t>(root)) + " records no training weight");
    }
}

double cover_ratio(const Forest& forest, const Node& split, bool right) {
    const double to_left = forest.cover[static_cast<std::size_t>(split.left)];
    const double to_right = forest.cover[static_cast<std::size_t>(split.right)];
    const double total = to_left + to_right;
    if (std::isinf(total)) return (right ? to_right : to_left) / 2 / (to_left / 2 + to_right / 2);
    return total > 0.0 ? (right ? to_right : to_left) / total : 0.5;
}

}  // namespace pellucid
