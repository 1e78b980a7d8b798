#include "pair_store.hpp"

#include "pair_registers.hpp"
#include "vector.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

constexpr int kPart = 4;  // rows that stay together in a tile
using Four [[gnu::vector_size(kPart * sizeof(float)), gnu::may_alias]] = float;
using Wide [[gnu::vector_size(kPart * sizeof(double)), gnu::may_alias]] = double;

// Where the four rows from `row` on lie in a tile.
int place(int row) {
    if (!kPairRegisters) return row;
    const int within = row % kPairLanes, half = within / kPart % 2;
    return row - within + 16 * half + (within / (2 * kPart)) * kPart;
}

void add_number(float* tile, double* acc, int rows) {
    for (int r = 0; r < rows; r += kPart) {
        auto* from = reinterpret_cast<Four*>(tile + place(r));
        *reinterpret_cast<Wide*>(acc + r) += __builtin_convertvector(*from, Wide);
    }
    const int padded = kPairRegisters ? pair_rows(rows) : rows;
    for (int r = 0; r < padded; ++r) tile[r] = 0.0f;
}

}  // namespace

void add_tile(const PairTileTask& task) {
    for (std::size_t i = 0; i < task.n_pairs; ++i)
        for (int o = 0; o < task.outputs; ++o) {
            const auto number = static_cast<std::size_t>(task.pairs[i] * task.outputs + o);
            add_number(task.tile + number * task.tile_stride, task.acc + number * task.acc_stride, task.rows);
        }
}

void store_pairs(const PairStoreTask& task) {
    constexpr std::size_t side = 8;
    for (std::size_t row = 0; row < task.rows; row += side)
        for (std::size_t number = 0; number < task.numbers; number += side)
            for (std::size_t r = row; r < row + side && r < task.rows; ++r)
                for (std::size_t n = number; n < number + side && n < task.numbers; ++n)
                    task.out[r * task.numbers + n] = task.acc[n * task.stride + r];
}

}  // namespace pellucid::PELLUCID_PATH
