#pragma once

#include "pairs.hpp"

namespace pellucid::PELLUCID_PATH {

// Whether tables of float are looked up in registers.
constexpr bool kPairRegisters = PELLUCID_VECTOR_BYTES == 64;

// As pair_tables<float>, in the same order of sums, from tables for registers. A pattern of 16 bits picks the lower and
// the upper half of a number out of one to eight registers each; the halves of 32 rows are then joined, which leaves
// rows 0-3, 8-11, 16-19, 24-27 in one register and the others in the next: the order of a tile's rows.
void pair_registers(const PairTableTask<float>& task);

}  // namespace pellucid::PELLUCID_PATH
