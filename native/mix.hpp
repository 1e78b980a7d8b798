// Rows put together out of two: what a model is asked when some of a row's columns are absent.
#pragma once

#include <cstddef>

#include "pool.hpp"

namespace pellucid {

// Values are words of their size; what they stand for does not matter.
template <class Word>
struct Mix {
    const Word* rows;        // (n_rows, columns)
    const Word* background;  // (n_background, columns)
    const bool* present;     // (n_coalitions, columns)
    std::size_t n_rows;
    std::size_t n_background;
    std::size_t n_coalitions;
    std::size_t columns;
};

// out[r][c][b][j] is rows[r][j] where column j is present in coalition c, and background[b][j] elsewhere.
template <class Word>
void mix(const Mix<Word>& task, Word* out, const Run& run);

}  // namespace pellucid
