// What players of a conjunction gain or lose: beta functions of whole numbers, or powers of a half.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "semivalue.hpp"

namespace pellucid {

// ∫ t^(a-1) (1-t)^(c-1) dμ(t) for 1 ≤ a, c and a + c ≤ k + 1: what players of a leaf of k gain or lose. That is B(a, c)
// for Shapley values and 2^(2-a-c) for Banzhaf values.
class BetaWeights {
  public:
    explicit BetaWeights(int k, Semivalue semivalue = Semivalue::Shapley)
        : stride_(k + 2), values_(static_cast<std::size_t>(stride_) * static_cast<std::size_t>(stride_)) {
        const bool halves = semivalue == Semivalue::Banzhaf;
        for (int a = 1; a <= k; ++a) {
            double b = halves ? std::ldexp(1.0, 1 - a) : 1.0 / a;
            for (int c = 1; a + c <= k + 1; ++c) {
                values_[static_cast<std::size_t>(a * stride_ + c)] = b;
                b *= halves ? 0.5 : static_cast<double>(c) / (a + c);
            }
        }
    }

    const double* data() const { return values_.data(); }
    int stride() const { return stride_; }

  private:
    int stride_;
    std::vector<double> values_;
};

}  // namespace pellucid
