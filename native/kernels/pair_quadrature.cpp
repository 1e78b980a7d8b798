#include "pair_quadrature.hpp"

#include "route.hpp"
#include "vector.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

using V = Lanes<double>::V;
using M = Lanes<double>::M;
constexpr int C = kLanes / Lanes<double>::count;  // vectors that hold one number of every row

// One batch of kLanes rows walked through the whole tree.
class PairBatch {
  public:
    PairBatch(const PairQuadTask& task, int row)
        : task_(task),
          row_(row),
          q_(task.node_count),
          outputs_(task.leaves.count == 0 ? 1 : task.leaves.count),
          level_size_(static_cast<std::size_t>(C) * (2 + q_ + outputs_ * q_)),
          space_(reinterpret_cast<V*>(task.workspace)) {}

    void run() {
        for (int i = 0; i < q_ * C; ++i) products(0)[i] = splat(1.0);
        for (std::size_t i = 0; i < task_.n_steps; ++i) {
            const PairQuadStep& step = task_.steps[i];
            switch (step.quad.op) {
                case QuadStep::Op::Route: route_level(step.quad); break;
                case QuadStep::Op::Down: down(step.quad); break;
                case QuadStep::Op::Leaf:
                    down(step.quad);
                    leaf(step.quad);
                    up(step);
                    break;
                case QuadStep::Op::Up: up(step); break;
            }
        }
    }

  private:
    V* level(int l) const { return space_ + static_cast<std::size_t>(l) * level_size_; }
    M* sides(int l) const { return reinterpret_cast<M*>(level(l)); }     // rows that go left at the level's node
    M* bits(int l) const { return reinterpret_cast<M*>(level(l)) + C; }  // the player's bit below the edge to here
    V* products(int l) const { return level(l) + 2 * C; }                // (q, C)
    V* sums(int l, int o) const { return products(l) + (1 + o) * q_ * C; }
    const double* constants(std::size_t at, int which) const {
        return task_.constants + at + which * task_.nodes + task_.first_node;
    }

    void route_level(const QuadStep& step) {
        route(task_.forest, step.node, task_.block, task_.first + row_, kLanes, task_.left);
        M* side = sides(step.level);
        for (int i = 0; i < kLanes; ++i)
            side[i / Lanes<double>::count][i % Lanes<double>::count] = -static_cast<std::int64_t>(task_.left[i]);
    }

    void down(const QuadStep& step) {
        const M flip = step.right ? ~M{} : M{};
        for (int c = 0; c < C; ++c) {
            const M here = sides(step.level)[c] ^ flip, old = old_bit(step, c);
            bits(step.level + 1)[c] = here & old;
            const double* dead = constants(step.constants, 2);
            for (int q = 0; q < q_; ++q)
                products(step.level + 1)[q * C + c] =
                    products(step.level)[q * C + c] * by_bits(step, 0, q, here & old, old, dead[q]);
        }
    }

    // Whether the row satisfies the player's splits above the edge; always so for a fresh one.
    M old_bit(const QuadStep& step, int c) const { return step.previous < 0 ? ~M{} : bits(step.previous)[c]; }

    // The constant `kept`, or the one after it where the row is lost at this edge, or `dead` where it was lost before.
    V by_bits(const QuadStep& step, int kept, int q, M bit, M old, double dead) const {
        const V lost = splat(constants(step.constants, kept + 1)[q]);
        return choose<double>(bit, splat(constants(step.constants, kept)[q]), choose<double>(old, lost, splat(dead)));
    }

    void leaf(const QuadStep& step) {
        for (int o = 0; o < outputs_; ++o) {
            const int output = task_.leaves.first + o;
            const double* values = task_.leaves.value + static_cast<std::size_t>(step.node) * task_.leaves.width;
            const V value = splat(values[output] - task_.leaves.centre[output]);
            for (int i = 0; i < q_ * C; ++i) sums(step.level + 1, o)[i] = value * products(step.level + 1)[i];
        }
    }

    void up(const PairQuadStep& step) {
        for (int o = 0; o < outputs_; ++o) {
            const V* below = sums(step.quad.level + 1, o);
            V* here = sums(step.quad.level, o);
            for (int i = 0; i < q_ * C; ++i) here[i] = step.quad.assign ? below[i] : here[i] + below[i];
            if (step.terms > 0) add_pairs(step, o, below);
        }
    }

    void add_pairs(const PairQuadStep& step, int o, const V* below) {
        V gain[kNodeChunk * C], lost[C]{};
        for (int c = 0; c < C; ++c) {
            const M bit = bits(step.quad.level + 1)[c], old = old_bit(step.quad, c);
            for (int q = 0; q < q_; ++q) {
                gain[q * C + c] = below[q * C + c] * by_bits(step.quad, 3, q, bit, old, 0.0);
                lost[c] += gain[q * C + c] * splat(task_.lost[task_.first_node + q]);
            }
        }
        for (std::size_t i = 0; i < step.terms; ++i) add_term(task_.terms[step.first_term + i], o, gain, lost);
    }

    void add_term(const PairTerm& term, int o, const V* gain, const V* lost) {
        const double* worth = constants(term.constants, 5);
        V kept[C]{};
        for (int q = 0; q < q_; ++q)
            for (int c = 0; c < C; ++c) kept[c] += gain[q * C + c] * splat(worth[q]);
        const auto number = static_cast<std::size_t>(term.pair) * task_.acc.outputs + task_.acc.output + o;
        V* acc = reinterpret_cast<V*>(task_.acc.numbers + number * task_.acc.stride + task_.acc.first + row_);
        for (int c = 0; c < C; ++c) acc[c] += choose<double>(bits(term.level)[c], kept[c], lost[c]);
    }

    const PairQuadTask& task_;
    const int row_;
    const int q_;
    const int outputs_;
    const std::size_t level_size_;
    V* const space_;
};

}  // namespace

void pair_quadrature(const PairQuadTask& task) {
    for (int row = 0; row < task.rows; row += kLanes) PairBatch(task, row).run();
}

}  // namespace pellucid::PELLUCID_PATH
