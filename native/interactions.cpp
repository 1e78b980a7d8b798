#include "interactions.hpp"

#include <algorithm>
#include <numeric>

#include "blocks.hpp"
#include "deep_sets.hpp"
#include "dispatch.hpp"
#include "pair_cohort.hpp"
#include "workspace.hpp"

namespace pellucid {
namespace {

constexpr std::size_t kMostRows = 512, kLeastRows = 64;  // of a block
constexpr std::size_t kTileBytes = 704 * 1024;           // of a block's sums in float: they stay in the cache
constexpr std::size_t kKeptBytes = 128 * 1024 * 1024;    // tables up to here are kept from call to call
constexpr std::size_t kRunBytes = 256 * 1024 * 1024;     // larger ones are made for so many trees at a time
constexpr double kSmallWork = 2e6;                       // nanoseconds below which waking threads is not worth it

template <class T>
void grow(Aligned<T>& array, std::size_t size) {
    if (array.size() < size) array.resize(size);
}

// Tiles and sums are zero between trees or tiles; everything else is written before it is read.
template <class Real>
struct PairSpace {
    Columns columns;
    Aligned<double> acc, main;  // (pairs * outputs, stride), (players * outputs, stride)
    Aligned<float> tile;        // (pairs * outputs, stride) of tables of float
    Aligned<Real> sums;
    Aligned<double> quad, unit, turned;
    Aligned<std::uint16_t> patterns;
    Aligned<std::uint64_t> words;
    Aligned<std::uint8_t> left;
    std::size_t stride = 0;

    void fit(const TreePlan& plan, const PairTree& tree, int order, const Pass& pass) {
        const std::size_t rows = static_cast<std::size_t>(pair_rows(static_cast<int>(pass.rows)));
        grow(sums, pass.outputs * rows * static_cast<std::size_t>(pair_columns(sets_of(tree.players, order))));
        grow(quad, plan.quad.empty() ? 0 : quad_size<double>(plan, pass.outputs, kLanes));
        grow(patterns, static_cast<std::size_t>(plan.buffers) * rows);
        grow(words, static_cast<std::size_t>(plan.deep_buffers * plan.words) * pass.rows);
        grow(left, rows);
        for (const DeepLeaf& leaf : plan.deep_leaves)
            grow(unit, static_cast<std::size_t>(sets_of(leaf.players, order)) * pass.rows);
    }
};

// What all blocks share.
template <class Real>
struct Work {
    const Game& game;
    const WantedSets& wanted;
    const PairArena<Real>& arena;
    bool first, last;  // of the runs of trees

    std::size_t outputs() const { return game.forest.n_outputs(); }
    std::size_t numbers() const { return wanted.sets.size() * outputs(); }
};

// One tree, some rows of a block, and some outputs.
template <class Real>
class PairPass {
  public:
    PairPass(const Work<Real>& work, std::size_t tree, PairSpace<Real>& space, std::size_t first, std::size_t rows,
             LeafValues leaves)
        : work_(work),
          plan_(work.game.plans[tree]),
          number_(tree - work.arena.trees.first),
          tree_(work.arena.ready[number_]),
          space_(space),
          first_(static_cast<int>(first)),
          rows_(static_cast<int>(rows)),
          leaves_(leaves),
          tree_number_(tree),
          output_(leaves.count == 0 ? work.game.forest.tree_output[tree] : leaves.first),
          acc_(sums(space.acc.data())) {}

    void run(const Stop& stop) {
        if (!tree_.table_pairs.empty()) tables();
        if (!tree_.terms.empty()) quadrature(stop);
        if (!plan_.deep_walk.empty()) cohorts(stop);
    }

  private:
    template <class Number>
    PairSums<Number> sums(Number* numbers) const {
        return {numbers, space_.stride, static_cast<int>(work_.outputs()), output_, first_};
    }

