#pragma once

#include <cmath>

namespace pellucid {

// A sum that keeps what rounding drops (Neumaier 1974).
class Sum {
  public:
    void add(double more) {
        const double next = sum_ + more;
        carry_ += std::abs(sum_) >= std::abs(more) ? (sum_ - next) + more : (more - next) + sum_;
        sum_ = next;
    }
    double value() const { return sum_ + carry_; }

  private:
    double sum_ = 0.0, carry_ = 0.0;
};

}  // namespace pellucid
