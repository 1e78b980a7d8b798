// This path's row of kernels.
#include "add.hpp"
#include "build.hpp"
#include "coalitions.hpp"
#include "deep_path.hpp"
#include "effects.hpp"
#include "histogram.hpp"
#include "mix.hpp"
#include "odd.hpp"
#include "pair_path.hpp"
#include "predict.hpp"
#include "quadrature.hpp"
#include "tables.hpp"
#include "words.hpp"

#define PELLUCID_QUOTE(x) #x
#define PELLUCID_NAME(x) PELLUCID_QUOTE(x)

namespace pellucid::PELLUCID_PATH {

extern const Kernels kernels;
const Kernels kernels = {PELLUCID_NAME(PELLUCID_PATH), predict,   tables<float>,  tables<double>, add, quadrature<float>,
                         quadrature<double>,           histogram, split_patterns, build,
                         &pair_kernels,                &deep_kernels, coalition_leaves, coalition_sums, fails, goes,
                         mix,                          odd};

}  // namespace pellucid::PELLUCID_PATH
