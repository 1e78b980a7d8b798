#include "deep_sets.hpp"

#include <algorithm>
#include <vector>

#include "kernels/pairs.hpp"

namespace pellucid {
namespace {

using Numbers = std::vector<double>;

bool bit(const std::uint64_t* words, std::size_t stride, int slot) {
    return (words[static_cast<std::size_t>(slot / 64) * stride] >> (slot % 64)) & 1;
}

// One row against one background after the other.
class RowSets {
  public:
    RowSets(const DeepSetsTask& task, const Stop& stop)
        : task_(task),
          stop_(stop),
          nodes_(task.rule->t.size()),
          held_(static_cast<std::size_t>(task.players)),
          share_(held_.size()),
          step_(held_.size()),
          factor_(held_.size() * nodes_),
          before_((held_.size() + 1) * nodes_),
          open_(static_cast<std::size_t>(task.order + 1) * nodes_) {}

    void run(int row) {
        row_ = row;
        for (int j = 0; j < task_.players; ++j)
            held_[static_cast<std::size_t>(j)] = bit(task_.row_patterns + row, static_cast<std::size_t>(task_.rows), j);
        if (task_.ratios) {
            std::copy_n(task_.ratios, share_.size(), share_.begin());
            add(1.0);
            return;
        }
        for (std::size_t d = 0; d < task_.count; ++d) {
            const std::uint64_t* pattern = task_.patterns + d * static_cast<std::size_t>(task_.words);
            for (int j = 0; j < task_.players; ++j) share_[static_cast<std::size_t>(j)] = bit(pattern, 1, j);
            add(task_.weights[d]);
        }
    }

  private:
    void add(double weight) {
        for (std::size_t j = 0; j < held_.size(); ++j) {
            if (held_[j] == 0.0 && share_[j] == 0.0) return;  // the leaf is out of reach with and without the player
            step_[j] = held_[j] - share_[j];
            for (std::size_t q = 0; q < nodes_; ++q)
                factor_[j * nodes_ + q] = task_.rule->t[q] * held_[j] + task_.rule->rest[q] * share_[j];
        }
        std::fill_n(before_.begin(), nodes_, 1.0);
        for (std::size_t i = 0; i < factor_.size(); ++i) before_[i + nodes_] = before_[i] * factor_[i];
        for (std::size_t q = 0; q < nodes_; ++q) open_[q] = weight * task_.rule->w[q];
        choose(task_.players, task_.order, 0);
    }

    // `wanted` more slots below `limit`; the products of what is known of the slots above are open.
    void choose(int limit, int wanted, int number) {
        double* open = open_.data() + static_cast<std::size_t>(task_.order - wanted) * nodes_;
        if (wanted == 0) return add_set(limit, number, open);
        for (int slot = limit - 1; slot >= wanted - 1; --slot) {
            const auto j = static_cast<std::size_t>(slot);
            if (wanted == task_.order) stop_.check();
            for (std::size_t q = 0; q < nodes_; ++q) open[nodes_ + q] = open[q] * step_[j];
            if (step_[j] != 0.0) choose(slot, wanted - 1, number + sets_of(slot, wanted));
            for (std::size_t q = 0; q < nodes_; ++q) open[q] *= factor_[j * nodes_ + q];
        }
    }

    void add_set(int limit, int number, const double* open) {
        const double* before = before_.data() + static_cast<std::size_t>(limit) * nodes_;
        double sum = 0.0;
        for (std::size_t q = 0; q < nodes_; ++q) sum += open[q] * before[q];
        task_.values[static_cast<std::size_t>(number) * static_cast<std::size_t>(task_.rows) +
                     static_cast<std::size_t>(row_)] += sum;
    }

    const DeepSetsTask& task_;
    const Stop& stop_;
    const std::size_t nodes_;
    int row_ = 0;
    Numbers held_, share_, step_, factor_;
    Numbers before_;  // by slot: the product of the factors of the slots before
    Numbers open_;    // by slots chosen
};

}  // namespace

void deep_sets(const DeepSetsTask& task, const Stop& stop) {
    const auto sets = static_cast<std::size_t>(sets_of(task.players, task.order));
    std::fill_n(task.values, sets * static_cast<std::size_t>(task.rows), 0.0);
    RowSets row_sets(task, stop);
    for (int row = 0; row < task.rows; ++row) row_sets.run(row);
}

}  // namespace pellucid
