#include "build.hpp"

#include "vector.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

using V = Lanes<double>::V;
using M = Lanes<double>::M;
constexpr std::size_t kWidth = Lanes<double>::count;

// One number for the patterns of a register in which the slot's bit is 0, another for those in which it is 1.
V by_bit(std::size_t half, double absent, double present) {
    V v{};
    for (std::size_t i = 0; i < kWidth; ++i) v[i] = i & half ? present : absent;
    return v;
}

// The same patterns with the slot's bit flipped, where that stays within a register.
struct Flip {
    M order{};

    explicit Flip(std::size_t half) {
        for (std::size_t i = 0; i < kWidth; ++i) order[i] = static_cast<Lanes<double>::Bits>(i ^ half);
    }

    V operator()(V v) const { return __builtin_shuffle(v, order); }
};

V load(const double* x) { return *reinterpret_cast<const V*>(x); }
void store(double* x, V v) { *reinterpret_cast<V*>(x) = v; }

// G along one axis: E(0), E(1) = (1 - t) E(1), t E(0) + E(1).
void apply_axis(double* e, std::size_t size, std::size_t half, double t, double rest) {
    if (size < kWidth) {
        for (std::size_t s = 0; s < size; ++s) {
            if (s & half) continue;
            const double absent = e[s], present = e[s + half];
            e[s] = rest * present;
            e[s + half] = t * absent + present;
        }
    } else if (half < kWidth) {
        const Flip flip(half);
        const V own = by_bit(half, 0.0, 1.0), other = by_bit(half, rest, t);
        for (std::size_t s = 0; s < size; s += kWidth) store(e + s, other * flip(load(e + s)) + own * load(e + s));
    } else {
        const V to_absent = splat(rest), to_present = splat(t);
        for (std::size_t s = 0; s < size; s += 2 * half)
            for (std::size_t i = s; i < s + half; i += kWidth) {
                const V absent = load(e + i), present = load(e + i + half);
                store(e + i, to_absent * present);
                store(e + i + half, to_present * absent + present);
            }
    }
}

// values(0) -= w / (1-t) E(0);  values(1) += w / t (E(1) - E(0) / (1-t))
void add_slot(const double* e, std::size_t size, std::size_t half, double t, double rest, double w, double* values) {
    const double lost = -(w / rest), kept = w / t, inverse = 1.0 / rest;
    if (size < kWidth) {
        for (std::size_t s = 0; s < size; ++s)
            values[s] += s & half ? kept * (e[s] - inverse * e[s - half]) : lost * e[s];
    } else if (half < kWidth) {
        const Flip flip(half);
        const V gain = by_bit(half, lost, kept), less = by_bit(half, 0.0, inverse);
        for (std::size_t s = 0; s < size; s += kWidth)
            store(values + s, load(values + s) + gain * (load(e + s) - less * flip(load(e + s))));
    } else {
        const V gain_absent = splat(lost), gain_present = splat(kept), less = splat(inverse);
        for (std::size_t s = 0; s < size; s += 2 * half)
            for (std::size_t i = s; i < s + half; i += kWidth) {
                const V absent = load(e + i), present = load(e + i + half);
                store(values + i, load(values + i) + gain_absent * absent);
                store(values + i + half, load(values + i + half) + gain_present * (present - less * absent));
            }
    }
}

// One node of the quadrature, for tables of so many patterns.
struct QuadNode {
    std::size_t size;
    double t, rest;
};

// Sets of `order` slots below `slots`, each slot's step taken on what those of the deeper slots left of E.
void add_sets(const QuadNode& node, const double* e, int slots, int order, double w, double* scratch, double*& values) {
    for (int slot = order - 1; slot < slots; ++slot) {
        const std::size_t half = std::size_t{1} << slot;
        double* to = order == 1 ? values : scratch;
        if (order == 1) values += node.size;
        else
            for (std::size_t s = 0; s < node.size; ++s) to[s] = 0.0;
        add_slot(e, node.size, half, node.t, node.rest, w, to);
        if (order > 1) add_sets(node, to, slot, order - 1, 1.0, scratch + node.size, values);
    }
}

// Two sibling leaves at once, of values v and u. Their last bits are each other's opposites, g and 1 - g, so along that
// axis v g + u (1 - g) = u + (v - u) g takes the place of g, and a step is worth v - u.
void apply_siblings(const PairBuildTask& task, const QuadNode& node, double* both, double* step) {
    const std::size_t last = node.size / 2;
    const double u = task.sibling_value, more = task.value - u;
    for (std::size_t s = 0; s < last; ++s) {
        const double absent = task.histogram[s], present = task.histogram[s + last], all = u * (absent + present);
        both[s] = all + more * (node.rest * present);
        both[s + last] = all + more * (node.t * absent + present);
        step[s] = -more * present;
        step[s + last] = more * absent;
    }
    for (std::size_t half = 1; half < last; half *= 2) {
        apply_axis(both, node.size, half, node.t, node.rest);
        apply_axis(step, node.size, half, node.t, node.rest);
    }
}

void add_siblings(const PairBuildTask& task, const QuadNode& node, double w) {
    double *const both = task.scratch, *const step = both + node.size, *const scratch = step + node.size;
    apply_siblings(task, node, both, step);
    double* values = task.values;
    add_sets(node, both, task.players - 1, task.order, w, scratch, values);
    add_sets(node, step, task.players - 1, task.order - 1, w, scratch, values);
}

void add_leaf(const PairBuildTask& task, const QuadNode& node, double w) {
    double* const e = task.scratch;
    for (std::size_t s = 0; s < node.size; ++s) e[s] = task.histogram[s];
    for (std::size_t half = 1; half < node.size; half *= 2) apply_axis(e, node.size, half, node.t, node.rest);
    double* values = task.values;
    add_sets(node, e, task.players, task.order, w * task.value, e + node.size, values);
}

}  // namespace

void build(const BuildTask& task) {
    const std::size_t size = std::size_t{1} << task.players;
    for (std::size_t i = 0; i < size * static_cast<std::size_t>(task.players); ++i) task.values[i] = 0.0;
    for (int q = 0; q < task.nodes; ++q) {
        const double t = task.t[q], rest = task.rest[q];
        for (std::size_t s = 0; s < size; ++s) task.scratch[s] = task.histogram[s];
        for (std::size_t half = 1; half < size; half *= 2) apply_axis(task.scratch, size, half, t, rest);
        double* values = task.values;
        for (std::size_t half = 1; half < size; half *= 2, values += size)
            add_slot(task.scratch, size, half, t, rest, task.w[q], values);
    }
}

void build_sets(const PairBuildTask& task) {
    const std::size_t size = std::size_t{1} << task.players;
    for (std::size_t i = 0; i < size * static_cast<std::size_t>(sets_of(task.players, task.order)); ++i)
        task.values[i] = 0.0;
    for (int q = 0; q < task.nodes; ++q) {
        const QuadNode node{size, task.t[q], task.rest[q]};
        if (task.siblings) add_siblings(task, node, task.w[q]);
        else add_leaf(task, node, task.w[q]);
    }
}

}  // namespace pellucid::PELLUCID_PATH
