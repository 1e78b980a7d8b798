#include "explain.hpp"

#include <algorithm>

#include "beta.hpp"
#include "blocks.hpp"
#include "deep_pass.hpp"
#include "dispatch.hpp"
#include "workspace.hpp"

namespace pellucid {
namespace {

constexpr std::size_t kBlockRows = 1024;            // most rows of a block: a tree's tables stay cached while they pass
constexpr std::size_t kKeptBytes = 256 * 1024 * 1024;  // what is made of the trees is kept from call to call up to here

// Trees are made ready a run at a time, of which each may take so much (or is one tree). A call so holds at most this,
// what is kept, and as much again in tables of deep leaves; and, while they are made, for each thread the counts of one
// tree.
constexpr std::size_t kRunBytes = 256 * 1024 * 1024;
constexpr double kSmallWork = 2e6;                    // nanoseconds below which waking threads is not worth it

// to += from, and from = 0 for the next tree.
void move_to(float* from, std::size_t n, double* to) { kernels().add32(from, n, to); }

void move_to(double* from, std::size_t n, double* to) {
    for (std::size_t i = 0; i < n; ++i) to[i] += from[i];
    std::fill_n(from, n, 0.0);
}

// What all blocks share.
template <class Real>
struct Work {
    const Forest& forest;
    std::size_t players;
    const std::vector<TreePlan>& plans;
    const Arena<Real>& arena;
    const BetaWeights& beta;
    const DeepTables<Real>& tables;
    Trees trees;  // of the arena
};

// One tree, some rows of a block, and some outputs.
template <class Real>
class TreePass {
  public:
    TreePass(const Work<Real>& work, std::size_t tree, Workspace<Real>& space, std::size_t first, std::size_t rows,
             std::size_t wanted, LeafValues leaves)
        : work_(work),
          tree_(tree),
          plan_(work.plans[tree]),
          space_(space),
          first_(static_cast<int>(first)),
          rows_(static_cast<int>(rows)),
          wanted_(static_cast<int>(std::min(rows, wanted - first))),
          leaves_(leaves),
          outputs_(leaves.count == 0 ? 1 : static_cast<std::size_t>(leaves.count)) {}

    void run(const Stop& stop) {
        if (!plan_.walk.empty()) tables();
        if (!plan_.quad.empty()) quadrature(stop);
    }

    // phi (player * n_outputs + output, stride) += acc, which is zero after
    void add_to(double* phi, std::size_t stride) const {
        const std::size_t n_outputs = work_.forest.n_outputs();
        const auto rows = static_cast<std::size_t>(rows_);
        for (std::size_t o = 0; o < outputs_; ++o) {
            const std::size_t output = leaves_.count == 0 ? static_cast<std::size_t>(work_.forest.tree_output[tree_])
                                                          : static_cast<std::size_t>(leaves_.first) + o;
            for (std::size_t p = 0; p < plan_.players.size(); ++p) {
                Real* from = space_.acc.data() + (o * plan_.players.size() + p) * rows;
                double* to = phi + (static_cast<std::size_t>(plan_.players[p]) * n_outputs + output) * stride + first_;
                move_to(from, rows, to);
            }
        }
    }

  private:
    const Real* numbers() const { return work_.arena.numbers.data() + work_.arena.offset[tree_ - work_.arena.first]; }
    int tree_players() const { return static_cast<int>(plan_.players.size()); }

    void tables() {
        const TableTask<Real> task{work_.forest.view(),
                                   space_.columns.block(),
                                   first_,
                                   rows_,
                                   wanted_,
                                   plan_.joined.data(),
                                   plan_.joined.size(),
                                   plan_.tests.empty() ? plan_.tables.data() : &plan_.whole,
                                   numbers(),
                                   leaves_,
                                   plan_.stride,
                                   tree_players(),
                                   space_.patterns.data(),
                                   space_.left.data(),
                                   space_.sums.data(),
                                   space_.acc.data()};
        std::fill_n(space_.patterns.data(), rows_, std::uint16_t{0});
        if constexpr (sizeof(Real) == 4) kernels().tables32(task);
        else kernels().tables64(task);
    }