    void tables() {
        std::fill_n(space_.patterns.data(), pair_rows(rows_), std::uint16_t{0});
        const auto task = [&](const PairSums<Real>& acc) {
            return PairTableTask<Real>{work_.game.forest.view(),
                                       space_.columns.block(),
                                       first_,
                                       rows_,
                                       tree_.walk.data(),
                                       tree_.walk.size(),
                                       work_.arena.tables[number_].data(),
                                       tree_.table_pairs.data(),
                                       leaves_,
                                       tree_.players,
                                       work_.wanted.order,
                                       space_.patterns.data(),
                                       space_.left.data(),
                                       space_.sums.data(),
                                       acc};
        };
        if constexpr (sizeof(Real) == 4) kernels().pairs->tables32(task(sums(space_.tile.data())));
        else kernels().pairs->tables64(task(acc_));
    }

    void quadrature(const Stop& stop) {
        for (int first = 0; first < plan_.quad_nodes; first += kNodeChunk) {
            stop.check();
            kernels().pairs->quadrature({work_.game.forest.view(), space_.columns.block(), first_, rows_,
                                         tree_.quad.data(), tree_.quad.size(), tree_.terms.data(),
                                         tree_.constants.data(), tree_.constants.data() + tree_.lost, leaves_,
                                         plan_.quad_nodes, first, std::min(kNodeChunk, plan_.quad_nodes - first),
                                         space_.left.data(), space_.quad.data(), acc_});
        }
    }

    void cohorts(const Stop& stop) {
        const PatternTask task{work_.game.forest.view(), space_.columns.block(), first_, rows_, plan_.words,
                               space_.words.data(), space_.left.data()};
        const std::size_t size = static_cast<std::size_t>(plan_.words * rows_);
        std::fill_n(space_.words.data(), size, std::uint64_t{0});
        for (const WalkStep& step : plan_.deep_walk) {
            stop.check();
            const std::uint64_t* patterns = space_.words.data() + static_cast<std::size_t>(step.in) * size;
            if (step.op == WalkStep::Op::Split) kernels().split_patterns(task, step);
            else cohort(static_cast<std::size_t>(step.table), patterns, stop);
        }
    }

    void cohort(std::size_t number, const std::uint64_t* patterns, const Stop& stop) {
        const DeepLeaf& leaf = plan_.deep_leaves[number];
        if (work_.wanted.order == 2) pairs_of_leaf(leaf, number, patterns);
        else sets_of_leaf(leaf, number, patterns, stop);
        const int outputs = std::max(1, leaves_.count);
        for (int o = 0; o < outputs; ++o) add_unit(leaf, tree_.deep_pairs.data() + tree_.deep_first[number], o);
    }

    void pairs_of_leaf(const DeepLeaf& leaf, std::size_t number, const std::uint64_t* patterns) {
        const LeafCohort& known = work_.arena.background[number_]->cohorts[number];
        pair_cohort({{known.patterns.data(), known.weights.data(), known.weights.size(), leaf.players,
                      static_cast<int>(leaf.words())},
                     patterns, rows_, work_.arena.beta.data(), work_.arena.beta.stride(), space_.unit.data()});
    }

    void sets_of_leaf(const DeepLeaf& leaf, std::size_t number, const std::uint64_t* patterns, const Stop& stop) {
        static const LeafCohort none;
        const auto* ratios = work_.wanted.ratios;
        const LeafCohort& known = ratios ? none : work_.arena.background[number_]->cohorts[number];
        const auto nodes = static_cast<std::size_t>((leaf.players - work_.wanted.order) / 2 + 1);
        deep_sets({leaf.players, work_.wanted.order,
                   ratios ? (*ratios)[tree_number_].data() + leaf.path : nullptr, known.patterns.data(),
                   known.weights.data(), known.weights.size(), static_cast<int>(leaf.words()), patterns, rows_,
                   &work_.arena.rules[nodes], space_.unit.data()},
                  stop);
    }

