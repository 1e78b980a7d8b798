#include "deep_hits.hpp"

#include "meet.hpp"
#include "shares.hpp"
#include "vector.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

using V = Lanes<double>::V;
using M = Lanes<double>::M;
constexpr int kDoubles = Lanes<double>::count;

// A number for each of up to `Slots` players.
template <int Slots>
struct BySlot {
    static constexpr int kParts = Slots / kDoubles;
    V part[kParts] = {};

    static M has(unsigned players, int i) {
        M bit;
        for (int lane = 0; lane < kDoubles; ++lane) bit[lane] = 1ll << (kDoubles * i + lane);
        return ((M{} + static_cast<long long>(players)) & bit) != 0;
    }

    void add(unsigned players, double x) {
        for (int i = 0; i < kParts; ++i) {
#if PELLUCID_VECTOR_BYTES == 64
            part[i] = _mm512_mask_add_pd(part[i], static_cast<__mmask8>(players >> (kDoubles * i)), part[i],
                                         _mm512_set1_pd(x));
#else
            part[i] += (V)(has(players, i) & (M)splat(x));
#endif
        }
    }

    void add(double scale, const BySlot& other) {
        for (int i = 0; i < kParts; ++i) part[i] += splat(scale) * other.part[i];
    }

    // Those of `players`; the others are `rest`.
    void store(unsigned players, double rest, double* to) const {
        for (int i = 0; i < kParts; ++i)
            reinterpret_cast<V*>(to)[i] = choose<double>(has(players, i), part[i], splat(rest));
    }
};

// One row pattern of a leaf, or of two siblings. Background patterns that lack equally many players come together:
// their weights are added up first.
template <int Slots, class Real>
class NarrowRow {
  public:
    NarrowRow(const NarrowTask<Real>& task, std::uint16_t held)
        : set_(task.background),
          held_(held & full()),
          row_holds_(!set_.siblings || (held >> set_.players & 1)),
          lacking_(set_.players - __builtin_popcount(held_)),
          shares_(task.game, row_holds_, lacking_) {}

    bool run(Real* numbers) {
        add_class(0, 0);
        if (set_.siblings) add_class(1, padded_patterns(set_.count[0]));
        if (any_) store(numbers);
        return any_;
    }

  private:
    unsigned full() const { return (1u << set_.players) - 1; }

    void add_class(int pattern_class, std::size_t first) {
        const std::uint16_t* lacking = set_.lacking + first;
        const Real* weights = set_.weights + first;
        const bool part = parts_from(set_.siblings, row_holds_, pattern_class);
        BySlot<Slots> sums;
        double total = 0.0;
        int lack = -1;
        for_hits(lacking, set_.count[pattern_class], static_cast<std::uint16_t>(full() & ~held_),
                 set_.players - lacking_, [&](std::size_t d) {
                     const int a = __builtin_popcount(lacking[d]);
                     if (a != lack) {
                         if (lack >= 0) give(lack, part, sums, total);
                         sums = {};
                         total = 0.0;
                         lack = a;
                     }
                     const auto weight = static_cast<double>(weights[d]);
                     total += weight;
                     sums.add(lacking[d], weight);
                 });
        if (lack >= 0) give(lack, part, sums, total);
    }

    void give(int a, bool part, const BySlot<Slots>& sums, double total) {
        const Shares shares = shares_(a, part);
        numbers_.add(shares.gain, sums);
        lost_ += shares.loss * total;
        last_ += shares.last * total;
        any_ = true;
    }

    void store(Real* numbers) const {
        alignas(64) double values[kNarrowPlayers] = {};
        numbers_.store(held_, -lost_, values);
        for (int j = set_.players; j < Slots; ++j) values[j] = 0.0;
        if (set_.siblings) values[set_.players] = last_;
        for (int j = 0; j < kNarrowPlayers; ++j) numbers[j] = static_cast<Real>(values[j]);
    }

    const NarrowSet<Real>& set_;
    const unsigned held_;
    const bool row_holds_;
    const int lacking_;
    const SharesOf shares_;
    BySlot<Slots> numbers_;
    double lost_ = 0.0, last_ = 0.0;
    bool any_ = false;
};

template <int Slots, class Real>
void narrow_rows(const NarrowTask<Real>& task) {
    for (int i = 0; i < task.count; ++i)
        task.any[i] = NarrowRow<Slots, Real>(task, task.patterns[i])
                          .run(task.numbers + static_cast<std::size_t>(i) * kNarrowPlayers);
}

// All players of word w.
std::uint64_t full_word(int players, int w) {
    const int left = players - 64 * w;
    return left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
}

// Calls found(player) for every player in the words.
template <class Word, class Found>
void for_players(int words, const Word& word, const Found& found) {
    for (int w = 0; w < words; ++w)
        for (std::uint64_t bits = word(w); bits; bits &= bits - 1) found(64 * w + __builtin_ctzll(bits));
}

// One row pattern of any number of players.
template <class Real>
class WideRow {
  public:
    WideRow(const WideTask<Real>& task, int row) : set_(task.background), game_(task.game), values_(task.scratch) {
        for (int w = 0; w < set_.words; ++w) {
            missing_[w] = full_word(set_.players, w) &
                          ~task.patterns[static_cast<std::size_t>(w) * task.pattern_stride + static_cast<std::size_t>(row)];
            lacking_ += __builtin_popcountll(missing_[w]);
        }
    }

    bool run(Real* numbers) {
        const SharesOf shares_of(game_, true, lacking_);
        double lost = 0.0;
        bool any = false;
        for_hits(set_, missing_, [&](std::size_t d) {
            if (!any) clear();
            any = true;
            int a = 0;
            for (int w = 0; w < set_.words; ++w) a += __builtin_popcountll(alone(d, w));
            const Shares shares = shares_of(a, false);
            const auto weight = static_cast<double>(set_.weights[d]);
            lost += weight * shares.loss;
            const double gain = weight * shares.gain;
            for_players(set_.words, [&](int w) { return alone(d, w); }, [&](int j) { values_[j] += gain; });
        });
        if (!any) return false;
        for_players(set_.words, [&](int w) { return missing_[w]; }, [&](int j) { values_[j] = -lost; });
        for (int j = 0; j < set_.players; ++j) numbers[j] = static_cast<Real>(values_[j]);
        return true;
    }

  private:
    std::uint64_t alone(std::size_t d, int w) const {
        return set_.lacking[static_cast<std::size_t>(w) * set_.stride + d];
    }

    void clear() {
        for (int j = 0; j < set_.players; ++j) values_[j] = 0.0;
    }

    const WideSet<Real>& set_;
    const LeafGame& game_;
    double* values_;
    std::uint64_t missing_[kMostWords];
    int lacking_ = 0;
};

}  // namespace

template <class Real>
void narrow(const NarrowTask<Real>& task) {
    task.background.players <= 8 ? narrow_rows<8>(task) : narrow_rows<16>(task);
}

template <class Real>
void wide(const WideTask<Real>& task) {
    for (int i = 0; i < task.count; ++i)
        task.any[i] = WideRow<Real>(task, i).run(task.numbers + static_cast<std::size_t>(i) * task.width);
}

template void narrow(const NarrowTask<float>&);
template void narrow(const NarrowTask<double>&);
template void wide(const WideTask<float>&);
template void wide(const WideTask<double>&);

}  // namespace pellucid::PELLUCID_PATH
