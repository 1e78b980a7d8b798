#include "effects.hpp"

#include "sides.hpp"

namespace pellucid::PELLUCID_PATH {
namespace {

constexpr int kFewRows = kSetRows / 32;  // that are rather listed
constexpr Fails kDropped = ~Fails{0};

// Sets of a level: nobody, each slot, then the pairs from a place that the number of slots does not move.
inline int pair_set(int capacity, int a, int b) { return 1 + capacity + pairs_of(b) + a; }

struct Split {
    const Word* from;
    const Word* left;
    Word *to_left, *to_right;

    const Word* in(int set) const { return from + set * kSetWords; }
    Word* l(int set) const { return to_left + set * kSetWords; }
    Word* r(int set) const { return to_right + set * kSetWords; }

    // Rows that stay in their state: each goes to its own side alone.
    void part(int set) const {
        const Word* rows = in(set);
        Word *to_l = l(set), *to_r = r(set);
        for (int w = 0; w < kSetWords; ++w) {
            to_l[w] = rows[w] & left[w];
            to_r[w] = rows[w] & ~left[w];
        }
    }

    // Rows that fail the split's player now: those of `clean` on the wrong side, and those that failed it above.
    void gather(int clean, int failed, bool fresh) const {
        const Word *l_clean = l(clean), *r_clean = r(clean), *above = in(failed);
        Word *to_l = l(failed), *to_r = r(failed);
        for (int w = 0; w < kSetWords; ++w) {
            const Word old = fresh ? 0 : above[w];
            to_l[w] = old | r_clean[w];
            to_r[w] = old | l_clean[w];
        }
    }
};

void split_sets(const FailTask& task, const FailStep& step, const Word* from, FailLevel& to) {
    sides(task, step.node);
    const Split split{from, task.left, to.sets[0], to.sets[1]};
    const int above = step.players - (step.fresh ? 1 : 0), capacity = task.dense_players;
    split.part(0);
    for (int i = 0; i < above; ++i)
        if (i != step.slot) split.part(1 + i);
    split.gather(0, 1 + step.slot, step.fresh);
    if (task.most < 2) return;
    for (int b = 1; b < above; ++b)
        for (int a = 0; a < b; ++a)
            if (a != step.slot && b != step.slot) split.part(pair_set(capacity, a, b));
    for (int i = 0; i < step.players; ++i) {
        if (i == step.slot) continue;
        const int pair = i < step.slot ? pair_set(capacity, i, step.slot) : pair_set(capacity, step.slot, i);
        split.gather(1 + i, pair, step.fresh);
    }
}

// Calls hear(set, fails) for every state of a path with so many slots.
template <class Hear>
inline void each_state(const FailTask& task, int players, const Hear& hear) {
    hear(0, Fails{0});
    for (int i = 0; i < players; ++i) hear(1 + i, static_cast<Fails>(i + 1));
    if (task.most < 2) return;
    for (int b = 1; b < players; ++b)
        for (int a = 0; a < b; ++a)
            hear(pair_set(task.dense_players, a, b), static_cast<Fails>(a + 1) | static_cast<Fails>(b + 1) << 16);
}

// Rows in any state; every row is in one alone.
int count_rows(const FailTask& task, const Word* sets, int players) {
    Word any[kSetWords] = {};
    each_state(task, players, [&](int set, Fails) {
        for (int w = 0; w < kSetWords; ++w) any[w] |= sets[set * kSetWords + w];
    });
    int count = 0;
    for (int w = 0; w < kSetWords; ++w) count += __builtin_popcountll(any[w]);
    return count;
}

template <class Hear>
inline void each_row(const Word* set, const Hear& hear) {
    for (int w = 0; w < kSetWords; ++w)
        for (Word bits = set[w]; bits; bits &= bits - 1) hear(64 * w + __builtin_ctzll(bits));
}

// Where a state's sum lies among a leaf's.
inline std::size_t place(Fails fails, int players) {
    const int a = static_cast<int>(fails & 0xffff), b = static_cast<int>(fails >> 16);
    return static_cast<std::size_t>(b == 0 ? a : 1 + players + pairs_of(b - 1) + a - 1);
}

void hear_sets(const FailTask& task, const FailStep& step, const Word* sets) {
    each_state(task, step.players, [&](int number, Fails fails) {
        const Word* set = sets + number * kSetWords;
        if (!task.sums) return each_row(set, [&](int r) { task.hear(task.listener, step.leaf, fails, r); });
        double& sum = task.sums[step.sums + place(fails, step.players)];
        if (task.weights) return each_row(set, [&](int r) { sum += task.weights[r]; });
        int count = 0;
        for (int w = 0; w < kSetWords; ++w) count += __builtin_popcountll(set[w]);
        sum += count;
    });
}

void hear_list(const FailTask& task, const FailStep& step, const FailedRow* list, int count) {
    for (int i = 0; i < count; ++i) {
        const FailedRow& one = list[i];
        if (!task.sums) task.hear(task.listener, step.leaf, one.fails, one.row);
        else task.sums[step.sums + place(one.fails, step.players)] += task.weights ? task.weights[one.row] : 1.0;
    }
}

// Rows in order, so that a list and a set add up in the same one.
int list_sets(const FailTask& task, int players, const Word* sets, FailedRow* list) {
    Fails fails_of[kSetRows];
    Word any[kSetWords] = {};
    each_state(task, players, [&](int set, Fails fails) {
        for (int w = 0; w < kSetWords; ++w) any[w] |= sets[set * kSetWords + w];
        each_row(sets + set * kSetWords, [&](int r) { fails_of[r] = fails; });
    });
    int count = 0;
    each_row(any, [&](int r) { list[count++] = {r, fails_of[r]}; });
    return count;
}

// What becomes of a row that takes the other side of a split of this slot.
inline Fails failing(Fails fails, int slot, int most) {
    const Fails more = static_cast<Fails>(slot + 1), first = fails & 0xffff, second = fails >> 16;
    if (fails == 0 || first == more) return fails | more;
    if (second != 0) return second == more ? fails : kDropped;
    if (most < 2) return kDropped;
    return first < more ? first | more << 16 : more | first << 16;
}

template <class Left>
void split_list(const FailTask& task, const FailStep& step, const FailedRow* from, int count, FailLevel& to,
                const Left& goes) {
    int lefts = 0, rights = 0;
    for (int i = 0; i < count; ++i) {
        const FailedRow one = from[i];
        const bool left = goes(one.row);
        const Fails other = failing(one.fails, step.slot, task.most);
        to.lists[0][lefts] = {one.row, left ? one.fails : other};
        to.lists[1][rights] = {one.row, left ? other : one.fails};
        lefts += left || other != kDropped;
        rights += !left || other != kDropped;
    }
    to.counts[0] = lefts;
    to.counts[1] = rights;
}

template <class X, bool Strict>
void split_list(const FailTask& task, const FailStep& step, const X* x, const FailedRow* from, int count,
                FailLevel& to) {
    const Node& node = task.forest.nodes[step.node];
    const X t = static_cast<X>(node.threshold);
    const bool missing = node.default_left;
    split_list(task, step, from, count, to, [=](int r) {
        const X value = x[r];
        return (Strict ? value < t : value <= t) | ((value != value) & missing);
    });
}

void split_list(const FailTask& task, const FailStep& step, const FailedRow* from, int count, FailLevel& to) {
    const Node& node = task.forest.nodes[step.node];
    const std::size_t at =
        static_cast<std::size_t>(node.column) * task.block.stride + static_cast<std::size_t>(task.first);
    const bool in_float = node.test == Test::LessF32 || node.test == Test::LessEqualF32;
    if (node.zero_is_missing || !(in_float || node.test == Test::LessEqualF64)) {
        split_list(task, step, from, count, to, [&](int r) {
            const std::size_t place = at + static_cast<std::size_t>(r);
            return goes_left(task.forest, step.node,
                             in_float ? static_cast<double>(task.block.f32[place]) : task.block.f64[place]);
        });
    } else if (node.test == Test::LessF32) {
        split_list<float, true>(task, step, task.block.f32 + at, from, count, to);
    } else if (node.test == Test::LessEqualF32) {
        split_list<float, false>(task, step, task.block.f32 + at, from, count, to);
    } else {
        split_list<double, false>(task, step, task.block.f64 + at, from, count, to);
    }
}

// Both children of a split, from the side of the level above that is walked.
void split(const FailTask& task, const FailStep& step) {
    const FailLevel& above = task.levels[step.level - 1];
    FailLevel& here = task.levels[step.level];
    if (above.listed[above.side]) {
        here.listed[0] = here.listed[1] = true;
        return split_list(task, step, above.lists[above.side], above.counts[above.side], here);
    }
    split_sets(task, step, above.sets[above.side], here);
    here.listed[0] = here.listed[1] = false;
}

// Whether any row is left; few rows above further splits are listed.
bool settle(const FailTask& task, const FailStep& step, FailLevel& here) {
    const int side = here.side;
    if (here.listed[side]) return here.counts[side] > 0;
    if (step.leaf != kNoNode) return true;
    const int rows = count_rows(task, here.sets[side], step.players);
    const bool no_room = step.level + 1 >= task.dense_levels || step.players + 1 > task.dense_players;
    if (no_room || rows <= kFewRows) {
        here.counts[side] = list_sets(task, step.players, here.sets[side], here.lists[side]);
        here.listed[side] = true;
    }
    return rows > 0;
}

void start(const FailTask& task) {
    FailLevel& root = task.levels[0];
    root.side = 0;
    root.listed[0] = task.dense_levels < 2 || task.dense_players < 1;
    root.counts[0] = task.rows;
    if (root.listed[0])
        for (int r = 0; r < task.rows; ++r) root.lists[0][r] = {r, 0};
    else
        for (int w = 0; w < kSetWords; ++w) {
            const int rest = task.rows - 64 * w;
            root.sets[0][w] = rest >= 64 ? ~Word{0} : rest > 0 ? (Word{1} << rest) - 1 : 0;
        }
}

}  // namespace

void fails(const FailTask& task) {
    start(task);
    for (std::size_t i = 0; i < task.n_steps;) {
        const FailStep& step = task.steps[i];
        FailLevel& here = task.levels[step.level];
        if (!step.right) split(task, step);
        here.side = step.right;
        if (!settle(task, step, here)) {
            i = step.skip;
            continue;
        }
        if (step.leaf != kNoNode) {
            if (here.listed[here.side]) hear_list(task, step, here.lists[here.side], here.counts[here.side]);
            else hear_sets(task, step, here.sets[here.side]);
        }
        ++i;
    }
}

void goes(const ForestView& forest, std::int32_t node, const double* x, std::size_t count, std::size_t stride,
          std::uint8_t* left) {
    for (std::size_t i = 0; i < count; ++i) left[i] = goes_left(forest, node, x[i * stride]);
}

}  // namespace pellucid::PELLUCID_PATH
