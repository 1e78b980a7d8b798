// Main effects and pairs add up to predictions on every path, for shallow, deep, vector, empty and one-leaf trees.
#include <cmath>

#include "all_sets.hpp"
#include "background.hpp"
#include "check.hpp"
#include "dispatch.hpp"
#include "explain.hpp"
#include "path_dependent.hpp"
#include "sample_forests.hpp"

using namespace pellucid;

namespace {

const Shape kShapes[] = {
    {4, 3, 5, 1, false, 0.9},   {8, 2, 8, 3, true, 0.95},   {11, 2, 10, 2, false, 0.9}, {20, 1, 17, 1, false, 0.75},
    {20, 1, 15, 11, true, 0.7}, {90, 1, 80, 1, false, 0.55}, {3, 2, 0, 1, false, 1.0},   {2, 0, 0, 1, false, 1.0},
};

template <class Explainer>
void check_adds_up(const Explainer& explainer, const Rows& rows, const std::vector<double>& predicted, int order,
                   bool exact, const Run& run) {
    const std::size_t outputs = explainer.forest().n_outputs(), players = explainer.players();
    const AllSets found(explainer, rows, order, exact, run);
    for (std::size_t r = 0; r < rows.count; ++r)
        for (std::size_t o = 0; o < outputs; ++o) {
            double sum = explainer.base()[o];
            for (const std::vector<double>& some : found.values)
                for (std::size_t i = 0, n = some.size() / rows.count; i < n; i += outputs) sum += some[r * n + i + o];
            for (std::size_t p = 0; p < players; ++p) sum += found.main[(r * players + p) * outputs + o];
            CHECK(std::abs(sum - predicted[r * outputs + o]) <= (exact ? 1e-10 : 1e-5));
        }
}

void try_forest(const Shape& shape, unsigned seed, std::size_t count, int order, bool exact) {
    const auto forest = std::make_shared<const Forest>(pack(sample_arrays(shape, seed).view()));
    const auto data = sample_rows(count, shape.features, seed), other = sample_rows(11, shape.features, seed + 1);
    const Rows rows{data.data(), count, static_cast<std::size_t>(shape.features)};
    const Run run{3, {}};
    std::vector<double> predicted(count * forest->n_outputs());
    predict(*forest, rows, predicted.data(), run);
    check_adds_up(PathDependent(forest, each_its_own(shape.features)), rows, predicted, order, exact, run);
    Background background(forest, each_its_own(shape.features));
    background.add({other.data(), 11, rows.width}, std::vector<double>(11, 0.7).data(), run);
    check_adds_up(background, rows, predicted, order, exact, run);
}

}  // namespace

TEST(interactions_add_up_on_every_path) {
    for (const Path& path : paths()) {
        if (!path.available) continue;
        CHECK(force_path(path.name));
        for (const Shape& shape : kShapes)
            for (const std::size_t count : {1u, 37u})
                for (const bool exact : {false, true}) try_forest(shape, 5, count, 2, exact);
    }
    CHECK(force_path(""));
}

TEST(larger_sets_add_up_on_every_path) {
    for (const Path& path : paths()) {
        if (!path.available) continue;
        CHECK(force_path(path.name));
        for (const Shape& shape : {Shape{8, 2, 8, 3, true, 0.95}, Shape{11, 2, 10, 2, false, 0.9}})
            for (const bool exact : {false, true}) try_forest(shape, 7, 21, 3, exact);
    }
    CHECK(force_path(""));
}
