#include "cohort.hpp"

#include "route.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

// All players of word w.
std::uint64_t full_word(int players, int w) {
    const int left = players - 64 * w;
    return left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
}

struct RowCohort {
    const CohortTask& task;
    int row;

    std::uint64_t held(int w) const { return task.row_patterns[static_cast<std::size_t>(w) * task.rows + row]; }

    // Players that only the background pattern holds are those the row lacks, the same for every hit.
    int lacking() const {
        int count = task.cohort.players;
        for (int w = 0; w < task.cohort.words; ++w) count -= __builtin_popcountll(held(w));
        return count;
    }

    // The number of players that the row alone holds, or -1 where some player is held by neither.
    int alone(const std::uint64_t* pattern) const {
        int count = 0;
        for (int w = 0; w < task.cohort.words; ++w) {
            if ((held(w) | pattern[w]) != full_word(task.cohort.players, w)) return -1;
            count += __builtin_popcountll(held(w) & ~pattern[w]);
        }
        return count;
    }

    double& value(int player) const { return task.values[static_cast<std::size_t>(player) * task.rows + row]; }

    void add_alone(const std::uint64_t* pattern, double weight) const {
        for (int w = 0; w < task.cohort.words; ++w)
            for (std::uint64_t bits = held(w) & ~pattern[w]; bits; bits &= bits - 1)
                value(64 * w + __builtin_ctzll(bits)) += weight;
    }

    void run() const {
        const int c = lacking();
        double lost = 0.0;
        for (std::size_t d = 0; d < task.cohort.count; ++d) {
            const std::uint64_t* pattern = task.cohort.patterns + d * task.cohort.words;
            const int a = alone(pattern);
            if (a < 0) continue;
            if (c > 0) lost += task.cohort.weights[d] * task.beta[(a + 1) * task.beta_stride + c];
            if (a > 0) add_alone(pattern, task.cohort.weights[d] * task.beta[a * task.beta_stride + c + 1]);
        }
        for (int w = 0; w < task.cohort.words; ++w)
            for (std::uint64_t bits = full_word(task.cohort.players, w) & ~held(w); bits; bits &= bits - 1)
                value(64 * w + __builtin_ctzll(bits)) = -lost;
    }
};

}  // namespace

void split_patterns(const PatternTask& task, const WalkStep& step) {
    route(task.forest, step.node, task.block, task.first, task.rows, task.left);
    const std::size_t size = static_cast<std::size_t>(task.words) * task.rows;
    const std::uint64_t* in = task.patterns + static_cast<std::size_t>(step.in) * size;
    std::uint64_t* to_left = task.patterns + static_cast<std::size_t>(step.out) * size;
    std::uint64_t* to_right = to_left + size;
    for (std::size_t i = 0; i < size; ++i) to_left[i] = to_right[i] = in[i];
    const std::size_t word = static_cast<std::size_t>(step.slot / 64) * task.rows;
    const std::uint64_t bit = std::uint64_t{1} << (step.slot % 64);
    for (int r = 0; r < task.rows; ++r) {
        const bool left = task.left[r];
        if (step.fresh) (left ? to_left : to_right)[word + r] |= bit;
        else (left ? to_right : to_left)[word + r] &= ~bit;
    }
}

void cohort(const CohortTask& task) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(task.cohort.players) * task.rows; ++i) task.values[i] = 0.0;
    for (int r = 0; r < task.rows; ++r) RowCohort{task, r}.run();
}

}  // namespace pellucid::PELLUCID_PATH
