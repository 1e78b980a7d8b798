// The one layout of a forest that every kernel reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace pellucid {

// A forest that cannot be read; what() is one sentence for the user.
struct ForestError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// How a present value is tested. F32 tests read float(x), F64 tests read x.
enum class Test : std::uint8_t { LessF32, LessEqualF32, LessEqualF64, InSet, NotInSet };

// Which values are missing, as the caller says it.
enum class Missing : std::uint8_t { Nan, NanIsZero, Zero };

constexpr float kZeroThreshold = 1e-35f;  // |x| up to here is zero where zero is missing
constexpr std::int32_t kNoNode = -1;

// One node. Nodes whose NaN is read as zero carry that answer in default_left, so that NaN is the one missing value.
struct Node {
    double threshold;      // of an F32 test: rounded to float so that the comparison in float gives the same answer
    std::int32_t feature;  // column of the caller's rows, -1 at a leaf
    std::int32_t column;   // column of the block: a float column for F32 tests, else a double column
    std::int32_t left;     // absolute
    std::int32_t right;
    Test test;
    bool zero_is_missing;
    bool default_left;

    bool is_leaf() const { return feature < 0; }
};

// The caller's arrays, as in pellucid.core.forest.Forest.
struct ForestArrays {
    std::span<const std::int32_t> feature;
    std::span<const double> threshold;
    std::span<const std::int32_t> left, right;
    std::span<const std::uint8_t> decision, missing;
    std::span<const bool> default_left;
    std::span<const double> cover;
    std::span<const double> value;
    std::span<const std::int64_t> set_start;
    std::span<const std::uint32_t> set_words;
    std::span<const std::int32_t> roots, tree_output;
    std::span<const double> base;
    std::int64_t n_features;
};

// What a kernel needs of a forest, as bare pointers.
struct ForestView {
    const Node* nodes;
    const double* value;
    std::size_t width;
    const std::int64_t* set_start;
    const std::uint32_t* set_words;
};

struct Forest {
    std::vector<Node> nodes;
    std::vector<double> cover;
    std::vector<double> value;  // (nodes, width)
    std::size_t width;
    std::vector<std::int64_t> set_start;
    std::vector<std::uint32_t> set_words;
    std::vector<std::int32_t> roots;
    std::vector<std::int32_t> tree_output;  // -1: the leaves hold one number an output
    std::vector<std::int32_t> tree_nodes;   // how many nodes each tree has
    std::vector<double> base;
    std::size_t n_features;
    std::vector<std::int32_t> columns32;  // features that a block holds as float
    std::vector<std::int32_t> columns64;  // features that a block holds as double

    std::size_t n_trees() const { return roots.size(); }
    std::size_t n_outputs() const { return base.size(); }
    bool is_vector(std::size_t tree) const { return tree_output[tree] < 0; }
    ForestView view() const { return {nodes.data(), value.data(), width, set_start.data(), set_words.data()}; }
};

// Checks the arrays and packs them. Throws ForestError.
Forest pack(const ForestArrays& arrays);

// Throws ForestError unless every split's covers can weigh its children.
void check_covers(const Forest& forest);

// Share of a split's weight that goes to one side: cover(side) / (cover(left) + cover(right)); a half where none
// reached it.
double cover_ratio(const Forest& forest, const Node& split, bool right);

}  // namespace pellucid
