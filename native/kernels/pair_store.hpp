#pragma once

#include "pairs.hpp"

namespace pellucid::PELLUCID_PATH {

// See PairTileTask; the tile's rows lie as this path's tables32 leaves them.
void add_tile(const PairTileTask& task);

// See PairShareTask.
void share_pairs(const PairShareTask& task);

// See PairStoreTask.
void store_pairs(const PairStoreTask& task);

}  // namespace pellucid::PELLUCID_PATH
