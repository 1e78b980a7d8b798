#include "pair_path.hpp"

#include "build.hpp"
#include "pair_quadrature.hpp"
#include "pair_registers.hpp"
#include "pair_store.hpp"
#include "pair_tables.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

#if PELLUCID_VECTOR_BYTES == 64
constexpr auto tables32 = pair_registers;
#else
constexpr auto tables32 = pair_tables<float>;
#endif

}  // namespace

const PairKernels pair_kernels = {kPairRegisters, tables32, pair_tables<double>, pair_quadrature,
                                  build_sets,     add_tile, share_pairs, store_pairs};

}  // namespace pellucid::PELLUCID_PATH
