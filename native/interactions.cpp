#include "interactions.hpp"

#include <algorithm>

#include "beta.hpp"
#include "blocks.hpp"
#include "dispatch.hpp"
#include "pair_cohort.hpp"
#include "workspace.hpp"

namespace pellucid {
namespace {

constexpr std::size_t kBlockRows = 512;  // most rows of a block
constexpr std::size_t kPassRows = 256;   // rows that pass through a tree together: their sums fit the first-level cache
constexpr std::size_t kRunBytes = 256 * 1024 * 1024;  // trees are made ready for so many bytes at a time
constexpr double kSmallWork = 2e6;                    // nanoseconds below which waking threads is not worth it

struct PairSpace {
    Columns columns;
    Aligned<double> acc;  // (pairs * outputs, block rows)
    Aligned<double> sums, quad, unit;
    Aligned<std::uint16_t> patterns;
    Aligned<std::uint64_t> words;
    Aligned<std::uint8_t> left;

    // Sums must be zero between passes; everything else is written before it is read.
    void fit(const TreePlan& plan, const PairTree& tree, const Pass& pass) {
        grow(sums, pass.outputs * pass.rows * static_cast<std::size_t>(tree.stride));
        grow(quad, plan.quad.empty() ? 0 : quad_size<double>(plan, pass.outputs, kLanes));
        grow(patterns, static_cast<std::size_t>(plan.buffers) * pass.rows);
        grow(words, static_cast<std::size_t>(plan.deep_buffers * plan.words) * pass.rows);
        grow(left, pass.rows);
        for (const DeepLeaf& leaf : plan.deep_leaves)
            grow(unit, static_cast<std::size_t>(pairs_of(leaf.players)) * pass.rows);
    }

  private:
    template <class T>
    static void grow(Aligned<T>& array, std::size_t size) {
        if (array.size() < size) array.resize(size);
    }
};

// What all blocks share.
struct Work {
    const Game& game;
    const std::vector<PairTree>& ready;
    std::size_t first_tree;
    std::size_t pairs;
    const BetaWeights& beta;
};

// One tree, some rows of a block, and some outputs.
class PairPass {
  public:
    PairPass(const Work& work, std::size_t tree, PairSpace& space, std::size_t first, std::size_t rows,
             LeafValues leaves)
        : work_(work),
          plan_(work.game.plans[tree]),
          tree_(work.ready[tree - work.first_tree]),
          space_(space),
          first_(static_cast<int>(first)),
          rows_(static_cast<int>(rows)),
          leaves_(leaves),
          acc_{space.acc.data(), space.columns.block().stride, static_cast<int>(work.game.forest.n_outputs()),
               leaves.count == 0 ? work.game.forest.tree_output[tree] : leaves.first, first_} {}

    void run(const Stop& stop) {
        if (tree_.stride > 0) tables();
        if (!tree_.terms.empty()) quadrature(stop);
        if (!plan_.deep_walk.empty()) cohorts(stop);
    }

  private:
    void tables() {
        std::fill_n(space_.patterns.data(), rows_, std::uint16_t{0});
        kernels().pair_tables({work_.game.forest.view(), space_.columns.block(), first_, rows_, tree_.walk.data(),
                               tree_.walk.size(), tree_.numbers.data(), tree_.pairs.data(), leaves_, tree_.stride,
                               space_.patterns.data(), space_.left.data(), space_.sums.data(), acc_});
    }

    void quadrature(const Stop& stop) {
        for (int first = 0; first < plan_.quad_nodes; first += kNodeChunk) {
            stop.check();
            kernels().pair_quadrature({work_.game.forest.view(), space_.columns.block(), first_, rows_,
                                       tree_.quad.data(), tree_.quad.size(), tree_.terms.data(), tree_.numbers.data(),
                                       tree_.numbers.data() + tree_.lost, leaves_, plan_.quad_nodes, first,
                                       std::min(kNodeChunk, plan_.quad_nodes - first), space_.left.data(),
                                       space_.quad.data(), acc_});
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
            else cohort(static_cast<std::size_t>(step.table), patterns);
        }
    }

    void cohort(std::size_t number, const std::uint64_t* patterns) {
        const DeepLeaf& leaf = plan_.deep_leaves[number];
        const LeafCohort& known = tree_.background->cohorts[number];
        pair_cohort({{known.patterns.data(), known.weights.data(), known.weights.size(), leaf.players,
                      static_cast<int>(leaf.words())},
                     patterns, rows_, work_.beta.data(), work_.beta.stride(), space_.unit.data()});
        const int outputs = std::max(1, leaves_.count);
        for (int o = 0; o < outputs; ++o) add_unit(leaf, tree_.pairs.data() + tree_.deep_pairs[number], o);
    }

    void add_unit(const DeepLeaf& leaf, const std::int32_t* pairs, int o) {
        const auto output = static_cast<std::size_t>(leaves_.first + o), rows = static_cast<std::size_t>(rows_);
        const double value =
            leaves_.value[static_cast<std::size_t>(leaf.leaf) * leaves_.width + output] - leaves_.centre[output];
        for (std::size_t p = 0; p < static_cast<std::size_t>(pairs_of(leaf.players)); ++p) {
            const auto number = static_cast<std::size_t>(pairs[p] * acc_.outputs + acc_.output + o);
            double* acc = acc_.numbers + number * acc_.stride + acc_.first;
            for (std::size_t r = 0; r < rows; ++r) acc[r] += value * space_.unit[p * rows + r];
        }
    }

