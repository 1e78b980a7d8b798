// n nodes integrate t^d exactly for every d up to 2n - 1.
#include "legendre.hpp"

#include <cmath>

#include "check.hpp"

TEST(powers_are_integrated_exactly) {
    for (const int n : {1, 2, 3, 4, 7, 16, 33, 100, 250}) {
        const pellucid::Quadrature rule = pellucid::gauss_legendre(n);
        for (int d = 0; d < 2 * n; ++d) {
            double sum = 0.0;
            for (std::size_t q = 0; q < rule.t.size(); ++q) sum += rule.w[q] * std::pow(rule.t[q], d);
            CHECK(std::abs(sum * (d + 1) - 1.0) < 1e-11);
        }
    }
}
