#pragma once

#include "pairs.hpp"

namespace pellucid::PELLUCID_PATH {

// Adds up the pairs of players at a tree's table leaves: as the tables of single players do, with a number a pair.
void pair_tables(const PairTableTask& task);

}  // namespace pellucid::PELLUCID_PATH