    const Work& work_;
    const TreePlan& plan_;
    const PairTree& tree_;
    PairSpace& space_;
    const int first_, rows_;
    const LeafValues leaves_;
    const PairSums acc_;
};

void explain_tree(const Work& work, std::size_t tree, std::size_t rows, PairSpace& space, const Stop& stop) {
    const Forest& forest = work.game.forest;
    const TreePlan& plan = work.game.plans[tree];
    const bool vector_leaves = forest.is_vector(tree);
    const Pass pass{vector_leaves ? kVectorRows : kPassRows, pass_of(forest, tree).outputs};
    space.fit(plan, work.ready[tree - work.first_tree], pass);
    for (std::size_t first = 0; first < rows; first += pass.rows) {
        for (std::size_t o = 0; o < (vector_leaves ? forest.n_outputs() : 1); o += pass.outputs) {
            stop.check();
            const std::size_t count = vector_leaves ? std::min(pass.outputs, forest.n_outputs() - o) : 0;
            const LeafValues leaves{forest.value.data(), plan.centre.data(), forest.width, static_cast<int>(o),
                                    static_cast<int>(count)};
            PairPass(work, tree, space, first, std::min(pass.rows, rows - first), leaves).run(stop);
        }
    }
}

void explain_block(const Work& work, const Rows& rows, double* out, PairSpace& space, const Stop& stop) {
    const std::size_t numbers = work.pairs * work.game.forest.n_outputs(), stride = padded(rows.count);
    space.columns.load(work.game.forest, rows);
    space.acc.assign(numbers * stride, 0.0);
    transpose(out, rows.count, numbers, stride, numbers, space.acc.data());
    for (std::size_t t = 0; t < work.ready.size(); ++t) explain_tree(work, work.first_tree + t, stride, space, stop);
    transpose(space.acc.data(), numbers, stride, numbers, rows.count, out);
}

std::vector<PairTree> make_ready(const Game& game, const Players& players, const std::vector<PlayerPair>& pairs,
                                 Trees trees, const Run& run) {
    std::vector<PairTree> ready(trees.second - trees.first);
    parallel_for(ready.size(), false, run, [&](std::size_t i, unsigned, const Stop& stop) {
        const std::size_t t = trees.first + i;
        ready[i] = make_pair_tree(game.forest, players, t, game.plans[t], pairs, game.background(t, stop), stop);
        if (game.plans[t].deep_leaves.empty()) ready[i].background.reset();
    });
    return ready;
}

void explain_run(const Work& work, const Rows& rows, double* out, const Run& run) {
    const std::size_t numbers = work.pairs * work.game.forest.n_outputs();
    const std::size_t block = block_rows(rows.count, numbers, kBlockRows, run.threads);
    double cost = 0.0;
    for (std::size_t t = 0; t < work.ready.size(); ++t) cost += 4.0 * work.game.plans[work.first_tree + t].cost;
    const bool small = cost * static_cast<double>(rows.count) < kSmallWork;
    std::vector<PairSpace> spaces(std::max(1u, run.threads));
    parallel_for((rows.count + block - 1) / block, small, run, [&](std::size_t i, unsigned worker, const Stop& stop) {
        const Rows some = rows.slice(i * block, std::min(block, rows.count - i * block));
        explain_block(work, some, out + i * block * numbers, spaces[worker], stop);
    });
}

}  // namespace

void explain_pairs(const Game& game, const Players& players, const std::vector<PlayerPair>& pairs, const Rows& rows,
                   double* out, const Run& run) {
    if (rows.count == 0 || pairs.empty()) return;
    int deepest = 0;
    std::vector<std::size_t> bytes = game.background_bytes;
    for (std::size_t t = 0; t < bytes.size(); ++t) {
        bytes[t] += pair_tree_bytes(game.plans[t]);
        for (const DeepLeaf& leaf : game.plans[t].deep_leaves) deepest = std::max(deepest, leaf.players);
    }
    const BetaWeights beta(deepest);
    for (const Trees& trees : runs_of_trees(bytes, kRunBytes)) {
        const std::vector<PairTree> ready = make_ready(game, players, pairs, trees, run);
        explain_run({game, ready, trees.first, pairs.size(), beta}, rows, out, run);
    }
}

void take_off_pairs(const std::vector<PlayerPair>& pairs, const double* values, std::size_t rows, std::size_t players,
                    std::size_t outputs, double* main, const Run& run) {
    constexpr std::size_t block = 64;
    const bool small = static_cast<double>(rows * pairs.size() * outputs) < kSmallWork;
    parallel_for((rows + block - 1) / block, small, run, [&](std::size_t i, unsigned, const Stop& stop) {
        stop.check();
        for (std::size_t r = i * block; r < std::min(rows, (i + 1) * block); ++r) {
            const double* value = values + r * pairs.size() * outputs;
            double* row = main + r * players * outputs;
            for (const PlayerPair& pair : pairs)
                for (std::size_t o = 0; o < outputs; ++o, ++value) {
                    row[static_cast<std::size_t>(pair.first) * outputs + o] -= 0.5 * *value;
                    row[static_cast<std::size_t>(pair.second) * outputs + o] -= 0.5 * *value;
                }
        }
    });
}

}  // namespace pellucid
