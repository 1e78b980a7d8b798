#include "predict.hpp"

#include "route.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

std::int32_t leaf_of(const ForestView& forest, std::int32_t node, const double* row) {
    while (!forest.nodes[node].is_leaf()) {
        const Node& split = forest.nodes[node];
        node = goes_left(forest, node, row[split.feature]) ? split.left : split.right;
    }
    return node;
}

}  // namespace

void predict(const ForestView& forest, const std::int32_t* roots, const std::int32_t* outputs, std::size_t trees,
             const double* rows, std::size_t n, std::size_t width, std::size_t n_outputs, double* out) {
    for (std::size_t t = 0; t < trees; ++t) {
        for (std::size_t r = 0; r < n; ++r) {
            const double* value =
                forest.value + static_cast<std::size_t>(leaf_of(forest, roots[t], rows + r * width)) * forest.width;
            double* sum = out + r * n_outputs;
            if (outputs[t] >= 0) sum[outputs[t]] += value[0];
            else
                for (std::size_t o = 0; o < n_outputs; ++o) sum[o] += value[o];
        }
    }
}

}  // namespace pellucid::PELLUCID_PATH
