#include "pair_cohort.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include "kernels/pairs.hpp"

namespace pellucid {
namespace {

using Slots = std::vector<int>;

class RowPairs {
  public:
    explicit RowPairs(const CohortTask& task) : task_(task) {}

    void run(int row) {
        row_ = row;
        find(lacking_, [&](int w) { return full(w) & ~held(w); });
        double lost = 0.0;
        for (std::size_t d = 0; d < task_.cohort.count; ++d) {
            const std::uint64_t* pattern = task_.cohort.patterns + d * words();
            if (misses(pattern)) continue;
            find(alone_, [&](int w) { return held(w) & ~pattern[w]; });
            lost += add(task_.cohort.weights[d]);
        }
        for (std::size_t j = 0; j < lacking_.size(); ++j)
            for (std::size_t i = 0; i < j; ++i) value(lacking_[i], lacking_[j]) += lost;
    }

  private:
    int words() const { return task_.cohort.words; }
    std::uint64_t held(int w) const { return task_.row_patterns[static_cast<std::size_t>(w) * task_.rows + row_]; }

    std::uint64_t full(int w) const {
        const int left = task_.cohort.players - 64 * w;
        return left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
    }

    bool misses(const std::uint64_t* pattern) const {
        for (int w = 0; w < words(); ++w)
            if ((held(w) | pattern[w]) != full(w)) return true;
        return false;
    }

    template <class Word>
    void find(Slots& slots, const Word& word) const {
        slots.clear();
        for (int w = 0; w < words(); ++w)
            for (std::uint64_t bits = word(w); bits; bits &= bits - 1) slots.push_back(64 * w + std::countr_zero(bits));
    }

    double beta(std::size_t a, std::size_t c) const {
        return task_.beta[a * static_cast<std::size_t>(task_.beta_stride) + c];
    }

    double& value(int a, int b) const {
        const auto pair = static_cast<std::size_t>(pairs_of(std::max(a, b)) + std::min(a, b));
        return task_.values[pair * static_cast<std::size_t>(task_.rows) + static_cast<std::size_t>(row_)];
    }

    // One pattern; returns what each two of the lacking players gain, which is the same for all of them.
    double add(double weight) {
        const std::size_t a = alone_.size(), c = lacking_.size();
        const double both = a > 1 ? weight * beta(a - 1, c + 1) : 0.0, one = a > 0 && c > 0 ? weight * beta(a, c) : 0.0;
        for (std::size_t j = 0; j < a; ++j) {
            for (std::size_t i = 0; i < j; ++i) value(alone_[i], alone_[j]) += both;
            for (const int other : lacking_) value(alone_[j], other) -= one;
        }
        return c > 1 ? weight * beta(a + 1, c - 1) : 0.0;
    }

    const CohortTask& task_;
    int row_ = 0;
    Slots alone_, lacking_;
};

}  // namespace

void pair_cohort(const CohortTask& task) {
    const auto all = static_cast<std::size_t>(pairs_of(task.cohort.players));
    std::fill_n(task.values, all * static_cast<std::size_t>(task.rows), 0.0);
    RowPairs pairs(task);
    for (int row = 0; row < task.rows; ++row) pairs.run(row);
}

}  // namespace pellucid
