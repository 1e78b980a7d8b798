// How rows are cut into blocks, and how their numbers are turned.
#pragma once

#include <algorithm>
#include <cstddef>

#include "rows.hpp"

namespace pellucid {

constexpr std::size_t kBlockNumbers = 1024 * 1024;  // most values of a block
constexpr std::size_t kDeepBlockRows = 4096;        // most rows of a block where trees have leaves without a table

// Small enough that every thread gets `each`, large enough that tables are read from cache. Bits do not depend on it.
inline std::size_t block_rows(std::size_t rows, std::size_t numbers, std::size_t largest, unsigned threads,
                              unsigned each = 4) {
    const std::size_t share = padded(rows / (each * std::max(1u, threads)) + 1);
    const std::size_t most = std::clamp<std::size_t>(
        kBlockNumbers / std::max<std::size_t>(numbers, 1) / kLanes * kLanes, kLanes, largest);
    return std::clamp<std::size_t>(share, std::min<std::size_t>(most, 64), most);
}

// Square by square, so that every line of memory is used while it is at hand.
inline void transpose(const double* from, std::size_t from_rows, std::size_t from_stride, std::size_t to_stride,
                      std::size_t from_columns, double* to) {
    constexpr std::size_t side = 16;
    for (std::size_t row = 0; row < from_rows; row += side)
        for (std::size_t column = 0; column < from_columns; column += side)
            for (std::size_t r = row; r < std::min(row + side, from_rows); ++r)
                for (std::size_t c = column; c < std::min(column + side, from_columns); ++c)
                    to[c * to_stride + r] = from[r * from_stride + c];
}

}  // namespace pellucid
