// Banzhaf values are means over all coalitions of predictions of rows put together, on every path, at any depth; and
// tables that were made for Shapley values do not pass for theirs.
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
    {4, 3, 5, 1, false, 0.9}, {5, 3, 6, 3, true, 0.9}, {10, 2, 12, 2, false, 0.9}, {14, 1, 16, 1, false, 0.85},
    {3, 2, 0, 1, false, 1.0},
};

// (players, outputs) of one row against one other.
std::vector<double> enumerated(const Forest& forest, const double* row, const double* other) {
    const std::size_t players = forest.n_features, outputs = forest.n_outputs();
    const std::size_t coalitions = std::size_t{1} << players;
    std::vector<double> values(players * outputs), mixed(coalitions * players), worth(coalitions * outputs);
    for (std::size_t s = 0; s < coalitions; ++s)
        for (std::size_t f = 0; f < players; ++f) mixed[s * players + f] = (s >> f & 1) ? row[f] : other[f];
    predict(forest, {mixed.data(), coalitions, players}, worth.data(), {2, {}});
    for (std::size_t s = 0; s < coalitions; ++s)
        for (std::size_t f = 0; f < players; ++f)
            for (std::size_t o = 0; o < outputs; ++o)
                values[f * outputs + o] += (s >> f & 1) ? worth[s * outputs + o] : -worth[s * outputs + o];
    for (double& value : values) value = std::ldexp(value, 1 - static_cast<int>(players));
    return values;
}

bool near(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
    for (std::size_t i = 0; i < a.size(); ++i)
        if (!(std::abs(a[i] - b[i]) <= tolerance)) return false;
    return true;
}

void try_forest(const Shape& shape, unsigned seed) {
    const auto forest = std::make_shared<const Forest>(pack(sample_arrays(shape, seed).view()));
    const auto width = static_cast<std::size_t>(shape.features);
    const auto row = sample_rows(1, shape.features, seed), other = sample_rows(1, shape.features, seed + 1);
    const Rows rows{row.data(), 1, width};
    const double weight = 0.7;
    const Run run{2, {}};
    Background background(forest, each_its_own(shape.features));
    background.add({other.data(), 1, width}, &weight, run);
    const std::vector<double> expected = enumerated(*forest, row.data(), other.data());
    for (const bool exact : {true, false})
        for (int again = 0; again < 2; ++again) {
            std::vector<double> values(expected.size()), shapley(expected.size());
            background.explain(rows, exact, values.data(), run, Semivalue::Banzhaf);
            CHECK(near(values, expected, exact ? 1e-12 : 1e-5));
            background.explain(rows, exact, shapley.data(), run);
        }
}

// A leaf of two players gives both kinds of values alike.
void try_pair(unsigned seed) {
    const auto forest = std::make_shared<const Forest>(pack(sample_arrays({2, 4, 6, 2, false, 0.9}, seed).view()));
    const auto data = sample_rows(40, 2, seed);
    const Rows rows{data.data(), 40, 2};
    std::vector<double> shapley(40 * 2 * 2), banzhaf(shapley.size());
    PathDependent(forest, each_its_own(2)).explain(rows, true, shapley.data(), {});
    PathDependent(forest, each_its_own(2), {}, Semivalue::Banzhaf).explain(rows, true, banzhaf.data(), {});
    CHECK(near(shapley, banzhaf, 1e-12));
}

}  // namespace

TEST(banzhaf_values_are_means_over_coalitions) {
    for (const Path& path : paths()) {
        if (!path.available) continue;
        CHECK(force_path(path.name));
        for (const Shape& shape : kShapes)
            for (const unsigned seed : {1u, 2u}) try_forest(shape, seed);
        for (const unsigned seed : {1u, 2u, 3u}) try_pair(seed);
    }
    CHECK(force_path(""));
}
