// Curves are mean predictions of changed rows, on every path, for shallow, deep, vector, empty and one-leaf trees.
#include "effects.hpp"

#include <cmath>
#include <limits>

#include "check.hpp"
#include "dispatch.hpp"
#include "effects_rows.hpp"
#include "explain.hpp"
#include "sample_forests.hpp"
#include "thresholds.hpp"

using namespace pellucid;

namespace {

const Shape kShapes[] = {
    {4, 3, 5, 1, false, 0.9},   {5, 4, 6, 3, true, 0.9},     {9, 2, 9, 2, false, 0.95},
    {20, 1, 17, 1, false, 0.8}, {20, 1, 15, 11, true, 0.8},  {3, 2, 0, 1, false, 1.0},
    {2, 0, 0, 1, false, 1.0},   {90, 1, 80, 1, false, 0.55}, {1, 3, 4, 1, false, 1.0},
};

std::vector<double> mean_of(const Forest& forest, std::vector<double> rows, std::size_t features, std::size_t feature,
                            double value) {
    const std::size_t count = rows.size() / features, outputs = forest.n_outputs();
    for (std::size_t r = 0; r < count; ++r) rows[r * features + feature] = value;
    std::vector<double> predicted(count * outputs), mean(outputs, 0.0);
    predict(forest, {rows.data(), count, features}, predicted.data(), {});
    for (std::size_t k = 0; k < predicted.size(); ++k)
        mean[k % outputs] += predicted[k] / static_cast<double>(count);
    return mean;
}

void try_forest(const Shape& shape, unsigned seed, std::size_t count) {
    const auto forest = std::make_shared<const Forest>(pack(sample_arrays(shape, seed).view()));
    const auto features = static_cast<std::size_t>(shape.features);
    const auto data = sample_rows(count, shape.features, seed);
    const Run run{3, {}};
    for (const int most : {1, 2}) {
        Effects effects(forest, each_its_own(shape.features), most);
        effects.add({data.data(), count, features, 1}, nullptr, run);
        std::vector<double> points = thresholds(*forest, 0);
        points.push_back(std::numeric_limits<double>::infinity());
        points.push_back(std::nan(""));
        const Domain domain{0, points.data(), points.size(), true};
        std::vector<double> curve(points.size() * forest->n_outputs());
        effects.curves({domain}, curve.data(), run);
        for (std::size_t p = 0; p < points.size(); p += 1 + points.size() / 5) {
            const std::vector<double> mean = mean_of(*forest, data, features, 0, points[p]);
            for (std::size_t o = 0; o < mean.size(); ++o)
                CHECK(std::abs(curve[p * mean.size() + o] - mean[o]) < 1e-9);
        }
        if (most < 2 || shape.features < 2) continue;
        const Domain other{1, points.data(), points.size(), true};
        std::vector<double> joint(points.size() * points.size() * forest->n_outputs());
        effects.joint({domain, other}, {{1, 0}}, joint.data(), run);
        std::vector<double> rows(3 * points.size() * forest->n_outputs());
        individual(*forest, each_its_own(shape.features), domain, {data.data(), 3, features, 1}, rows.data(), run);
    }
}

}  // namespace

TEST(curves_are_mean_predictions) {
    for (const Path& path : paths()) {
        if (!path.available) continue;
        CHECK(force_path(path.name));
        unsigned seed = 0;
        for (const Shape& shape : kShapes)
            for (const std::size_t rows : {3u, 17u, 2100u}) try_forest(shape, ++seed, rows);
    }
    force_path("");
}
