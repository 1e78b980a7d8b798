// Main effects and pairs add up to predictions on every path, for shallow, deep, vector, empty and one-leaf trees.
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
    {4, 3, 5, 1, false, 0.9},   {8, 2, 8, 3, true, 0.95},   {11, 2, 10, 2, false, 0.9}, {20, 1, 17, 1, false, 0.75},
    {20, 1, 15, 11, true, 0.7}, {90, 1, 80, 1, false, 0.55}, {3, 2, 0, 1, false, 1.0},   {2, 0, 0, 1, false, 1.0},
};

template <class Explainer>
void check_adds_up(const Explainer& explainer, const Rows& rows, const std::vector<double>& predicted, bool exact,
                   const Run& run) {
    const std::size_t outputs = explainer.forest().n_outputs(), players = explainer.players();
    const std::vector<PlayerPair>& pairs = explainer.pairs();
    std::vector<double> values(rows.count * pairs.size() * outputs), main(rows.count * players * outputs);
    explainer.interact(rows, exact, {values.data(), main.data()}, run);
    for (std::size_t r = 0; r < rows.count; ++r)
        for (std::size_t o = 0; o < outputs; ++o) {
            double sum = explainer.base()[o];
            for (std::size_t p = 0; p < pairs.size(); ++p) sum += values[(r * pairs.size() + p) * outputs + o];
            for (std::size_t p = 0; p < players; ++p) sum += main[(r * players + p) * outputs + o];
            CHECK(std::abs(sum - predicted[r * outputs + o]) <= (exact ? 1e-10 : 1e-5));
        }
}

void try_forest(const Shape& shape, unsigned seed, std::size_t count, bool exact) {
    const auto forest = std::make_shared<const Forest>(pack(sample_arrays(shape, seed).view()));
    const auto data = sample_rows(count, shape.features, seed), other = sample_rows(11, shape.features, seed + 1);
    const Rows rows{data.data(), count, static_cast<std::size_t>(shape.features)};
    const Run run{3, {}};
    std::vector<double> predicted(count * forest->n_outputs());
    predict(*forest, rows, predicted.data(), run);
    check_adds_up(PathDependent(forest, each_its_own(shape.features)), rows, predicted, exact, run);
    Background background(forest, each_its_own(shape.features));
    background.add({other.data(), 11, rows.width}, std::vector<double>(11, 0.7).data(), run);
    check_adds_up(background, rows, predicted, exact, run);
}

}  // namespace

TEST(interactions_add_up_on_every_path) {
    for (const Path& path : paths()) {
        if (!path.available) continue;
        CHECK(force_path(path.name));
        for (const Shape& shape : kShapes)
            for (const std::size_t count : {1u, 37u})
                for (const bool exact : {false, true}) try_forest(shape, 5, count, exact);
    }
    CHECK(force_path(""));
}
