#include "legendre.hpp"

#include <cmath>
#include <numbers>

namespace pellucid {
namespace {

struct Legendre {
    double value, derivative;
};

// P_n and its derivative at x = cos(angle), -1 < x < 1, by the three-term recurrence.
Legendre legendre(int n, double x) {
    double before = 1.0, now = x;
    for (int j = 2; j <= n; ++j) {
        const double next = ((2.0 * j - 1.0) * x * now - (j - 1.0) * before) / j;
        before = now;
        now = next;
    }
    return {now, n * (before - x * now) / ((1.0 - x) * (1.0 + x))};
}

double root(int n, int i) {
    double x = std::cos(std::numbers::pi * (i + 0.75) / (n + 0.5));
    for (int step = 0; step < 8; ++step) {
        const Legendre p = legendre(n, x);
        x -= p.value / p.derivative;
    }
    return x;
}

}  // namespace

Quadrature gauss_legendre(int n) {
    Quadrature rule{std::vector<double>(n), std::vector<double>(n), std::vector<double>(n)};
    for (int i = 0; i < (n + 1) / 2; ++i) {
        const double x = 2 * i + 1 == n ? 0.0 : root(n, i);
        const double slope = legendre(n, x).derivative;
        const double weight = 1.0 / ((1.0 - x) * (1.0 + x) * slope * slope);
        const int mirror = n - 1 - i;
        rule.t[i] = rule.rest[mirror] = (1.0 - x) / 2.0;
        rule.rest[i] = rule.t[mirror] = (1.0 + x) / 2.0;
        rule.w[i] = rule.w[mirror] = weight;
    }
    return rule;
}

}  // namespace pellucid
