// Pairs at a leaf whose background is kept as distinct patterns.
#pragma once

#include "kernels/kernels.hpp"

namespace pellucid {

// One leaf's background: distinct patterns with their weights.
struct Cohort {
    const std::uint64_t* patterns;  // (count, words)
    const double* weights;          // (count,)
    std::size_t count;
    int players;
    int words;
};

struct CohortTask {
    Cohort cohort;
    const std::uint64_t* row_patterns;  // (words, rows)
    int rows;
    const double* beta;  // beta[a * beta_stride + c] = B(a, c)
    int beta_stride;
    double* values;  // (pairs, rows) unit values, written
};

// values (pairs of the leaf, rows), written. A background pattern counts where every player is held by the row or by
// it. Then, of a players that the row alone holds and c that the pattern alone holds, two of the former gain
// B(a - 1, c + 1), one of each loses B(a, c), and two of the latter gain B(a + 1, c - 1).
void pair_cohort(const CohortTask& task);

}  // namespace pellucid
