// Look-ups of row patterns in tables that stay in registers while rows pass by.
#pragma once

#include <utility>

#include "kernels.hpp"
#include "vector.hpp"

namespace pellucid::PELLUCID_PATH {

// Whether the path can look a register's lanes up in other registers faster than in memory.
template <class Real>
constexpr bool kPermutes = PELLUCID_VECTOR_BYTES == 64 || (PELLUCID_VECTOR_BYTES == 32 && sizeof(Real) == 4);

template <class Real>
inline typename Lanes<Real>::M load_patterns(const std::uint16_t* pattern) {
    using P [[gnu::vector_size(Lanes<Real>::count * sizeof(std::uint16_t)), gnu::aligned(2), gnu::may_alias]] =
        std::uint16_t;
    return __builtin_convertvector(*reinterpret_cast<const P*>(pattern), typename Lanes<Real>::M);
}

// One slot's numbers, by pattern of `Bits` bits.
template <class Real, int Bits>
class Table {
    using V = typename Lanes<Real>::V;
    using M = typename Lanes<Real>::M;
    static constexpr int L = Lanes<Real>::count;
    static constexpr int kParts = (1 << Bits) <= L ? 1 : (1 << Bits) / L;
    static constexpr bool kTwoSources = PELLUCID_VECTOR_BYTES == 64;  // one instruction reads two registers

  public:
    static constexpr bool kInRegisters = kPermutes<Real> && kParts <= 8;
    static constexpr int kRegisters = kInRegisters ? kParts : 1;

    explicit Table(const Real* numbers) : Table(numbers, std::make_integer_sequence<int, kRegisters>{}) {}

    V operator()(M pattern) const {
        if constexpr (kInRegisters) return pick<0, kParts>(pattern);
        V found;
        for (int i = 0; i < L; ++i) found[i] = numbers_[pattern[i]];
        return found;
    }

  private:
    // Part by part rather than in a loop: only so do compilers keep the parts in registers.
    template <int... Part>
    Table(const Real* numbers, std::integer_sequence<int, Part...>)
        : numbers_(numbers), part_{(kInRegisters ? reinterpret_cast<const V*>(numbers)[Part] : V{})...} {}

    template <int From, int Count>
    V pick(M pattern) const {
        if constexpr (Count == 1) return __builtin_shuffle(part_[From], pattern);
        else if constexpr (Count == 2 && kTwoSources) return __builtin_shuffle(part_[From], part_[From + 1], pattern);
        else {
            const V low = pick<From, Count / 2>(pattern), high = pick<From + Count / 2, Count / 2>(pattern);
            return (pattern & (Count / 2 * L)) != 0 ? high : low;
        }
    }

    const Real* numbers_;
    V part_[kRegisters];
};

// The slots of one leaf (or merged pair), or of two that are added up first.
template <class Real, int Leaves>
struct Leaf {
    const Real* table[Leaves];
    const std::uint16_t* pattern[Leaves];
};

// to[j][r] += number of slot j for the pattern of row r, for `Slots` slots at once.
template <class Real, int Bits, int Leaves, int Slots>
inline void add_slots(const Leaf<Real, Leaves>& leaf, int first, int rows, Real* const* to) {
    using V = typename Lanes<Real>::V;
    constexpr auto stride = slot_numbers(Bits);
    const auto add = [&]<int... J>(std::integer_sequence<int, J...>) {
        const Table<Real, Bits> one[] = {Table<Real, Bits>(leaf.table[0] + (first + J) * stride)...};
        const Table<Real, Bits> two[] = {Table<Real, Bits>(leaf.table[Leaves - 1] + (first + J) * stride)...};
        for (int r = 0; r < rows; r += Lanes<Real>::count) {
            const auto p = load_patterns<Real>(leaf.pattern[0] + r);
            if constexpr (Leaves == 1) {
                ((*reinterpret_cast<V*>(to[J] + r) += one[J](p)), ...);
            } else {
                const auto q = load_patterns<Real>(leaf.pattern[1] + r);
                ((*reinterpret_cast<V*>(to[J] + r) += one[J](p) + two[J](q)), ...);
            }
        }
    };
    add(std::make_integer_sequence<int, Slots>{});
}

// The same for slots first … last - 1, as many at a time as the registers hold.
template <class Real, int Bits, int Leaves>
inline void add_lookups(const Leaf<Real, Leaves>& leaf, int first, int last, int rows, Real* const* to) {
    constexpr int room = (PELLUCID_VECTOR_BYTES == 64 ? 24 : 10) / (Leaves * Table<Real, Bits>::kRegisters);
    const auto step = [&]<int N>(std::integral_constant<int, N>) {
        if constexpr (N <= room || N == 1)
            for (; first + N <= last; first += N) add_slots<Real, Bits, Leaves, N>(leaf, first, rows, to + first);
    };
    step(std::integral_constant<int, 6>{});
    step(std::integral_constant<int, 4>{});
    step(std::integral_constant<int, 3>{});
    step(std::integral_constant<int, 2>{});
    step(std::integral_constant<int, 1>{});
}

}  // namespace pellucid::PELLUCID_PATH
