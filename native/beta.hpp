// Beta functions of whole numbers.
#pragma once

#include <cstddef>
#include <vector>

namespace pellucid {

// B(a, c) = ∫₀¹ t^(a-1) (1-t)^(c-1) dt for 1 ≤ a, c and a + c ≤ k + 1: what players of a leaf of k gain or lose.
class BetaWeights {
  public:
    explicit BetaWeights(int k)
        : stride_(k + 2), values_(static_cast<std::size_t>(stride_) * static_cast<std::size_t>(stride_)) {
        for (int a = 1; a <= k; ++a) {
            double b = 1.0 / a;
            for (int c = 1; a + c <= k + 1; ++c) {
                values_[static_cast<std::size_t>(a * stride_ + c)] = b;
                b *= static_cast<double>(c) / (a + c);
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
