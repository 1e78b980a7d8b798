// Answers to every coalition are predictions of rows put together, on every path, for all kinds of trees.
#include "coalitions.hpp"

#include <cmath>

#include "check.hpp"
#include "dispatch.hpp"
#include "explain.hpp"
#include "sample_forests.hpp"

using namespace pellucid;

namespace {

const Shape kShapes[] = {
    {4, 3, 5, 1, false, 0.9}, {8, 2, 8, 3, true, 0.95}, {9, 2, 14, 2, false, 0.8},
    {3, 2, 0, 1, false, 1.0}, {2, 0, 0, 1, false, 1.0},
};

void try_forest(const Shape& shape, unsigned seed) {
    const Forest forest = pack(sample_arrays(shape, seed).view());
    const auto width = static_cast<std::size_t>(shape.features), outputs = forest.n_outputs();
    const auto row = sample_rows(2, shape.features, seed), other = sample_rows(3, shape.features, seed + 1);
    const std::size_t coalitions = std::size_t{1} << shape.features;
    std::vector<double> answers(6 * outputs * coalitions), mixed(width), expected(outputs);
    predict_coalitions(forest, each_its_own(shape.features).of_feature, shape.features, {row.data(), 2, width},
                       {other.data(), 3, width}, answers.data(), {3, {}});
    for (std::size_t pair = 0; pair < 6; ++pair)
        for (std::size_t s = 0; s < coalitions; ++s) {
            for (std::size_t f = 0; f < width; ++f)
                mixed[f] = (s >> f & 1) ? row[pair / 3 * width + f] : other[pair % 3 * width + f];
            predict(forest, {mixed.data(), 1, width}, expected.data(), {});
            for (std::size_t o = 0; o < outputs; ++o)
                CHECK(std::abs(answers[(pair * outputs + o) * coalitions + s] - expected[o]) <= 1e-12);
        }
}

}  // namespace

TEST(coalitions_answer_like_rows_put_together) {
    for (const Path& path : paths()) {
        if (!path.available) continue;
        CHECK(force_path(path.name));
        for (const Shape& shape : kShapes)
            for (const unsigned seed : {1u, 2u, 3u}) try_forest(shape, seed);
    }
    CHECK(force_path(""));
}

TEST(players_that_do_not_fit_are_refused) {
    const Forest forest = pack(sample_arrays({3, 2, 4, 1, false, 1.0}, 1).view());
    const std::vector<double> row(3, 0.0);
    double out[16];
    for (const std::vector<std::int32_t>& players : {std::vector<std::int32_t>{0, 1, 5}, {0, -1, 1}, {0, 1}}) {
        bool refused = false;
        try {
            predict_coalitions(forest, players, 3, {row.data(), 1, 3}, {row.data(), 1, 3}, out, {});
        } catch (const ForestError&) {
            refused = true;
        }
        CHECK(refused);
    }
}
