// The memory one worker needs to take a run of rows through a tree.
#pragma once

#include <algorithm>
#include <vector>

#include "deep_pass.hpp"
#include "memory.hpp"
#include "plan.hpp"
#include "rows.hpp"

namespace pellucid {

constexpr std::size_t kScalarRows = 512;  // rows that pass through a tree together: fewer make its steps cost more
constexpr std::size_t kVectorRows = 64;  // the same where leaves are vectors
constexpr std::size_t kWideWorkspace = 512 * 1024;  // bytes up to which a quadrature takes kWideLanes rows at a time

// Rows of a block that walk through the tree together, and outputs done in one pass.
struct Pass {
    std::size_t rows;
    std::size_t outputs;  // at a time
};

inline Pass pass_of(const Forest& forest, std::size_t tree) {
    if (!forest.is_vector(tree)) return {kScalarRows, 1};
    return {kVectorRows, std::min<std::size_t>(forest.n_outputs(), kVectorChunk)};
}

template <class Real>
std::size_t quad_size(const TreePlan& plan, std::size_t outputs, std::size_t lanes) {
    const std::size_t level = 2 + static_cast<std::size_t>(std::min(plan.quad_nodes, kNodeChunk)) * (1 + outputs);
    return static_cast<std::size_t>(plan.quad_levels + 1) * level * lanes;
}

template <class Real>
int quad_lanes(const TreePlan& plan, std::size_t outputs) {
    return quad_size<Real>(plan, outputs, kWideLanes) * sizeof(Real) <= kWideWorkspace ? kWideLanes : kLanes;
}

template <class Real>
struct Workspace {
    Columns columns;
    Aligned<double> phi;  // (players * outputs, block rows)
    Aligned<Real> acc;    // (outputs at a time, tree players, pass rows)
    Aligned<Real> sums;   // (outputs at a time, stride, pass rows)
    Aligned<Real> quad;
    Aligned<std::uint16_t> patterns;
    DeepSpace<Real> deep;
    Aligned<std::uint8_t> left;

    // Acc and sums must be zero between passes; everything else is written before it is read.
    void fit(const TreePlan& plan, const Pass& pass) {
        grow(acc, pass.outputs * plan.players.size() * pass.rows);
        grow(sums, pass.outputs * pass.rows * static_cast<std::size_t>(plan.stride));
        grow(quad, quad_size<Real>(plan, pass.outputs, static_cast<std::size_t>(quad_lanes<Real>(plan, pass.outputs))));
        grow(patterns, static_cast<std::size_t>(plan.buffers) * pass.rows);
        grow(left, pass.rows);
    }

  private:
    template <class T>
    static void grow(Aligned<T>& array, std::size_t size) {
        if (array.size() < size) array.resize(size);
    }
};

}  // namespace pellucid
