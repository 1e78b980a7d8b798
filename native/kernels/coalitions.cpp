#include "coalitions.hpp"

#include "route.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

constexpr int kMostOpen = 32;  // nodes waiting: one for each player met on the way

using Players = std::uint32_t;

// A node, the players whose splits led the row there, and those whose splits led the background row there.
struct Open {
    std::int32_t node;
    Players row, other;
};

class Pair {
  public:
    explicit Pair(const CoalitionTask& task) : task_(task), all_((Players{1} << task.players) - 1) {}

    void tree(std::int32_t root, std::int32_t output) {
        size_ = 0;
        open_[size_++] = {root, 0, 0};
        while (size_ > 0) leaf(down(open_[--size_]), output);
    }

  private:
    // To a leaf, with the other side of each split on which the two rows part left open.
    Open down(Open at) {
        while (!task_.forest.nodes[at.node].is_leaf()) {
            const Node& split = task_.forest.nodes[at.node];
            const Players player = Players{1} << task_.player_of_feature[split.feature];
            const double* from = (at.other & player) ? task_.other : task_.row;
            const bool left = goes_left(task_.forest, at.node, from[split.feature]);
            if (!((at.row | at.other) & player)) {
                const bool other = goes_left(task_.forest, at.node, task_.other[split.feature]);
                if (other != left) {
                    open_[size_++] = {other ? split.left : split.right, at.row, at.other | player};
                    at.row |= player;
                }
            }
            at.node = left ? split.left : split.right;
        }
        return at;
    }

    void leaf(const Open& at, std::int32_t output) {
        const double* value = task_.forest.value + static_cast<std::size_t>(at.node) * task_.forest.width;
        if (output >= 0) return add(at, value[0], static_cast<std::size_t>(output));
        for (std::size_t o = 0; o < task_.n_outputs; ++o) add(at, value[o], o);
    }

    void add(const Open& at, double value, std::size_t output) {
        const std::size_t place = output << task_.players;
        const Players free = all_ & ~(at.row | at.other);
        if (__builtin_popcount(at.other) > __builtin_popcount(free)) {
            double* to = task_.direct + place + at.row;
            for (Players c = free;; c = (c - 1) & free) {
                to[c] += value;
                if (c == 0) return;
            }
        }
        double* to = task_.out + place + at.row;
        for (Players c = at.other;; c = (c - 1) & at.other) {
            to[c] += __builtin_popcount(c) % 2 ? -value : value;
            if (c == 0) return;
        }
    }

    const CoalitionTask& task_;
    const Players all_;
    Open open_[kMostOpen];
    int size_ = 0;
};

// Eight neighbours at once: the first three players.
void sum_eights(double* out, std::size_t size) {
    for (double* a = out; a < out + size; a += 8) {
        a[1] += a[0], a[3] += a[2], a[5] += a[4], a[7] += a[6];
        a[2] += a[0], a[3] += a[1], a[6] += a[4], a[7] += a[5];
        a[4] += a[0], a[5] += a[1], a[6] += a[2], a[7] += a[3];
    }
}

// out[S] = Σ over C ⊆ S of out[C]
void sum_subsets(double* out, std::size_t size) {
    if (size >= 8) sum_eights(out, size);
    for (std::size_t half = size >= 8 ? 8 : 1; half < size; half *= 2) {
        for (std::size_t block = 0; block < size; block += 2 * half) {
            const double* __restrict without = out + block;
            double* __restrict with = out + block + half;
            for (std::size_t i = 0; i < half; ++i) with[i] += without[i];
        }
    }
}

}  // namespace

void coalition_leaves(const CoalitionTask& task, std::size_t first_tree, std::size_t last_tree) {
    Pair pair(task);
    for (std::size_t t = first_tree; t < last_tree; ++t) pair.tree(task.roots[t], task.tree_output[t]);
}

void coalition_sums(const CoalitionTask& task) {
    const std::size_t size = std::size_t{1} << task.players;
    for (std::size_t o = 0; o < task.n_outputs; ++o) {
        double* out = task.out + o * size;
        double* direct = task.direct + o * size;
        sum_subsets(out, size);
        for (std::size_t i = 0; i < size; ++i) {
            out[i] += direct[i] + task.base[o];
            direct[i] = 0.0;
        }
    }
}

}  // namespace pellucid::PELLUCID_PATH
