// Forests to try the engine on.
#pragma once

#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include "forest.hpp"
#include "paths.hpp"

struct SampleArrays {
    std::vector<std::int32_t> feature, left, right, roots, tree_output;
    std::vector<double> threshold, cover, value, base;
    std::vector<std::uint8_t> decision, missing;
    std::unique_ptr<bool[]> default_left;
    std::vector<std::int64_t> set_start{0};
    std::vector<std::uint32_t> set_words;
    std::int64_t n_features = 0;

    pellucid::ForestArrays view() const {
        return {feature,   threshold, left,      right,     decision, missing,     {default_left.get(), feature.size()},
                cover,     value,     set_start, set_words, roots,    tree_output, base,
                n_features};
    }
};

struct Shape {
    int features, trees, depth, outputs;
    bool vector_leaves;
    double grow;  // chance that a node above the depth is split
};

inline std::int32_t add_node(SampleArrays& a, const Shape& shape, int level, std::mt19937_64& random) {
    const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    const auto uniform = [&] { return static_cast<double>(random() >> 11) / 9007199254740992.0; };
    const auto here = static_cast<std::int32_t>(a.feature.size());
    const bool split = level < shape.depth && uniform() < shape.grow;
    a.feature.push_back(split ? pick(shape.features) : -1);
    a.threshold.push_back(2 * uniform() - 1);
    a.decision.push_back(static_cast<std::uint8_t>(pick(5)));
    a.missing.push_back(static_cast<std::uint8_t>(pick(3)));
    a.cover.push_back(0.1 + uniform());
    for (int o = 0; o < (shape.vector_leaves ? shape.outputs : 1); ++o) a.value.push_back(2 * uniform() - 1);
    for (int w = pick(3); w > 0; --w) a.set_words.push_back(static_cast<std::uint32_t>(random()));
    a.set_start.push_back(static_cast<std::int64_t>(a.set_words.size()));
    a.left.push_back(-1);
    a.right.push_back(-1);
    if (!split) return here;
    a.left[static_cast<std::size_t>(here)] = add_node(a, shape, level + 1, random);
    a.right[static_cast<std::size_t>(here)] = add_node(a, shape, level + 1, random);
    return here;
}

inline SampleArrays sample_arrays(const Shape& shape, unsigned seed) {
    std::mt19937_64 random(seed);
    SampleArrays a;
    a.n_features = shape.features;
    a.base.assign(static_cast<std::size_t>(shape.outputs), 0.5);
    for (int t = 0; t < shape.trees; ++t) {
        a.roots.push_back(add_node(a, shape, 0, random));
        a.tree_output.push_back(shape.vector_leaves ? -1 : t % shape.outputs);
    }
    a.default_left = std::make_unique<bool[]>(a.feature.size());
    for (std::size_t i = 0; i < a.feature.size(); ++i) a.default_left[i] = random() % 2;
    return a;
}

inline std::vector<double> sample_rows(std::size_t count, int features, unsigned seed) {
    std::mt19937_64 random(seed);
    const double odd[] = {0.0, -0.0, 1.0, 40.0, -3.0, 1e300, -1e300, HUGE_VAL, -HUGE_VAL, std::nan("")};
    std::vector<double> rows(count * static_cast<std::size_t>(features));
    for (double& x : rows) x = random() % 3 ? static_cast<double>(random() % 2000) / 1000.0 - 1.0 : odd[random() % 10];
    return rows;
}

inline pellucid::Players each_its_own(int features) {
    pellucid::Players players{std::vector<std::int32_t>(static_cast<std::size_t>(features)),
                              static_cast<std::size_t>(features)};
    for (int f = 0; f < features; ++f) players.of_feature[static_cast<std::size_t>(f)] = f;
    return players;
}
