#include "effects_rows.hpp"

#include <algorithm>
#include <memory>

#include "blocks.hpp"
#include "dispatch.hpp"

namespace pellucid {
namespace {

// What a tree's leaves do for one domain's player, whose slot on the path is `slot`, -1 where it is not on it.
struct LeafRuns {
    std::int32_t node;
    std::int32_t slot;
    PointRuns runs;
};

// Adds a row's leaves to its curve: those that it reaches whatever the player is, and those that it reaches for some of
// the player's points.
struct Curves {
    const Forest& forest;
    const std::vector<LeafRuns>& leaves;
    Outputs outputs;
    std::size_t width, line;  // outputs; numbers of a row
    double* steps;            // (rows, points + 1, outputs)

    static void hear(void* self, std::int32_t leaf, Fails fails, std::int32_t row) {
        static_cast<Curves*>(self)->add(static_cast<std::size_t>(leaf), fails, static_cast<std::size_t>(row));
    }

    void add(std::size_t number, Fails fails, std::size_t row) const {
        const LeafRuns& leaf = leaves[number];
        if (fails != 0 && static_cast<std::int32_t>(fails) != leaf.slot + 1) return;
        double* to = steps + row * line + outputs.first;
        for (std::size_t o = 0; o < outputs.count; ++o) {
            const double value = value_of(forest, leaf.node)[o];
            if (leaf.slot < 0) to[o] += value;
            for (const PointRun& run : leaf.runs) {
                to[static_cast<std::size_t>(run.begin) * width + o] += value;
                to[static_cast<std::size_t>(run.end) * width + o] -= value;
            }
        }
    }
};

std::vector<LeafRuns> leaf_runs(const Forest& forest, std::size_t tree, const Domains& domains) {
    std::vector<LeafRuns> leaves;
    domains.walk(forest.roots[tree], [&](std::int32_t node, const PathState&, const std::vector<std::int32_t>& ids,
                                         const std::vector<PointRuns>& runs) {
        const auto found = std::find(ids.begin(), ids.end(), 0) - ids.begin();
        if (found == static_cast<std::ptrdiff_t>(ids.size())) return leaves.push_back({node, -1, {}});
        leaves.push_back({node, static_cast<std::int32_t>(found), runs[static_cast<std::size_t>(found)]});
    });
    return leaves;
}

// What each leaf adds to the mean prediction where all but one player are set: by slot, the background's share at the
// points that satisfy the slot's splits.
struct LeafShares {
    std::int32_t node;
    std::vector<std::int32_t> domains;
    std::vector<double> shares;
};

struct Means {
    const Forest& forest;
    const std::vector<LeafShares>& leaves;
    Outputs outputs;
    std::size_t width, line;
    double* to;  // (rows, domains, outputs)

    static void hear(void* self, std::int32_t leaf, Fails fails, std::int32_t row) {
        static_cast<Means*>(self)->add(static_cast<std::size_t>(leaf), fails, static_cast<std::size_t>(row));
    }

