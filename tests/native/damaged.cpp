// Forests with anything wrong anywhere: an error, or values of the right shape; the sanitizers watch every access.
#include <cmath>
#include <limits>

#include "all_sets.hpp"
#include "background.hpp"
#include "check.hpp"
#include "explain.hpp"
#include "path_dependent.hpp"
#include "sample_forests.hpp"

using namespace pellucid;

namespace {

constexpr std::size_t kRows = 5;
constexpr double kNumbers[] = {0.0, -0.0, -1.0, 1e308, -1e308, 5e-324, 1e39};
constexpr std::int64_t kWhole[] = {-2147483648LL, 2147483647LL, -5, -2, -1, 0, 1, 2, 3, 5, 9, 31, 40, 255};

class Damage {
  public:
    Damage(SampleArrays& arrays, unsigned seed) : a_(arrays), random_(seed) {}

    void hit() {
        switch (random_() % 15) {
            case 0: return put(a_.feature);
            case 1: return put(a_.left);
            case 2: return put(a_.right);
            case 3: return put(a_.roots);
            case 4: return put(a_.tree_output);
            case 5: return put(a_.decision);
            case 6: return put(a_.missing);
            case 7: return put(a_.set_start);
            case 8: return put(a_.set_words);
            case 9: return put(a_.threshold);
            case 10: return put(a_.cover);
            case 11: return put(a_.value);
            case 12: return put(a_.base);
            case 13: return cut();
            default: a_.n_features = whole();
        }
    }

  private:
    std::int64_t whole() { return kWhole[random_() % std::size(kWhole)]; }

    double number() {
        const double odd[] = {std::nan(""), HUGE_VAL, -HUGE_VAL};
        const std::size_t at = random_() % (std::size(kNumbers) + 3);
        return at < std::size(kNumbers) ? kNumbers[at] : odd[at - std::size(kNumbers)];
    }

    template <class T>
    void put(std::vector<T>& array) {
        if (array.empty()) return;
        T& at = array[random_() % array.size()];
        if constexpr (std::is_floating_point_v<T>) at = number();
        else at = static_cast<T>(whole());
    }

    template <class T>
    void cut(std::vector<T>& array) {
        array.resize(random_() % (array.size() + 1));
    }

    void cut() {
        switch (random_() % 5) {
            case 0: return cut(a_.cover);
            case 1: return cut(a_.value);
            case 2: return cut(a_.set_words);
            case 3: return cut(a_.tree_output);
            default: return cut(a_.base);
        }
    }

    SampleArrays& a_;
    std::mt19937_64 random_;
};

template <class Explainer>
void try_explainer(const Explainer& explainer, const Rows& rows) {
    const std::size_t outputs = explainer.forest().n_outputs(), players = explainer.players();
    std::vector<double> values(rows.count * players * outputs);
    for (const bool exact : {true, false}) explainer.explain(rows, exact, values.data(), {});
    for (const bool exact : {true, false})
        for (const int order : {2, 3}) AllSets(explainer, rows, order, exact, {});
    CHECK(explainer.base().size() == outputs);
}

// How many of the three ways in were refused.
int try_everything(const SampleArrays& arrays) {
    std::shared_ptr<const Forest> forest;
    try {
        forest = std::make_shared<const Forest>(pack(arrays.view()));
    } catch (const ForestError&) {
        return 3;
    }
    if (forest->n_features > 1000) return 0;  // sound, but too many columns for rows of a test
    const auto features = static_cast<int>(forest->n_features);
    const auto data = sample_rows(kRows, features, 1);
    const Rows rows{data.data(), kRows, forest->n_features};
    std::vector<double> predicted(kRows * forest->n_outputs());
    predict(*forest, rows, predicted.data(), {});
    int refused = 0;
    try {
        try_explainer(PathDependent(forest, each_its_own(features)), rows);
    } catch (const ForestError&) {
        ++refused;
    }
    try {
        Background background(forest, each_its_own(features));
        background.add(rows, std::vector<double>(kRows, 0.5).data(), {});
        try_explainer(background, rows);
    } catch (const ForestError&) {
        ++refused;
    }
    return refused;
}

}  // namespace

TEST(damaged_forests_are_refused_or_explained) {
    int refused = 0;
    constexpr int tries = 3000;
    for (int i = 0; i < tries; ++i) {
        const auto seed = static_cast<unsigned>(i);
        SampleArrays arrays = sample_arrays({i % 3 == 0 ? 20 : 3, 2, i % 3 == 0 ? 9 : 3, 2, i % 2 == 0, 0.7}, seed);
        Damage damage(arrays, seed);
        for (int hits = 1 + i % 3; hits > 0; --hits) damage.hit();
        refused += try_everything(arrays);
    }
    CHECK(refused > tries);
    CHECK(refused < 3 * tries);
}

TEST(forests_of_very_many_columns_take_no_memory_for_them) {
    SampleArrays arrays = sample_arrays({3, 2, 3, 1, false, 0.9}, 1);
    arrays.n_features = std::numeric_limits<std::int32_t>::max();
    arrays.feature[0] = std::numeric_limits<std::int32_t>::max() - 1;
    const Forest forest = pack(arrays.view());
    CHECK(forest.columns32.size() + forest.columns64.size() <= 8);
    arrays.n_features += 1;
    bool refused = false;
    try {
        pack(arrays.view());
    } catch (const ForestError&) {
        refused = true;
    }
    CHECK(refused);
}
