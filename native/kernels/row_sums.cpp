#include "row_sums.hpp"

#include "vector.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

constexpr int kAhead = 16;  // entries

template <class Real>
constexpr int kSources = kNarrowPlayers / Lanes<Real>::count;  // registers that an entry takes

// Where the numbers of an entry go among those of a row: which registers of the row, and for each of its lanes which
// number, or none.
template <class Real>
class Places {
    using V = typename Lanes<Real>::V;
    using M = typename Lanes<Real>::M;
    static constexpr int L = Lanes<Real>::count;

  public:
    explicit Places(const RowSumTask<Real>& task) {
        for (int j = 0; j < task.n_players; ++j) put(task.players[j] / L, task.players[j] % L, j);
    }

    int count() const { return count_; }

    template <int Parts>
    void add(const RowSumTask<Real>& task) const {
        const V scale = splat(task.scale);
        M number[Parts], used[Parts];
        int at[Parts];
        for (int p = 0; p < Parts; ++p) {
            number[p] = number_[p];
            used[p] = used_[p];
            at[p] = part_[p] * L;
        }
        const std::int32_t *rows = task.rows, *entries = task.entries;
        const auto width = static_cast<std::size_t>(task.acc_width);
        const int count = task.count, last = count - 1;
        for (int i = 0; i < count; ++i) {
            __builtin_prefetch(entry(task, entries[i + kAhead < last ? i + kAhead : last]));
            const V* from = reinterpret_cast<const V*>(entry(task, entries[i]));
            Real* to = task.acc + static_cast<std::size_t>(rows[i]) * width;
            const V first = scale * from[0], second = kSources<Real> == 1 ? V{} : scale * from[kSources<Real> - 1];
            for (int p = 0; p < Parts; ++p)
                *reinterpret_cast<V*>(to + at[p]) += (V)(used[p] & (M)__builtin_shuffle(first, second, number[p]));
        }
    }

  private:
    static const Real* entry(const RowSumTask<Real>& task, std::int32_t number) {
        return task.numbers + static_cast<std::size_t>(number) * kNarrowPlayers;
    }

    void put(int part, int lane, int number) {
        int p = 0;
        while (p < count_ && part_[p] != part) ++p;
        if (p == count_) {
            part_[count_++] = part;
            number_[p] = used_[p] = M{};
        }
        number_[p][lane] = number;
        used_[p][lane] = -1;
    }

    int part_[kNarrowPlayers];
    M number_[kNarrowPlayers], used_[kNarrowPlayers];
    int count_ = 0;
};

template <class Real>
void add_one_by_one(const RowSumTask<Real>& task) {
    for (int i = 0; i < task.count; ++i) {
        const Real* from = task.numbers + static_cast<std::size_t>(task.entries[i]) * task.width;
        Real* to = task.acc + static_cast<std::size_t>(task.rows[i]) * static_cast<std::size_t>(task.acc_width);
        for (int j = 0; j < task.n_players; ++j) to[task.players[j]] += task.scale * from[j];
    }
}

}  // namespace

template <class Real>
void row_sums(const RowSumTask<Real>& task) {
    if constexpr (kSources<Real> <= 2) {
        if (task.width == kNarrowPlayers) {
            const Places<Real> places(task);
            switch (places.count()) {
                case 1: return places.template add<1>(task);
                case 2: return places.template add<2>(task);
                case 3: return places.template add<3>(task);
                case 4: return places.template add<4>(task);
                default: break;
            }
        }
    }
    add_one_by_one(task);
}

template void row_sums(const RowSumTask<float>&);
template void row_sums(const RowSumTask<double>&);

}  // namespace pellucid::PELLUCID_PATH
