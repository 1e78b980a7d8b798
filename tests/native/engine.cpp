// Values add up to predictions on every path, in both precisions, for shallow, deep, vector, empty and one-leaf trees.
#include <cmath>

#include "background.hpp"
#include "check.hpp"
#include "dispatch.hpp"
#include "explain.hpp"
#include "path_dependent.hpp"
#include "sample_forests.hpp"

using namespace pellucid;

namespace {

const Shape kShapes[] = {
    {4, 3, 5, 1, false, 0.9},   {5, 4, 6, 3, true, 0.9},     {9, 2, 9, 2, false, 0.95},
    {20, 1, 17, 1, false, 0.8}, {20, 1, 15, 11, true, 0.8},  {3, 2, 0, 1, false, 1.0},
    {2, 0, 0, 1, false, 1.0},   {90, 1, 80, 1, false, 0.55}, {1, 3, 4, 1, false, 1.0},
};

void check_adds_up(const Forest& forest, const std::vector<double>& values, const std::vector<double>& base,
                   const std::vector<double>& predicted, double tolerance) {
    if (predicted.empty()) return;
    const std::size_t outputs = forest.n_outputs(), rows = predicted.size() / outputs,
                      players = values.size() / predicted.size();
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t o = 0; o < outputs; ++o) {
            double sum = base[o];
            for (std::size_t p = 0; p < players; ++p) sum += values[(r * players + p) * outputs + o];
            CHECK(std::abs(sum - predicted[r * outputs + o]) <= tolerance * 10);
        }
}

void try_forest(const Shape& shape, unsigned seed, std::size_t count) {
    const auto forest = std::make_shared<const Forest>(pack(sample_arrays(shape, seed).view()));
    const auto data = sample_rows(count, shape.features, seed), other = sample_rows(37, shape.features, seed + 1);
    const Rows rows{data.data(), count, static_cast<std::size_t>(shape.features)};
    const std::vector<double> weights(37, 0.7);
    const Run run{3, {}};
    std::vector<double> predicted(count * forest->n_outputs());
    predict(*forest, rows, predicted.data(), run);
    const PathDependent by_cover(forest, each_its_own(shape.features));
    Background background(forest, each_its_own(shape.features)), rest(forest, each_its_own(shape.features));
    background.add({other.data(), 20, rows.width}, weights.data(), run);
    rest.add({other.data() + 20 * rows.width, 17, rows.width}, weights.data() + 20, run);
    background.merge(rest, run);
    for (const bool exact : {true, false}) {
        std::vector<double> values(count * static_cast<std::size_t>(shape.features) * forest->n_outputs());
        by_cover.explain(rows, exact, values.data(), run);
        check_adds_up(*forest, values, by_cover.base(), predicted, exact ? 1e-12 : 1e-5);
        std::fill(values.begin(), values.end(), 0.0);
        background.explain(rows, exact, values.data(), run);
        check_adds_up(*forest, values, background.base(), predicted, exact ? 1e-12 : 1e-5);
    }
}

}  // namespace

TEST(values_add_up_on_every_path) {
    for (const Path& path : paths()) {
        if (!path.available) {
            std::printf("  %s: %s\n", path.name.c_str(), path.reason.c_str());
            continue;
        }
        CHECK(force_path(path.name));
        unsigned seed = 0;
        for (const Shape& shape : kShapes)
            for (const std::size_t rows : {0u, 1u, 17u, 300u}) try_forest(shape, ++seed, rows);
    }
    force_path("");
}
