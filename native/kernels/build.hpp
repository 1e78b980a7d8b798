#pragma once

#include "kernels.hpp"
#include "pairs.hpp"

namespace pellucid::PELLUCID_PATH {

// The one builder. A leaf of unit value, a row pattern s and a background pattern p play v(S) = Π_{j∈S} s_j Π_{j∉S}
// p_j, so
//
//   φ_i(s) = ∫₀¹ Σ_p H[p] (s_i - p_i) Π_{j≠i} g_t(s_j, p_j) dt,     g_t(s, p) = t s + (1 - t) p.
//
// With G = [[0, 1-t], [t, 1]] (row bit, background bit) and E_t = (⊗ G) H, the integrand for slot i is
//   -E_t(s) / (1-t)                                where s_i = 0,
//   (E_t(s) - E_t(s without i) / (1-t)) / t        where s_i = 1,
// a polynomial of degree k - 1 that ⌈k/2⌉ Gauss–Legendre nodes integrate exactly. values[i][s], in float64.
void build(const BuildTask& task);

// The same for sets of slots: their integrand takes the step from E_t to φ along each of their axes, and is a polynomial
// of degree k - order.
void build_sets(const PairBuildTask& task);

}  // namespace pellucid::PELLUCID_PATH
