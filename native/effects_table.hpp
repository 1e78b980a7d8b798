// The caller's rows in any layout, and a block of them turned into columns.
#pragma once

#include <cstddef>

#include "forest.hpp"
#include "kernels/kernels.hpp"
#include "memory.hpp"
#include "rows.hpp"

namespace pellucid {

// Number (row, column) lies at row * row_stride + column * column_stride.
struct Table {
    const double* data;
    std::size_t count;
    std::size_t row_stride, column_stride;

    Table slice(std::size_t first, std::size_t n) const {
        return {data + first * row_stride, n, row_stride, column_stride};
    }
};

// The columns that the splits read; rows beyond the last are zero, up to a multiple of kLanes.
class TableColumns {
  public:
    void load(const Forest& forest, const Table& rows) {
        stride_ = padded(rows.count);
        fill(forest.columns32, rows, f32_);
        fill(forest.columns64, rows, f64_);
    }
    Block block() const { return {f32_.data(), f64_.data(), stride_}; }

  private:
    template <class X>
    void fill(const std::vector<std::int32_t>& features, const Table& rows, Aligned<X>& to) {
        to.assign(features.size() * stride_, X{0});
        for (std::size_t c = 0; c < features.size(); ++c) {
            const double* from = rows.data + static_cast<std::size_t>(features[c]) * rows.column_stride;
            X* column = to.data() + c * stride_;
            for (std::size_t r = 0; r < rows.count; ++r) column[r] = static_cast<X>(from[r * rows.row_stride]);
        }
    }

    Aligned<float> f32_;
    Aligned<double> f64_;
    std::size_t stride_ = 0;
};

}  // namespace pellucid