    void add(std::size_t number, Fails fails, std::size_t row) const {
        const LeafShares& leaf = leaves[number];
        for (std::size_t slot = 0; slot < leaf.domains.size(); ++slot) {
            if (leaf.domains[slot] < 0 || (fails != 0 && fails != slot + 1)) continue;
            double* sums = to + row * line + static_cast<std::size_t>(leaf.domains[slot]) * width + outputs.first;
            const double share = fails == 0 ? leaf.shares[slot] - 1.0 : leaf.shares[slot];
            for (std::size_t o = 0; o < outputs.count; ++o) sums[o] += value_of(forest, leaf.node)[o] * share;
        }
    }
};

std::vector<LeafShares> leaf_shares(const Forest& forest, std::size_t tree, const Domains& domains,
                                    const std::vector<std::vector<double>>& below) {
    std::vector<LeafShares> leaves;
    domains.walk(forest.roots[tree], [&](std::int32_t node, const PathState&, const std::vector<std::int32_t>& ids,
                                         const std::vector<PointRuns>& runs) {
        LeafShares leaf{node, ids, std::vector<double>(ids.size(), 0.0)};
        for (std::size_t slot = 0; slot < ids.size(); ++slot) {
            if (ids[slot] < 0) continue;
            const std::vector<double>& sums = below[static_cast<std::size_t>(ids[slot])];
            for (const PointRun& run : runs[slot])
                leaf.shares[slot] +=
                    sums[static_cast<std::size_t>(run.end)] - sums[static_cast<std::size_t>(run.begin)];
        }
        leaves.push_back(std::move(leaf));
    });
    return leaves;
}

// Trees one after the other, each ready for all blocks of rows: prepare(tree) gives what hears of its leaves.
template <class Prepare>
void tell_rows(const Forest& forest, const Players& players, const Table& rows, const Run& run,
               const Prepare& prepare) {
    const std::size_t blocks = (rows.count + kSetRows - 1) / kSetRows;
    std::vector<TableColumns> columns(blocks);
    for (std::size_t b = 0; b < blocks; ++b)
        columns[b].load(forest, rows.slice(b * kSetRows, std::min<std::size_t>(kSetRows, rows.count - b * kSetRows)));
    std::vector<FailWorkspace> workspaces(run.threads);
    for (std::size_t t = 0; t < forest.n_trees(); ++t) {
        const FailPlan plan = make_fail_plan(forest, forest.roots[t], players, 1);
        const auto listen = prepare(t);
        parallel_for(blocks, false, run, [&](std::size_t b, unsigned worker, const Stop& stop) {
            FailTask task = task_of(forest, plan, columns[b].block(), 1);
            workspaces[worker].fit(plan, 1);
            workspaces[worker].lend(task);
            const std::size_t count = std::min<std::size_t>(kSetRows, rows.count - b * kSetRows);
            const std::size_t step = FailWorkspace::block_rows(plan);
            for (std::size_t first = 0; first < count; first += step) {
                stop.check();
                task.first = static_cast<int>(first);
                task.rows = static_cast<int>(std::min(step, count - first));
                auto listener = listen(b * kSetRows + first);
                task.hear = &decltype(listener)::hear;
                task.listener = &listener;
                if (plan.steps.empty())
                    for (int r = 0; r < task.rows; ++r) task.hear(task.listener, 0, 0, r);
                else
                    kernels().fails(task);
            }
        });
    }
}

}  // namespace

void individual(const Forest& forest, const Players& players, const Domain& domain, const Table& rows, double* out,
                const Run& run) {
    const Domains domains(forest, players, {domain});
    const std::size_t width = forest.n_outputs(), line = (domain.count + 1) * width;
    std::vector<double> steps(rows.count * line, 0.0);
    tell_rows(forest, players, rows, run, [&](std::size_t t) {
        const auto leaves = std::make_shared<const std::vector<LeafRuns>>(leaf_runs(forest, t, domains));
        const Outputs outputs = outputs_of(forest, t);
        return [&, leaves, outputs](std::size_t first) {
            return Curves{forest, *leaves, outputs, width, line, steps.data() + first * line};
        };
    });
    for (std::size_t r = 0; r < rows.count; ++r)
        for (std::size_t o = 0; o < width; ++o) {
            double level = forest.base[o];
            for (std::size_t p = 0; p < domain.count; ++p) {
                level += steps[r * line + p * width + o];
                out[(r * domain.count + p) * width + o] = level;
            }
        }
}

void left_out(const Forest& forest, const Players& players, const std::vector<Domain>& domains, const double* shares,
              const Table& rows, double* out, const Run& run) {
    const Domains all(forest, players, domains);
    const std::size_t width = forest.n_outputs(), line = domains.size() * width;
    std::vector<std::vector<double>> below;  // share of the points before each
    for (const Domain& domain : domains) {
        below.emplace_back(1, 0.0);
        for (std::size_t p = 0; p < domain.count; ++p) below.back().push_back(below.back().back() + *shares++);
    }
    tell_rows(forest, players, rows, run, [&](std::size_t t) {
        const auto leaves = std::make_shared<const std::vector<LeafShares>>(leaf_shares(forest, t, all, below));
        const Outputs outputs = outputs_of(forest, t);
        return [&, leaves, outputs](std::size_t first) {
            return Means{forest, *leaves, outputs, width, line, out + first * line};
        };
    });
}

void predict_trees(const Forest& forest, const std::vector<std::int32_t>& trees, const double* rows, std::size_t count,
                   double* out, const Run& run) {
    constexpr std::size_t block = 256;
    const std::size_t outputs = forest.n_outputs();
    std::vector<std::int32_t> roots, tree_output, tree_nodes;
    for (const std::int32_t tree : trees) {
        const auto t = static_cast<std::size_t>(tree);
        roots.push_back(forest.roots[t]);
        tree_output.push_back(forest.tree_output[t]);
        tree_nodes.push_back(forest.tree_nodes[t]);
    }
    parallel_for((count + block - 1) / block, false, run, [&](std::size_t i, unsigned, const Stop& stop) {
        stop.check();
        const std::size_t first = i * block, some = std::min(block, count - first);
        const double* from = rows + first * forest.n_features;
        Columns columns;
        columns.load(forest, {from, some, forest.n_features});
        const std::size_t stride = padded(some);
        std::vector<double> sums(outputs * stride, 0.0);
        kernels().predict({forest.view(), roots.data(), tree_output.data(), tree_nodes.data(), roots.size(),
                           columns.block(), from, static_cast<int>(some), forest.n_features,
                           static_cast<int>(outputs), sums.data()});
        transpose(sums.data(), outputs, stride, outputs, some, out + first * outputs);
    });
}

// Halving without branches, several values at a time, so that their searches overlap.
void positions(const std::vector<double>& edges, const double* values, std::size_t stride, std::size_t count,
               std::int32_t* out) {
    constexpr std::size_t together = 8;
    for (std::size_t first = 0; first < count; first += together) {
        double x[together];
        std::size_t at[together] = {};
        for (std::size_t i = 0; i < together; ++i) x[i] = values[std::min(first + i, count - 1) * stride];
        for (std::size_t length = edges.size(); length > 0;) {
            const std::size_t half = length - length / 2;
            for (std::size_t i = 0; i < together; ++i) at[i] += half * (edges[at[i] + half - 1] < x[i]);
            length -= half;
        }
        for (std::size_t i = 0; i < std::min(together, count - first); ++i)
            out[first + i] = static_cast<std::int32_t>(x[i] != x[i] ? edges.size() + 1 : at[i]);
    }
}

}  // namespace pellucid
