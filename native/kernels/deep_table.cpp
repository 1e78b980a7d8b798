#include "deep_table.hpp"

#include "shares.hpp"
#include "vector.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

using V = Lanes<double>::V;
using M = Lanes<double>::M;
constexpr int kWidth = Lanes<double>::count;
constexpr int kLaneBits = kWidth == 8 ? 3 : kWidth == 4 ? 2 : 1;
constexpr int kClasses = 2;

// Row patterns of one register: which lanes hold a player of the lowest ones, and the same lanes without it.
struct LaneBit {
    M holds{}, without{};

    LaneBit() = default;
    explicit LaneBit(int player) {
        for (int i = 0; i < kWidth; ++i) {
            holds[i] = i >> player & 1 ? -1 : 0;
            without[i] = i & ~(1 << player);
        }
    }

    // v less v without the player where it is held, else 0.
    V gained(V v) const { return (V)(holds & (M)(v - __builtin_shuffle(v, without))); }
};

// U_a(s) of each class, rank a and row pattern s of the players above.
class Subsets {
  public:
    template <class Real>
    Subsets(const NarrowSet<Real>& set, double* scratch)
        : players_(set.players), size_(std::size_t{1} << set.players), sums_(scratch) {
        for (int c = 0; c < kClasses; ++c)
            for (int a = 0; a <= players_; ++a) used_[c][a] = false;
        std::size_t first = 0;
        for (int c = 0; c <= static_cast<int>(set.siblings); ++c) {
            for (std::size_t i = 0; i < size_ * static_cast<std::size_t>(players_ + 1); ++i) rank(c, 0)[i] = 0.0;
            for (std::size_t d = first; d < first + set.count[c]; ++d) {
                const int a = __builtin_popcount(set.lacking[d]);
                rank(c, a)[set.lacking[d]] += static_cast<double>(set.weights[d]);
                used_[c][a] = true;
            }
            for (int a = 0; a <= players_; ++a)
                if (used_[c][a]) add_up(rank(c, a));
            first = padded_patterns(set.count[0]);
        }
    }

    bool used(int pattern_class, int a) const { return used_[pattern_class][a]; }

    double* rank(int pattern_class, int a) const {
        return sums_ + static_cast<std::size_t>(pattern_class * (players_ + 1) + a) * size_;
    }

  private:
    // Every subset's number is added to that of each of its supersets.
    void add_up(double* u) const {
        for (int player = 0; player < players_; ++player) {
            const std::size_t half = std::size_t{1} << player;
            if (player < kLaneBits) {
                const LaneBit bit(player);
                for (std::size_t s = 0; s < size_; s += kWidth) {
                    V& v = *reinterpret_cast<V*>(u + s);
                    v += (V)(bit.holds & (M)__builtin_shuffle(v, bit.without));
                }
            } else {
                for (std::size_t s = half; s < size_; s += 2 * half)
                    for (std::size_t i = s; i < s + half; i += kWidth)
                        *reinterpret_cast<V*>(u + i) += *reinterpret_cast<const V*>(u + i - half);
            }
        }
    }

    int players_;
    std::size_t size_;
    double* sums_;
    bool used_[kClasses][kNarrowPlayers + 1];
};

// The shares of the row patterns of one register, by rank; their lanes lack different numbers of players.
struct LaneShares {
    V gain, loss, last;
};

template <class Real>
class DeepTable {
  public:
    explicit DeepTable(const DeepTableTask<Real>& task)
        : task_(task), players_(task.background.players), subsets_(task.background, task.scratch) {
        for (int player = 0; player < kLaneBits; ++player) bits_[player] = LaneBit(player);
    }

    // Row patterns of one side of the last split; a leaf by itself has one side.
    void side(bool holds) {
        list_ranks(holds);
        const std::size_t size = std::size_t{1} << players_;
        Real* numbers = task_.numbers + (task_.background.siblings && holds ? size * kNarrowPlayers : 0);
        for (std::size_t s = 0; s < size; s += kWidth) block(s, numbers + s * kNarrowPlayers);
    }

