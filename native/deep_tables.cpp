#include "deep_tables.hpp"

#include <algorithm>

#include "blocks.hpp"
#include "deep_cost.hpp"
#include "dispatch.hpp"
#include "rows.hpp"

namespace pellucid {
namespace {

constexpr std::size_t kDeepNumbers = 256 * 1024;  // sums of a pass over a tree's deep leaves
constexpr std::size_t kFewNumbers = 1 << 16;      // of tables for which waking threads is not worth it

std::size_t table_numbers(const DeepLeaf& leaf) { return static_cast<std::size_t>(kNarrowPlayers) << leaf.players; }

// Calls found(leaf's number) for every leaf of a tree whose table pays.
template <class Real, class Found>
void for_tables(const DeepWork<Real>& work, std::size_t tree, const Found& found) {
    const TreePlan& plan = work.plans[tree];
    const std::size_t pass = deep_rows(work.forest, tree, plan);
    for (std::size_t d = 0; d < plan.deep_leaves.size(); ++d)
        if (table_pays(plan.deep_leaves[d], work.arena.cohorts[tree - work.arena.first].count(d), work.rows, pass))
            found(d);
}

template <class Real>
void make_table(const DeepTableTask<Real>& task) {
    if constexpr (sizeof(Real) == 4) kernels().deep->table32(task);
    else kernels().deep->table64(task);
}

}  // namespace

std::size_t deep_rows(const Forest& forest, std::size_t tree, const TreePlan& plan) {
    const std::size_t outputs = forest.is_vector(tree) ? std::min<std::size_t>(forest.n_outputs(), kVectorChunk) : 1;
    const std::size_t fit = kDeepNumbers / (outputs * padded(plan.players.size() + 1)) / kLanes * kLanes;
    return std::clamp<std::size_t>(fit, kLanes, kDeepBlockRows);
}

template <class Real>
std::vector<std::size_t> deep_table_bytes(const DeepWork<Real>& work) {
    std::vector<std::size_t> bytes;
    for (std::size_t t = work.arena.first; t < work.arena.last; ++t) {
        bytes.push_back(0);
        for_tables(work, t, [&](std::size_t d) {
            bytes.back() += table_numbers(work.plans[t].deep_leaves[d]) * sizeof(Real);
        });
    }
    return bytes;
}

template <class Real>
DeepTables<Real>::DeepTables(const DeepWork<Real>& work, Trees trees, Room<Real> room, const Run& run)
    : trees_(trees), offset_(trees.second - trees.first), numbers_(std::move(room)) {
    std::size_t total = 0;
    for (std::size_t t = trees.first; t < trees.second; ++t) {
        std::vector<std::size_t>& offset = offset_[t - trees.first];
        offset.assign(work.plans[t].deep_leaves.size(), kNone);
        for_tables(work, t, [&](std::size_t d) {
            offset[d] = total;
            total += table_numbers(work.plans[t].deep_leaves[d]);
        });
    }
    if (total == 0) return;
    numbers_.fit(total);
    std::vector<Aligned<double>> scratch(std::max(1u, run.threads));
    parallel_for(offset_.size(), total < kFewNumbers, run, [&](std::size_t i, unsigned worker, const Stop& stop) {
        make(work, trees.first + i, scratch[worker], stop);
    });
}

template <class Real>
void DeepTables<Real>::make(const DeepWork<Real>& work, std::size_t tree, Aligned<double>& scratch, const Stop& stop) {
    const TreePlan& plan = work.plans[tree];
    const LeafGames games(work.forest, tree, plan, work.beta);
    for (std::size_t d = 0; d < plan.deep_leaves.size(); ++d) {
        const std::size_t at = offset_[tree - trees_.first][d];
        if (at == kNone) continue;
        stop.check();
        const NarrowSet<Real> set = work.arena.cohorts[tree - work.arena.first].narrow(d);
        scratch.resize(std::max(scratch.size(), deep_scratch(set.players, set.siblings)));
        make_table<Real>({set, games(plan.deep_leaves[d]), scratch.data(), numbers_.data() + at});
    }
}

template std::vector<std::size_t> deep_table_bytes(const DeepWork<float>&);
template std::vector<std::size_t> deep_table_bytes(const DeepWork<double>&);
template class DeepTables<float>;
template class DeepTables<double>;

}  // namespace pellucid
