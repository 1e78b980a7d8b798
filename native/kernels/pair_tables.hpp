#pragma once

#include "pairs.hpp"

namespace pellucid::PELLUCID_PATH {

// Adds up the pairs of players at a tree's table leaves, from tables by rows: as the tables of single players do, with
// a number a pair.
template <class Real>
void pair_tables(const PairTableTask<Real>& task);

}  // namespace pellucid::PELLUCID_PATH