    void add_unit(const DeepLeaf& leaf, const std::int32_t* pairs, int o) {
        const auto output = static_cast<std::size_t>(leaves_.first + o), rows = static_cast<std::size_t>(rows_);
        const double value =
            leaves_.value[static_cast<std::size_t>(leaf.leaf) * leaves_.width + output] - leaves_.centre[output];
        for (std::size_t p = 0; p < static_cast<std::size_t>(sets_of(leaf.players, work_.wanted.order)); ++p) {
            const auto number = static_cast<std::size_t>(pairs[p] * acc_.outputs + acc_.output + o);
            double* acc = acc_.numbers + number * acc_.stride + acc_.first;
            for (std::size_t r = 0; r < rows; ++r) acc[r] += value * space_.unit[p * rows + r];
        }
    }

    const Work<Real>& work_;
    const TreePlan& plan_;
    const std::size_t number_;
    const PairTree& tree_;
    PairSpace<Real>& space_;
    const int first_, rows_;
    const LeafValues leaves_;
    const std::size_t tree_number_;
    const int output_;
    const PairSums<double> acc_;
};

template <class Real>
void explain_tree(const Work<Real>& work, std::size_t tree, std::size_t rows, PairSpace<Real>& space,
                  const Stop& stop) {
    const Forest& forest = work.game.forest;
    const TreePlan& plan = work.game.plans[tree];
    const bool vector_leaves = forest.is_vector(tree);
    const Pass pass{vector_leaves ? kVectorRows : rows, pass_of(forest, tree).outputs};
    space.fit(plan, work.arena.ready[tree - work.arena.trees.first], work.wanted.order, pass);
    for (std::size_t first = 0; first < rows; first += pass.rows) {
        for (std::size_t o = 0; o < (vector_leaves ? forest.n_outputs() : 1); o += pass.outputs) {
            stop.check();
            const std::size_t count = vector_leaves ? std::min(pass.outputs, forest.n_outputs() - o) : 0;
            const LeafValues leaves{forest.value.data(), plan.centre.data(), forest.width, static_cast<int>(o),
                                    static_cast<int>(count)};
            PairPass<Real>(work, tree, space, first, std::min(pass.rows, rows - first), leaves).run(stop);
        }
    }
}

// main -= half of each pair's value
template <class Real>
void take_off(const Work<Real>& work, const Rows& rows, double* main, PairSpace<Real>& space) {
    const std::size_t outputs = work.outputs(), numbers = work.game.players * outputs;
    const std::vector<PlayerSet>& pairs = work.wanted.sets;
    space.main.assign(numbers * space.stride, 0.0);
    kernels().pairs->share({space.acc.data(), pairs.size(), space.stride, padded(rows.count), static_cast<int>(outputs),
                            pairs.front().player.data(), pairs.front().player.size(), space.main.data()});
    for (std::size_t r = 0; r < rows.count; ++r)
        for (std::size_t n = 0; n < numbers; ++n) main[r * numbers + n] -= 0.5 * space.main[n * space.stride + r];
}

template <class Real>
void add_tile(const Work<Real>& work, std::size_t tree, std::size_t rows, PairSpace<Real>& space) {
    const std::vector<std::int32_t>& pairs = work.arena.touched[work.arena.tile(tree)];
    kernels().pairs->add_tile({pairs.data(), pairs.size(), static_cast<int>(work.outputs()), static_cast<int>(rows),
                               space.tile.data(), space.stride, space.acc.data(), space.stride});
}

// Trees are added to what earlier ones left in `out`, in order.
template <class Real>
void explain_block(const Work<Real>& work, const Rows& rows, const PairOut& out, PairSpace<Real>& space,
                   const Stop& stop) {
    const std::size_t numbers = work.numbers(), padded_rows = padded(rows.count);
    space.stride = static_cast<std::size_t>(pair_rows(static_cast<int>(rows.count))) + kLanes;
    space.columns.load(work.game.forest, rows, kPairLanes);
    space.acc.assign(numbers * space.stride, 0.0);
    if (!work.first) transpose(out.values, rows.count, numbers, space.stride, numbers, space.acc.data());
    if constexpr (sizeof(Real) == 4) grow(space.tile, numbers * space.stride);
    for (std::size_t t = work.arena.trees.first; t < work.arena.trees.second; ++t) {
        explain_tree(work, t, padded_rows, space, stop);
        if (sizeof(Real) == 4 && work.arena.ends_tile(t)) add_tile(work, t, padded_rows, space);
    }
    grow(space.turned, static_cast<std::size_t>(kPairTurned) * numbers);
    if (work.last && out.main) take_off(work, rows, out.main, space);
    kernels().pairs->store({space.acc.data(), numbers, space.stride, rows.count, space.turned.data(), out.values});
}

// Few enough rows that their tile stays in the cache; bits do not depend on it.
std::size_t rows_of_block(std::size_t rows, std::size_t numbers, unsigned threads) {
    const std::size_t most =
        std::clamp(kTileBytes / sizeof(float) / std::max<std::size_t>(numbers, 1), kLeastRows, kMostRows);
    return block_rows(rows, numbers, most / kLeastRows * kLeastRows, threads);
}

template <class Real>
void explain_run(const Work<Real>& work, const Rows& rows, const PairOut& out, const Run& run) {
    const std::size_t numbers = work.numbers(), mains = work.game.players * work.outputs();
    const std::size_t block = rows_of_block(rows.count, numbers, run.threads);
    double cost = 0.0;
    for (std::size_t t = work.arena.trees.first; t < work.arena.trees.second; ++t)
        cost += 4.0 * work.game.plans[t].cost;
    const bool small = cost * static_cast<double>(rows.count) < kSmallWork;
    std::vector<PairSpace<Real>> spaces(std::max(1u, run.threads));
    parallel_for((rows.count + block - 1) / block, small, run, [&](std::size_t i, unsigned worker, const Stop& stop) {
        const std::size_t first = i * block;
        const Rows some = rows.slice(first, std::min(block, rows.count - first));
        double* main = out.main ? out.main + first * mains : nullptr;
        explain_block(work, some, {out.values + first * numbers, main}, spaces[worker], stop);
    });
}

}  // namespace

template <class Real>
void explain_sets(const Game& game, const WantedSets& wanted, const Rows& rows, const PairOut& out, const Run& run,
                  KeptPairs<Real>& kept) {
    if (rows.count == 0 || wanted.sets.empty()) return;
    const bool registers = sizeof(Real) == 4 && kernels().pairs->registers;
    if (const auto arena = kept.load(); arena && arena->registers == registers)
        return explain_run<Real>({game, wanted, *arena, true, true}, rows, out, run);
    std::vector<std::size_t> bytes = game.background_bytes;
    for (std::size_t t = 0; t < bytes.size(); ++t)
        bytes[t] += pair_tree_bytes(game.plans[t], wanted.order, registers, sizeof(Real));
    const bool keep = std::accumulate(bytes.begin(), bytes.end(), std::size_t{0}) <= kKeptBytes;
    const PairForest shared{game.forest, wanted.players, wanted.order, wanted.sets, registers};
    const std::vector<Trees> runs = runs_of_trees(bytes, kRunBytes);
    for (const Trees& trees : runs) {
        const auto arena = std::make_shared<const PairArena<Real>>(
            make_pair_arena<Real>(shared, game.plans, trees, game.background, run));
        if (keep) kept.store(arena);
        const bool first = trees.first == 0, last = trees.second == game.plans.size();
        explain_run<Real>({game, wanted, *arena, first, last}, rows, out, run);
    }
}

template void explain_sets(const Game&, const WantedSets&, const Rows&, const PairOut&, const Run&, KeptPairs<float>&);
template void explain_sets(const Game&, const WantedSets&, const Rows&, const PairOut&, const Run&, KeptPairs<double>&);

}  // namespace pellucid
