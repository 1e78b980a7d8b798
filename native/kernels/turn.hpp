// Rows and columns of a square of registers exchanged.
#pragma once

#include "vector.hpp"

namespace pellucid::PELLUCID_PATH {

// v[i] holds row i before and column i after: bit by bit of their numbers.
template <class Real, int Half = 1>
inline void turn(typename Lanes<Real>::V* v) {
    constexpr int L = Lanes<Real>::count;
    if constexpr (Half < L) {
        typename Lanes<Real>::M low{}, high{};
        for (int j = 0; j < L; ++j) {
            low[j] = j & Half ? L + (j ^ Half) : j;
            high[j] = j & Half ? L + j : j ^ Half;
        }
        for (int i = 0; i < L; ++i) {
            if (i & Half) continue;
            const auto a = v[i], b = v[i + Half];
            v[i] = __builtin_shuffle(a, b, low);
            v[i + Half] = __builtin_shuffle(a, b, high);
        }
        turn<Real, 2 * Half>(v);
    }
}

}  // namespace pellucid::PELLUCID_PATH
