#include "deep_path.hpp"

#include "deep_hits.hpp"
#include "deep_table.hpp"
#include "row_sums.hpp"
#include "walk.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

void split_narrow(const NarrowSplitTask& task, const WalkStep& step) { split(task, step, task.rows); }

}  // namespace

const DeepKernels deep_kernels = {split_narrow,  narrow<float>,      narrow<double>,      wide<float>,    wide<double>,
                                  deep_table<float>, deep_table<double>, row_sums<float>, row_sums<double>};

}  // namespace pellucid::PELLUCID_PATH
