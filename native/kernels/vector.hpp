// Vectors as wide as the path's registers, and the choice between two of them by mask.
#pragma once

#include <cstdint>
#include <type_traits>

namespace pellucid::PELLUCID_PATH {

template <class Real>
struct Lanes {
    using Bits = std::conditional_t<sizeof(Real) == 4, std::int32_t, std::int64_t>;
    using V [[gnu::vector_size(PELLUCID_VECTOR_BYTES), gnu::may_alias]] = Real;
    using M [[gnu::vector_size(PELLUCID_VECTOR_BYTES), gnu::may_alias]] = Bits;
    static constexpr int count = PELLUCID_VECTOR_BYTES / sizeof(Real);
};

// mask is all ones or all zeros in each lane.
template <class Real>
inline typename Lanes<Real>::V choose(typename Lanes<Real>::M mask, typename Lanes<Real>::V yes,
                                      typename Lanes<Real>::V no) {
    using V = typename Lanes<Real>::V;
    using M = typename Lanes<Real>::M;
    return (V)((mask & (M)yes) | (~mask & (M)no));
}

template <class Real>
inline typename Lanes<Real>::V splat(Real x) {
    return x - typename Lanes<Real>::V{};
}

}  // namespace pellucid::PELLUCID_PATH
