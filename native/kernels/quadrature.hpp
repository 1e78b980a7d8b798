#pragma once

#include "kernels.hpp"

namespace pellucid::PELLUCID_PATH {

// Path-dependent Shapley values of a tree's deep leaves, by quadrature over all rows of a batch at once.
//
// A leaf of value v whose players have bits b and cover ratios r gives player i
//   v (b_i - r_i) ∫₀¹ Π_{j≠i} (t b_j + (1-t) r_j) dt,
// a polynomial of degree k - 1. Going down, every node carries Π_j (t b_j + (1-t) r_j) at each quadrature node t: an
// edge multiplies it by one of two or three constants that the row's bits choose. Going up, these products, times the
// leaves' values, are summed; an edge gives its player (b_i - r_i) / (t b_i + (1-t) r_i) times the sum below it, again
// a constant (that of a lost player is -1 / (1-t), whatever r_i: nothing is divided at run time, and r_i = 0 is no
// special case). Where a player is split again, the edge adds the difference between its new constant and the one
// above.
template <class Real>
void quadrature(const QuadTask<Real>& task);

}  // namespace pellucid::PELLUCID_PATH
