// The caller's rows, and a block of them turned into columns.
#pragma once

#include <cstddef>

#include "forest.hpp"
#include "kernels/kernels.hpp"
#include "memory.hpp"

namespace pellucid {

struct Rows {
    const double* data;  // (count, width)
    std::size_t count;
    std::size_t width;

    Rows slice(std::size_t first, std::size_t n) const { return {data + first * width, n, width}; }
};

inline std::size_t padded(std::size_t rows) { return (rows + kLanes - 1) / kLanes * kLanes; }

// The columns that a forest's splits read; rows beyond the last are zero, up to a multiple of `lanes`.
class Columns {
  public:
    void load(const Forest& forest, const Rows& rows, std::size_t lanes = kLanes);
    Block block() const { return {f32_.data(), f64_.data(), stride_}; }

  private:
    Aligned<float> f32_;
    Aligned<double> f64_;
    std::size_t stride_ = 0;
};

}  // namespace pellucid
