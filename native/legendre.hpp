// Gauss–Legendre quadrature on [0, 1].
#pragma once

#include <vector>

namespace pellucid {

// n nodes t and weights w with Σ w f(t) = ∫₀¹ f exactly for polynomials of degree up to 2n - 1.
// Nodes ascend; `rest` holds 1 - t, computed without cancellation.
struct Quadrature {
    std::vector<double> t, rest, w;
};

Quadrature gauss_legendre(int n);

}  // namespace pellucid
