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
    static constexpr int C = L / Lanes<Real>::count;  // vectors that hold one number of every row
    static constexpr int G = C < 4 ? C : 4;           // of these, how many are held in registers together

  public:
    Batch(const QuadTask<Real>& task, int row)
        : task_(task),
          row_(row),
          q_(task.node_count),
          outputs_(task.leaves.count == 0 ? 1 : task.leaves.count),
          level_size_(static_cast<std::size_t>(C) * (2 + q_ + outputs_ * q_)),
          space_(reinterpret_cast<V*>(task.workspace)) {}

    void run() {
        for (int i = 0; i < q_ * C; ++i) products(0)[i] = splat<Real>(1);
        for (std::size_t i = 0; i < task_.n_steps; ++i) {
            const QuadStep& step = task_.steps[i];
            switch (step.op) {
                case QuadStep::Op::Route: route_level(step); break;
                case QuadStep::Op::Down: step.previous < 0 ? down<true>(step) : down<false>(step); break;
                case QuadStep::Op::Leaf: step.previous < 0 ? leaf<true>(step) : leaf<false>(step); break;
                case QuadStep::Op::Up: step.previous < 0 ? up<true>(step) : up<false>(step); break;
            }
        }
    }

  private:
    V* level(int l) const { return space_ + static_cast<std::size_t>(l) * level_size_; }
    M* sides(int l) const { return reinterpret_cast<M*>(level(l)); }  // rows that go left at the level's node
    M* bits(int l) const {
        return reinterpret_cast<M*>(level(l) + C);
    }  // the player's bit below the edge to this level
    V* products(int l) const { return level(l) + 2 * C; }                   // (q, C)
    V* sums(int l, int o) const { return products(l) + (1 + o) * q_ * C; }  // (q, C)
    V* acc(int player, int o) const {
        return reinterpret_cast<V*>(task_.acc +
                                    (static_cast<std::size_t>(o) * task_.players + player) * task_.acc_rows + row_);
    }

    void route_level(const QuadStep& step) {
        using Bits = typename Lanes<Real>::Bits;
        using Lane [[gnu::may_alias]] = Bits;
        route(task_.forest, step.node, task_.block, task_.first + row_, L, task_.left);
        const std::uint8_t* __restrict left = task_.left;
        Lane* __restrict side = reinterpret_cast<Lane*>(sides(step.level));
        for (int i = 0; i < L; ++i) side[i] = -static_cast<Bits>(left[i]);
    }

    template <bool Fresh>
    void edge_bits(const QuadStep& step) {
        const M* side = sides(step.level);
        const M* old = bits(Fresh ? 0 : step.previous);
        M* bit = bits(step.level + 1);
        const M flip = step.right ? ~M{} : M{};
        for (int c = 0; c < C; ++c) {
            const M here = side[c] ^ flip;
            bit[c] = Fresh ? here : here & old[c];
        }
    }

    // Factors of an edge at quadrature node q, and what its player gains: see QuadStep for the order of constants.
    template <bool Fresh>
    struct Edge {
        V kept, lost, dead, gain_kept, gain_lost;

        Edge(const Real* k, int q, int n)
            : kept(splat(k[q])),
              lost(splat(k[n + q])),
              dead(Fresh ? V{} : splat(k[2 * n + q])),
              gain_kept(splat(k[(Fresh ? 2 : 3) * n + q])),
              gain_lost(splat(k[(Fresh ? 3 : 4) * n + q])) {}

        V factor(M bit, M old) const { return choose<Real>(bit, kept, Fresh ? lost : choose<Real>(old, lost, dead)); }
        V gain(M bit, M old) const { return choose<Real>(bit, gain_kept, Fresh ? gain_lost : (V)(old & (M)gain_lost)); }
    };

    template <bool Fresh>
    void down(const QuadStep& step) {
        edge_bits<Fresh>(step);
        const Real* k = task_.arena + step.constants + task_.first_node;
        for (int c = 0; c < C; c += G) {
            const V* from = products(step.level) + c;
            V* to = products(step.level + 1) + c;
            M bit[G], old[G];
            load_bits<Fresh>(step, c, bit, old);
            for (int q = 0; q < q_; ++q, from += C, to += C) {
                const Edge<Fresh> edge(k, q, task_.nodes);
                for (int g = 0; g < G; ++g) to[g] = from[g] * edge.factor(bit[g], old[g]);
            }
        }
    }

    template <bool Fresh>
    void load_bits(const QuadStep& step, int c, M* bit, M* old) const {
        for (int g = 0; g < G; ++g) {
            bit[g] = bits(step.level + 1)[c + g];
            old[g] = Fresh ? M{} : bits(step.previous)[c + g];
        }
    }

    template <bool Fresh>
    void up(const QuadStep& step) {
        for (int o = 0; o < outputs_; ++o)
            for (int c = 0; c < C; c += G)
                step.assign ? up_some<Fresh, true>(step, o, c) : up_some<Fresh, false>(step, o, c);
    }

    template <bool Fresh, bool Assign>
    void up_some(const QuadStep& step, int o, int c) {
        const Real* k = task_.arena + step.constants + task_.first_node;
        const V* below = sums(step.level + 1, o) + c;
        V* here = sums(step.level, o) + c;
        V* phi = acc(step.player, o) + c;
        M bit[G], old[G];
        V value[G];
        load_bits<Fresh>(step, c, bit, old);
        for (int g = 0; g < G; ++g) value[g] = phi[g];
        for (int q = 0; q < q_; ++q, below += C, here += C) {
            const Edge<Fresh> edge(k, q, task_.nodes);
            for (int g = 0; g < G; ++g) {
                const V s = below[g];
                value[g] += edge.gain(bit[g], old[g]) * s;
                here[g] = Assign ? s : here[g] + s;
            }
        }
        for (int g = 0; g < G; ++g) phi[g] = value[g];
    }

    Real leaf_value(std::int32_t node, int o) const {
        const int output = task_.leaves.first + o;
        return static_cast<Real>(task_.leaves.value[static_cast<std::size_t>(node) * task_.leaves.width + output] -
                                 task_.leaves.centre[output]);
    }

    template <bool Fresh>
    void leaf(const QuadStep& step) {
        edge_bits<Fresh>(step);
        for (int o = 0; o < outputs_; ++o)
            for (int c = 0; c < C; c += G)
                step.assign ? leaf_some<Fresh, true>(step, o, c) : leaf_some<Fresh, false>(step, o, c);
    }

    // Down and up at once: the products of a leaf are never stored.
    template <bool Fresh, bool Assign>
    void leaf_some(const QuadStep& step, int o, int c) {
        const Real* k = task_.arena + step.constants + task_.first_node;
        const V v = splat(leaf_value(step.node, o));
        const V* from = products(step.level) + c;
        V* here = sums(step.level, o) + c;
        V* phi = acc(step.player, o) + c;
        M bit[G], old[G];
        V value[G];
        load_bits<Fresh>(step, c, bit, old);
        for (int g = 0; g < G; ++g) value[g] = phi[g];
        for (int q = 0; q < q_; ++q, from += C, here += C) {
            const Edge<Fresh> edge(k, q, task_.nodes);
            for (int g = 0; g < G; ++g) {
                const V s = v * (from[g] * edge.factor(bit[g], old[g]));
                value[g] += edge.gain(bit[g], old[g]) * s;
                here[g] = Assign ? s : here[g] + s;
            }
        }
        for (int g = 0; g < G; ++g) phi[g] = value[g];
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
    for (; task.lanes == kWideLanes && row + kWideLanes <= task.rows; row += kWideLanes)
        Batch<Real, kWideLanes>(task, row).run();
    for (; row < task.rows; row += kLanes) Batch<Real, kLanes>(task, row).run();
}

template void quadrature<float>(const QuadTask<float>&);
template void quadrature<double>(const QuadTask<double>&);

}  // namespace pellucid::PELLUCID_PATH
