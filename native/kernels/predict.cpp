#include "predict.hpp"

#include "walk.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

std::int32_t leaf_of(const ForestView& forest, std::int32_t node, const double* row) {
    while (!forest.nodes[node].is_leaf()) {
        const Node& split = forest.nodes[node];
        node = goes_left(forest, node, row[split.feature]) ? split.left : split.right;
    }
    return node;
}

// Row after row, each down its own way.
void down(const PredictTask& task, std::size_t tree) {
    const int output = task.tree_output[tree];
    for (int r = 0; r < task.n; ++r) {
        const std::int32_t leaf = leaf_of(task.forest, task.roots[tree], task.rows + r * task.width);
        const double* value = task.forest.value + static_cast<std::size_t>(leaf) * task.forest.width;
        if (output >= 0) task.sums[output * task.block.stride + r] += value[0];
        else
            for (int o = 0; o < task.outputs; ++o) task.sums[o * task.block.stride + r] += value[o];
    }
}

#if PELLUCID_VECTOR_BYTES == 64

constexpr std::int32_t kMaskNodes = 511;  // up to here all nodes for all rows cost less than each row's own way
constexpr int kMaskRows = 64;

template <class Left>
std::uint64_t gather(const Left& left, int rows) {
    std::uint64_t mask = 0;
    for (int r = 0; r < rows; r += 16) mask |= static_cast<std::uint64_t>(left(r)) << r;
    return mask;
}

template <template <int> class Numbers, class X, class V>
std::uint64_t compared(const Node& node, const X* x, V t, int rows) {
    const bool strict = node.test == Test::LessF32;
    if (strict && node.default_left) return gather(Numbers<_CMP_NGE_UQ>{x, t}, rows);
    if (strict) return gather(Numbers<_CMP_LT_OQ>{x, t}, rows);
    if (node.default_left) return gather(Numbers<_CMP_NGT_UQ>{x, t}, rows);
    return gather(Numbers<_CMP_LE_OQ>{x, t}, rows);
}

// Which of up to 64 rows go left at a split; rows come in multiples of kLanes.
std::uint64_t left_of(const PredictTask& task, std::int32_t index, int first, int rows) {
    const Node& node = task.forest.nodes[index];
    const std::size_t at = static_cast<std::size_t>(node.column) * task.block.stride + first;
    if (!node.zero_is_missing && (node.test == Test::LessF32 || node.test == Test::LessEqualF32))
        return compared<Numbers32>(node, task.block.f32 + at, _mm512_set1_ps(static_cast<float>(node.threshold)), rows);
    if (!node.zero_is_missing && node.test == Test::LessEqualF64)
        return compared<Numbers64>(node, task.block.f64 + at, _mm512_set1_pd(node.threshold), rows);
    std::uint8_t left[kMaskRows];
    route(task.forest, index, task.block, first, rows, left);
    std::uint64_t mask = 0;
    for (int r = 0; r < rows; ++r) mask |= static_cast<std::uint64_t>(left[r]) << r;
    return mask;
}

void add_leaf(const PredictTask& task, std::size_t tree, std::int32_t leaf, int first, std::uint64_t here) {
    const double* value = task.forest.value + static_cast<std::size_t>(leaf) * task.forest.width;
    const int output = task.tree_output[tree], last = output >= 0 ? output + 1 : task.outputs;
    for (int o = output >= 0 ? output : 0; o < last; ++o, ++value) {
        double* sum = task.sums + o * task.block.stride + first;
        const __m512d v = _mm512_set1_pd(*value);
        for (std::uint64_t rest = here; rest != 0; rest >>= 8, sum += 8) {
            const __m512d so_far = _mm512_loadu_pd(sum);
            _mm512_storeu_pd(sum, _mm512_mask_add_pd(so_far, static_cast<__mmask8>(rest), so_far, v));
        }
    }
}

// Up to 64 rows at a time through every node that one of them reaches.
void spread(const PredictTask& task, std::size_t tree, int first) {
    const int left_over = task.n - first, rows = left_over < kMaskRows ? (left_over + 15) / 16 * 16 : kMaskRows;
    std::int32_t node[kMaskNodes];
    std::uint64_t here[kMaskNodes];
    int open = 1;
    node[0] = task.roots[tree];
    here[0] = left_over >= kMaskRows ? ~std::uint64_t{0} : (std::uint64_t{1} << left_over) - 1;
    while (open > 0) {
        const std::int32_t index = node[--open];
        const std::uint64_t all = here[open];
        if (all == 0) continue;
        const Node& split = task.forest.nodes[index];
        if (split.is_leaf()) {
            add_leaf(task, tree, index, first, all);
            continue;
        }
        const std::uint64_t left = left_of(task, index, first, rows);
        node[open] = split.left, here[open++] = all & left;
        node[open] = split.right, here[open++] = all & ~left;
    }
}

#endif

}  // namespace

void predict(const PredictTask& task) {
    for (std::size_t t = 0; t < task.n_trees; ++t) {
#if PELLUCID_VECTOR_BYTES == 64
        if (task.n >= kLanes / 2 && task.tree_nodes[t] <= kMaskNodes) {
            for (int r = 0; r < task.n; r += kMaskRows) spread(task, t, r);
            continue;
        }
#endif
        down(task, t);
    }
}

}  // namespace pellucid::PELLUCID_PATH