  private:
    // One class and rank that some pattern has.
    struct Rank {
        const double* u;
        bool part;
        LaneShares shares[kNarrowPlayers];  // by players held beyond the lanes'
    };

    void list_ranks(bool holds) {
        count_ = 0;
        for (int c = 0; c < kClasses; ++c)
            for (int a = 0; a <= players_; ++a) {
                if (!subsets_.used(c, a)) continue;
                Rank& rank = ranks_[count_++];
                rank.u = subsets_.rank(c, a);
                rank.part = parts_from(task_.background.siblings, holds, c);
                for (int beyond = 0; beyond <= players_ - kLaneBits; ++beyond)
                    rank.shares[beyond] = shares_of(holds, beyond, a, rank.part);
            }
    }

    LaneShares shares_of(bool holds, int beyond, int a, bool part) const {
        LaneShares all{};
        for (int i = 0; i < kWidth; ++i) {
            const Shares one = SharesOf(task_.game, holds, players_ - beyond - __builtin_popcount(i))(a, part);
            all.gain[i] = one.gain;
            all.loss[i] = one.loss;
            all.last[i] = one.last;
        }
        return all;
    }

    static V at(const double* u, std::size_t s) { return *reinterpret_cast<const V*>(u + s); }

    // numbers (kWidth, kNarrowPlayers) of row patterns s … s + kWidth - 1
    void block(std::size_t s, Real* numbers) const {
        const int beyond = __builtin_popcountll(s);
        V lost{}, last{}, of_player[kNarrowPlayers];
        for (int r = 0; r < count_; ++r) {
            lost += ranks_[r].shares[beyond].loss * at(ranks_[r].u, s);
            if (ranks_[r].part) last += ranks_[r].shares[beyond].last * at(ranks_[r].u, s);
        }
        for (int j = 0; j < kLaneBits; ++j) of_player[j] = choose<double>(bits_[j].holds, low(s, j, beyond), -lost);
        for (int j = kLaneBits; j < players_; ++j) of_player[j] = s >> j & 1 ? high(s, j, beyond) : -lost;
        of_player[players_] = last;
        store(of_player, players_ + task_.background.siblings, numbers);
    }

    V low(std::size_t s, int player, int beyond) const {
        V sum{};
        for (int r = 0; r < count_; ++r)
            sum += ranks_[r].shares[beyond].gain * bits_[player].gained(at(ranks_[r].u, s));
        return sum;
    }

    V high(std::size_t s, int player, int beyond) const {
        V sum{};
        const std::size_t without = s ^ (std::size_t{1} << player);
        for (int r = 0; r < count_; ++r)
            sum += ranks_[r].shares[beyond].gain * (at(ranks_[r].u, s) - at(ranks_[r].u, without));
        return sum;
    }

    static void store(const V* of_player, int players, Real* numbers) {
        for (int i = 0; i < kWidth; ++i, numbers += kNarrowPlayers) {
            for (int j = 0; j < players; ++j) numbers[j] = static_cast<Real>(of_player[j][i]);
            for (int j = players; j < kNarrowPlayers; ++j) numbers[j] = Real{0};
        }
    }

    const DeepTableTask<Real>& task_;
    const int players_;
    const Subsets subsets_;
    LaneBit bits_[kLaneBits];
    Rank ranks_[kClasses * (kNarrowPlayers + 1)];
    int count_ = 0;
};

}  // namespace

template <class Real>
void deep_table(const DeepTableTask<Real>& task) {
    DeepTable<Real> table(task);
    if (task.background.siblings) table.side(false);
    table.side(true);
}

template void deep_table(const DeepTableTask<float>&);
template void deep_table(const DeepTableTask<double>&);

}  // namespace pellucid::PELLUCID_PATH