    void quadrature(const Stop& stop) {
        QuadTask<Real> task{work_.forest.view(),
                            space_.columns.block(),
                            first_,
                            rows_,
                            plan_.quad.data(),
                            plan_.quad.size(),
                            numbers(),
                            leaves_,
                            plan_.quad_nodes,
                            0,
                            0,
                            tree_players(),
                            quad_lanes<Real>(plan_, pass_of(work_.forest, tree_).outputs),
                            space_.left.data(),
                            space_.quad.data(),
                            static_cast<std::size_t>(rows_),
                            space_.acc.data()};
        for (int first = 0; first < plan_.quad_nodes; first += kNodeChunk) {
            stop.check();
            task.first_node = first;
            task.node_count = std::min(kNodeChunk, plan_.quad_nodes - first);
            if constexpr (sizeof(Real) == 4) kernels().quadrature32(task);
            else kernels().quadrature64(task);
        }
    }

    const Work<Real>& work_;
    const std::size_t tree_;
    const TreePlan& plan_;
    Workspace<Real>& space_;
    const int first_, rows_, wanted_;
    const LeafValues leaves_;
    const std::size_t outputs_;
};

template <class Real>
void explain_deep(const Work<Real>& work, std::size_t tree, std::size_t rows, std::size_t stride,
                  Workspace<Real>& space, const Stop& stop) {
    const Forest& forest = work.forest;
    const TreePlan& plan = work.plans[tree];
    const std::size_t all = forest.n_outputs(), at_once = pass_of(forest, tree).outputs;
    const std::size_t pass = deep_rows(forest, tree, plan);
    const bool vector_leaves = forest.is_vector(tree);
    for (std::size_t first = 0; first < rows; first += pass)
        for (std::size_t o = 0; o < (vector_leaves ? all : 1); o += at_once) {
            const std::size_t count = vector_leaves ? std::min(at_once, all - o) : 0;
            const typename DeepPass<Real>::Task task{forest, tree, plan, work.arena.cohorts[tree - work.arena.first],
                work.tables, work.beta,
                {forest.value.data(), plan.centre.data(), forest.width, static_cast<int>(o), static_cast<int>(count)},
                space.columns.block(), first, std::min(pass, rows - first)};
            DeepPass<Real> deep(task, space.deep);
            deep.run(stop);
            for (std::size_t i = 0; i < std::max<std::size_t>(1, count); ++i) {
                const std::size_t output = vector_leaves ? o + i : static_cast<std::size_t>(forest.tree_output[tree]);
                for (std::size_t p = 0; p < plan.players.size(); ++p)
                    deep.add_to(p, i, space.phi.data() +
                                          (static_cast<std::size_t>(plan.players[p]) * all + output) * stride + first);
            }
        }
}

template <class Real>
void explain_tree(const Work<Real>& work, std::size_t tree, std::size_t wanted, Workspace<Real>& space,
                  const Stop& stop) {
    const TreePlan& plan = work.plans[tree];
    const std::size_t rows = padded(wanted);
    if (plan.players.empty()) return;
    const Pass pass = pass_of(work.forest, tree);
    space.fit(plan, pass);
    const bool vector_leaves = work.forest.is_vector(tree);
    for (std::size_t first = 0; first < rows && !(plan.walk.empty() && plan.quad.empty()); first += pass.rows) {
        for (std::size_t o = 0; o < (vector_leaves ? work.forest.n_outputs() : 1); o += pass.outputs) {
            stop.check();
            const std::size_t count = vector_leaves ? std::min(pass.outputs, work.forest.n_outputs() - o) : 0;
            const LeafValues leaves{work.forest.value.data(), plan.centre.data(), work.forest.width,
                                    static_cast<int>(o), static_cast<int>(count)};
            TreePass<Real> one(work, tree, space, first, std::min(pass.rows, rows - first), wanted, leaves);
            one.run(stop);
            one.add_to(space.phi.data(), rows);
        }
    }
    if (!plan.deep_leaves.empty()) explain_deep(work, tree, wanted, rows, space, stop);
}

// Trees are added to what earlier ones left in `out`, in order: bits do not depend on how they are cut into arenas.
template <class Real>
void explain_block(const Work<Real>& work, const Rows& rows, double* out, Workspace<Real>& space, const Stop& stop) {
    const std::size_t numbers = work.players * work.forest.n_outputs();
    const std::size_t stride = padded(rows.count);
    space.columns.load(work.forest, rows);
    space.phi.assign(numbers * stride, 0.0);
    transpose(out, rows.count, numbers, stride, numbers, space.phi.data());
    for (std::size_t t = work.trees.first; t < work.trees.second; ++t) explain_tree(work, t, rows.count, space, stop);
    transpose(space.phi.data(), numbers, stride, numbers, rows.count, out);
}

// Players of the deepest leaf without a table.
int deepest(const std::vector<TreePlan>& plans) {
    int most = 0;
    for (const TreePlan& plan : plans)
        for (const DeepLeaf& leaf : plan.deep_leaves) most = std::max(most, leaf.players);
    return most;
}

template <class Real>
void explain_rows(const Work<Real>& work, bool deep, const Rows& rows, double* out, const Run& run) {
    double cost = 0.0;
    for (std::size_t t = work.trees.first; t < work.trees.second; ++t) cost += work.plans[t].cost;
    const std::size_t numbers = work.players * work.forest.n_outputs();
    const std::size_t block = deep ? block_rows(rows.count, numbers, kDeepBlockRows, run.threads, 1)
                                   : block_rows(rows.count, numbers, kBlockRows, run.threads);
    std::vector<Workspace<Real>> spaces(std::max(1u, run.threads));
    const bool small = cost * static_cast<double>(rows.count) < kSmallWork;
    parallel_for((rows.count + block - 1) / block, small, run, [&](std::size_t i, unsigned worker, const Stop& stop) {
        const Rows some = rows.slice(i * block, std::min(block, rows.count - i * block));
        explain_block(work, some, out + i * block * numbers, spaces[worker], stop);
    });
}

template <class Real>
void explain(const Game& game, const Arena<Real>& arena, const Rows& rows, double* out, const Run& run) {
    const int players = deepest(game.plans);
    const BetaWeights beta(players, game.semivalue);
    const DeepWork<Real> deep{game.forest, game.plans, arena, beta, rows.count};
    Room<Real> room;
    for (const Trees& some : runs_of_trees(deep_table_bytes(deep), kRunBytes)) {
        const Trees trees{arena.first + some.first, arena.first + some.second};
        DeepTables<Real> tables(deep, trees, std::move(room), run);
        explain_rows<Real>({game.forest, game.players, game.plans, arena, beta, tables, trees}, players > 0, rows, out,
                           run);
        room = std::move(tables).take_room();
    }
}

template <class Real>
std::vector<std::size_t> bytes_of_trees(const Game& game) {
    std::vector<std::size_t> bytes = game.background_bytes;
    for (std::size_t t = 0; t < bytes.size(); ++t) bytes[t] += game.plans[t].arena * sizeof(Real);
    return bytes;
}

}  // namespace

template <class Real>
void explain_all(const Game& game, const Rows& rows, double* out, const Run& run, Kept<Real>& kept) {
    if (rows.count == 0) return;
    if (const auto arenas = kept.load(); arenas && arenas->front()->semivalue == game.semivalue) {
        for (const auto& arena : *arenas) explain(game, *arena, rows, out, run);
        return;
    }
    Arenas<Real> made;
    Room<Real> room;
    std::size_t bytes = 0;
    for (const Trees& trees : runs_of_trees(bytes_of_trees<Real>(game), kRunBytes)) {
        const auto arena = std::make_shared<Arena<Real>>(
            make_arena<Real>(game.forest, game.plans, trees, game.background, game.semivalue, std::move(room), run));
        bytes += arena->bytes();
        made.push_back(arena);
        explain(game, *arena, rows, out, run);
        if (bytes <= kKeptBytes) continue;
        made.clear();
        room = std::move(arena->numbers);
    }
    if (!made.empty()) kept.store(std::make_shared<const Arenas<Real>>(std::move(made)));
}

void predict(const Forest& forest, const Rows& rows, double* out, const Run& run) {
    constexpr std::size_t block = 256;
    const std::size_t n_outputs = forest.n_outputs();
    const bool small = 30.0 * static_cast<double>(rows.count * forest.n_trees()) < kSmallWork;
    parallel_for((rows.count + block - 1) / block, small, run, [&](std::size_t i, unsigned, const Stop& stop) {
        stop.check();
        const Rows some = rows.slice(i * block, std::min(block, rows.count - i * block));
        Columns columns;
        columns.load(forest, some);
        const std::size_t stride = padded(some.count);
        std::vector<double> sums(n_outputs * stride);
        for (std::size_t o = 0; o < n_outputs; ++o) std::fill_n(sums.begin() + o * stride, stride, forest.base[o]);
        kernels().predict({forest.view(), forest.roots.data(), forest.tree_output.data(), forest.tree_nodes.data(),
                           forest.n_trees(), columns.block(), some.data, static_cast<int>(some.count), some.width,
                           static_cast<int>(n_outputs), sums.data()});
        transpose(sums.data(), n_outputs, stride, n_outputs, some.count, out + i * block * n_outputs);
    });
}

template void explain_all<float>(const Game&, const Rows&, double*, const Run&, Kept<float>&);
template void explain_all<double>(const Game&, const Rows&, double*, const Run&, Kept<double>&);

}  // namespace pellucid
