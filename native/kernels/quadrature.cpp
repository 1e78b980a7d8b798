#include "quadrature.hpp"

#include "route.hpp"
#include "vector.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

// One batch of L rows walked through the whole tree.
template <class Real, int L>
class Batch {
    using V = typename Lanes<Real>::V;
    using M = typename Lanes<Real>::M;
    static constexpr int C = L / Lanes<Real>::count;

  public:
    Batch(const QuadTask<Real>& task, int row)
        : task_(task), row_(row), q_(task.nodes), outputs_(task.leaves.count == 0 ? 1 : task.leaves.count),
          level_size_(static_cast<std::size_t>(C) * (2 + q_ + outputs_ * q_)), space_(reinterpret_cast<V*>(task.workspace)) {}

    void run() {
        for (int i = 0; i < q_ * C; ++i) products(0)[i] = splat<Real>(1);
        for (std::size_t i = 0; i < task_.n_steps; ++i) {
            const QuadStep& step = task_.steps[i];
            switch (step.op) {
                case QuadStep::Op::Route: route_level(step); break;
                case QuadStep::Op::Down: down(step); break;
                case QuadStep::Op::Leaf: leaf(step); break;
                case QuadStep::Op::Up: up(step); break;
            }
        }
    }

  private:
    V* level(int l) const { return space_ + static_cast<std::size_t>(l) * level_size_; }
    M* sides(int l) const { return reinterpret_cast<M*>(level(l)); }       // rows that go left at the level's node
    M* bits(int l) const { return reinterpret_cast<M*>(level(l) + C); }    // the player's bit below the edge to this level
    V* products(int l) const { return level(l) + 2 * C; }                  // (q, C)
    V* sums(int l, int o) const { return products(l) + (1 + o) * q_ * C; } // (q, C)
    Real* acc(int player, int o) const {
        return task_.acc + (static_cast<std::size_t>(o) * task_.players + player) * task_.acc_rows + row_;
    }

    void route_level(const QuadStep& step) {
        using Bits = typename Lanes<Real>::Bits;
        using Lane [[gnu::may_alias]] = Bits;
        route(task_.forest, step.node, task_.block, task_.first + row_, L, task_.left);
        Lane* side = reinterpret_cast<Lane*>(sides(step.level));
        for (int i = 0; i < L; ++i) side[i] = -static_cast<Bits>(task_.left[i]);
    }

    void edge_bits(const QuadStep& step) {
        const M* side = sides(step.level);
        const M* old = bits(step.previous < 0 ? 0 : step.previous);
        M* bit = bits(step.level + 1);
        for (int c = 0; c < C; ++c) {
            const M here = step.right ? ~side[c] : side[c];
            bit[c] = step.previous < 0 ? here : here & old[c];
        }
    }

    void down(const QuadStep& step) {
        edge_bits(step);
        const V* from = products(step.level);
        V* to = products(step.level + 1);
        const M* bit = bits(step.level + 1);
        const Real* k = task_.arena + step.constants;
        if (step.previous < 0) {
            for (int q = 0; q < q_; ++q)
                for (int c = 0; c < C; ++c) to[q * C + c] = from[q * C + c] * choose<Real>(bit[c], splat(k[q]), splat(k[q_ + q]));
            return;
        }
        const M* old = bits(step.previous);
        for (int q = 0; q < q_; ++q)
            for (int c = 0; c < C; ++c) {
                const V lost = choose<Real>(old[c], splat(k[q_ + q]), splat(k[2 * q_ + q]));
                to[q * C + c] = from[q * C + c] * choose<Real>(bit[c], splat(k[q]), lost);
            }
    }

    // Gains lie after the factors: two arrays of a fresh edge, three of a repeated one.
    V gain(const QuadStep& step, const Real* k, int q, M bit, M old) const {
        if (step.previous < 0) return choose<Real>(bit, splat(k[2 * q_ + q]), splat(k[3 * q_ + q]));
        return choose<Real>(bit, splat(k[3 * q_ + q]), (V)(old & (M)splat(k[4 * q_ + q])));
    }

    void up(const QuadStep& step) {
        const Real* k = task_.arena + step.constants;
        const M* bit = bits(step.level + 1);
        const M* old = bits(step.previous < 0 ? 0 : step.previous);
        for (int o = 0; o < outputs_; ++o) {
            const V* below = sums(step.level + 1, o);
            V* here = sums(step.level, o);
            V* phi = reinterpret_cast<V*>(acc(step.player, o));
            for (int c = 0; c < C; ++c) {
                V value = phi[c];
                for (int q = 0; q < q_; ++q) {
                    const V s = below[q * C + c];
                    value += gain(step, k, q, bit[c], old[c]) * s;
                    here[q * C + c] = step.assign ? s : here[q * C + c] + s;
                }
                phi[c] = value;
            }
        }
    }

    Real leaf_value(std::int32_t node, int o) const {
        const int output = task_.leaves.first + o;
        return static_cast<Real>(task_.leaves.value[static_cast<std::size_t>(node) * task_.leaves.width + output] - task_.leaves.centre[output]);
    }

    // Down and up at once: the products of a leaf are never stored.
    void leaf(const QuadStep& step) {
        edge_bits(step);
        const Real* k = task_.arena + step.constants;
        const V* from = products(step.level);
        const M* bit = bits(step.level + 1);
        const M* old = bits(step.previous < 0 ? 0 : step.previous);
        for (int o = 0; o < outputs_; ++o) {
            const V v = splat(leaf_value(step.node, o));
            V* here = sums(step.level, o);
            V* phi = reinterpret_cast<V*>(acc(step.player, o));
            for (int c = 0; c < C; ++c) {
                V value = phi[c];
                for (int q = 0; q < q_; ++q) {
                    const V lost = step.previous < 0 ? splat(k[q_ + q]) : choose<Real>(old[c], splat(k[q_ + q]), splat(k[2 * q_ + q]));
                    const V s = v * (from[q * C + c] * choose<Real>(bit[c], splat(k[q]), lost));
                    value += gain(step, k, q, bit[c], old[c]) * s;
                    here[q * C + c] = step.assign ? s : here[q * C + c] + s;
                }
                phi[c] = value;
            }
        }
    }

    const QuadTask<Real>& task_;
    const int row_;
    const int q_;
    const int outputs_;
    const std::size_t level_size_;
    V* const space_;
};

}  // namespace

template <class Real>
void quadrature(const QuadTask<Real>& task) {
    int row = 0;
    for (; task.lanes == kWideLanes && row + kWideLanes <= task.rows; row += kWideLanes) Batch<Real, kWideLanes>(task, row).run();
    for (; row < task.rows; row += kLanes) Batch<Real, kLanes>(task, row).run();
}

template void quadrature<float>(const QuadTask<float>&);
template void quadrature<double>(const QuadTask<double>&);

}  // namespace pellucid::PELLUCID_PATH
