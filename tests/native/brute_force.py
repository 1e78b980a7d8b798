"""The engine's slow twin: every definition by enumeration, in float64, straight from the node arrays."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pellucid.core.forest import Decision, Forest, Missing

Array = NDArray[np.float64]
Game = Callable[[frozenset[int]], Array]
LeafGame = Callable[[list[float], list[float]], "list[float] | Array"]
ZERO = float(np.float32(1e-35))


def goes_left(forest: Forest, node: int, x: float) -> bool:
    decision, missing = Decision(forest.decision[node]), Missing(forest.missing[node])
    if decision in (Decision.LESS_F32, Decision.LESS_EQUAL_F32):
        with np.errstate(over="ignore"):
            x = float(np.float32(x))
    if math.isnan(x) and missing is Missing.NAN_IS_ZERO:
        x = 0.0
    if math.isnan(x) or (missing is Missing.ZERO and abs(x) <= ZERO):
        return bool(forest.default_left[node])
    if decision is Decision.LESS_F32:
        return x < forest.threshold[node]
    if decision in (Decision.LESS_EQUAL_F32, Decision.LESS_EQUAL_F64):
        return x <= forest.threshold[node]
    if decision is Decision.NOT_IN_SET:
        with np.errstate(over="ignore"):
            return not in_set(forest, node, float(np.float32(x)))
    return in_set(forest, node, 0.0 if -1 < x < 0 else x)


def in_set(forest: Forest, node: int, x: float) -> bool:
    words = forest.set_words[forest.set_start[node] : forest.set_start[node + 1]]
    if math.isinf(x) or x < 0 or int(x) >= 32 * len(words):
        return False
    category = int(x)
    return bool(int(words[category // 32]) >> (category % 32) & 1)


def leaf_vector(forest: Forest, tree: int, node: int) -> Array:
    out = np.zeros(forest.n_outputs)
    if forest.tree_output[tree] < 0:
        out[:] = forest.value[node]
    else:
        out[forest.tree_output[tree]] = forest.value[node, 0]
    return out


def route(forest: Forest, row: Array) -> Array:
    out = forest.base.astype(float).copy()
    for tree, root in enumerate(forest.roots):
        node = int(root)
        while forest.feature[node] >= 0:
            side = forest.left if goes_left(forest, node, float(row[forest.feature[node]])) else forest.right
            node = int(side[node])
        out += leaf_vector(forest, tree, node)
    return out


def shapley(value: Game, n_players: int) -> Array:
    """(players, outputs): the weighted mean over all coalitions of what a player adds."""
    v = {frozenset(s): value(frozenset(s)) for s in coalitions(range(n_players))}
    phi = np.zeros((n_players, len(v[frozenset()])))
    for i in range(n_players):
        for s in coalitions([j for j in range(n_players) if j != i]):
            weight = math.factorial(len(s)) * math.factorial(n_players - len(s) - 1) / math.factorial(n_players)
            phi[i] += weight * (v[frozenset({*s, i})] - v[frozenset(s)])
    return phi


def interaction_matrix(value: Game, n_players: int) -> Array:
    """(players, players, outputs) Φ of Lundberg et al. (2020): pairs shared by two, the rest of φ on the diagonal."""
    v = {frozenset(s): value(frozenset(s)) for s in coalitions(range(n_players))}
    phi = np.zeros((n_players, n_players, len(v[frozenset()])))
    for i, j in itertools.permutations(range(n_players), 2):
        for s in coalitions([k for k in range(n_players) if k not in (i, j)]):
            weight = math.factorial(len(s)) * math.factorial(n_players - len(s) - 2)
            effect = v[frozenset({*s, i, j})] - v[frozenset({*s, i})] - v[frozenset({*s, j})] + v[frozenset(s)]
            phi[i, j] += weight / (2 * math.factorial(n_players - 1)) * effect
    alone = shapley(value, n_players) - phi.sum(axis=1)
    phi[np.arange(n_players), np.arange(n_players)] = alone
    return phi


def interaction_indices(value: Game, n_players: int, order: int) -> dict[tuple[int, ...], Array]:
    """Shapley interaction index of every set of so many players (Grabisch & Roubens 1999, definition 6).

    I_T = Σ_{S ⊆ N∖T} s! (n-s-t)! / (n-t+1)! Σ_{L ⊆ T} (-1)^{t-l} v(S ∪ L)
    """
    v = {frozenset(s): value(frozenset(s)) for s in coalitions(range(n_players))}
    indices = {}
    for T in itertools.combinations(range(n_players), order):
        total = np.zeros_like(v[frozenset()])
        for s in coalitions([j for j in range(n_players) if j not in T]):
            weight = math.factorial(len(s)) * math.factorial(n_players - len(s) - order)
            effect = sum((-1) ** (order - len(part)) * v[frozenset({*s, *part})] for part in coalitions(T))
            total += weight / math.factorial(n_players - order + 1) * effect
        indices[T] = total
    return indices


BERNOULLI = (1, -1 / 2, 1 / 6, 0, -1 / 30, 0)


def n_shapley_values(value: Game, n_players: int, order: int) -> dict[tuple[int, ...], Array]:
    """n-Shapley values of every set of up to ``order`` players (Bordt & von Luxburg 2023, definition 6).

    Φⁿ_S = I_S if |S| = n, else Φⁿ⁻¹_S + B_{n-|S|} Σ_{K ⊆ N∖S, |K|+|S| = n} I_{S∪K}
    """
    values: dict[tuple[int, ...], Array] = {}
    for n in range(1, order + 1):
        indices = interaction_indices(value, n_players, n)
        shared = {S: sum((index for T, index in indices.items() if set(S) < set(T)), 0.0) for S in values}
        values = {S: smaller + BERNOULLI[n - len(S)] * shared[S] for S, smaller in values.items()} | indices
    return values


def coalitions(players) -> list[tuple[int, ...]]:
    players = list(players)
    return [s for size in range(len(players) + 1) for s in itertools.combinations(players, size)]


def by_sizes(present: list[float], absent: list[float]) -> list[float]:
    """Shapley values of the game ``v(S) = Π_{j∈S} present_j · Π_{j∉S} absent_j``, by the sizes of its coalitions.

    φ_i = (present_i - absent_i) · Σ_s s! (k-1-s)! / k! · [z^s] Π_{j≠i} (present_j z + absent_j); no term is negative,
    so nothing cancels.
    """
    k = len(present)
    weights = np.array([1 / (k * math.comb(k - 1, s)) for s in range(k)], np.longdouble)
    values = []
    for i in range(k):
        polynomial = np.ones(1, np.longdouble)
        for j in range(k):
            if j != i:
                polynomial = np.convolve(polynomial, np.array([absent[j], present[j]], np.longdouble))
        values.append(float((present[i] - absent[i]) * (weights @ polynomial)))
    return values


def pairs_by_sizes(present: list[float], absent: list[float]) -> Array:
    """(k, k) the same for pairs: (b_i - r_i)(b_j - r_j) Σ_s s! (k-2-s)! / (k-1)! · [z^s] Π_{l≠i,j} (b_l z + r_l)."""
    k = len(present)
    weights = np.array([1 / ((k - 1) * math.comb(k - 2, s)) for s in range(k - 1)], np.longdouble)
    values = np.zeros((k, k))
    for i, j in itertools.permutations(range(k), 2):
        polynomial = np.ones(1, np.longdouble)
        for other in set(range(k)) - {i, j}:
            polynomial = np.convolve(polynomial, np.array([absent[other], present[other]], np.longdouble))
        values[i, j] = float((present[i] - absent[i]) * (present[j] - absent[j]) * (weights @ polynomial))
    return values


def leaf_paths(forest: Forest, tree: int) -> list[tuple[int, list[tuple[int, bool]]]]:
    """Every leaf of a tree with the splits on its way: (node, goes left)."""
    open_nodes, leaves = [(int(forest.roots[tree]), [])], []
    while open_nodes:
        node, path = open_nodes.pop()
        if forest.feature[node] < 0:
            leaves.append((node, path))
            continue
        open_nodes.append((int(forest.left[node]), [*path, (node, True)]))
        open_nodes.append((int(forest.right[node]), [*path, (node, False)]))
    return leaves


def add_leaf_games(
    forest: Forest,
    row: Array,
    players: NDArray[np.int32],
    absent: Callable,
    phi: Array,
    weight: float,
    solve: LeafGame = by_sizes,
) -> None:
    """phi += weight times the values of each leaf's game; absent(node, left) is a split's factor for absent players."""
    for tree in range(forest.n_trees):
        for leaf, path in leaf_paths(forest, tree):
            on_path = list(dict.fromkeys(int(players[forest.feature[n]]) for n, _ in path))
            holds, lacks = dict.fromkeys(on_path, 1.0), dict.fromkeys(on_path, 1.0)
            for node, left in path:
                player = int(players[forest.feature[node]])
                holds[player] *= goes_left(forest, node, float(row[forest.feature[node]])) == left
                lacks[player] *= absent(node, left)
            values = np.asarray(solve(list(holds.values()), list(lacks.values())))
            places = np.ix_(*[on_path] * values.ndim)
            phi[places] += weight * np.multiply.outer(values, leaf_vector(forest, tree, leaf))


def _share(forest: Forest) -> Callable[[int, bool], float]:
    def share(node: int, left: bool) -> float:
        a, b = (float(forest.cover[int(c[node])]) for c in (forest.left, forest.right))
        return (a if left else b) / (a + b)

    return share


def deep_path_dependent(forest: Forest, row: Array, players: NDArray[np.int32], solve: LeafGame = by_sizes) -> Array:
    """What :func:`path_dependent` computes, leaf by leaf, for any number of players; or another value of leaf games."""
    phi = np.zeros((int(players.max()) + 1, forest.n_outputs))
    add_leaf_games(forest, row, players, _share(forest), phi, 1.0, solve)
    return phi


def deep_path_dependent_pairs(forest: Forest, row: Array, players: NDArray[np.int32]) -> Array:
    """(players, players, outputs) the whole effect of each pair, 0 on the diagonal."""
    n = int(players.max()) + 1
    phi = np.zeros((n, n, forest.n_outputs))
    add_leaf_games(forest, row, players, _share(forest), phi, 1.0, pairs_by_sizes)
    return phi


def _each_background_row(
    forest: Forest,
    row: Array,
    players: NDArray[np.int32],
    background: Array,
    weights: Array,
    phi: Array,
    solve: LeafGame,
) -> Array:
    for b, w in zip(background, weights, strict=True):

        def agrees(node: int, left: bool, b: Array = b) -> float:
            return float(goes_left(forest, node, float(b[forest.feature[node]])) == left)

        add_leaf_games(forest, row, players, agrees, phi, w / weights.sum(), solve)
    return phi


def deep_interventional(
    forest: Forest,
    row: Array,
    players: NDArray[np.int32],
    background: Array,
    weights: Array,
    solve: LeafGame = by_sizes,
) -> Array:
    """What :func:`interventional` computes, leaf by leaf and background row by row, for any number of players."""
    phi = np.zeros((int(players.max()) + 1, forest.n_outputs))
    return _each_background_row(forest, row, players, background, weights, phi, solve)


def deep_interventional_pairs(
    forest: Forest, row: Array, players: NDArray[np.int32], background: Array, weights: Array
) -> Array:
    """(players, players, outputs) the whole effect of each pair, 0 on the diagonal."""
    n = int(players.max()) + 1
    phi = np.zeros((n, n, forest.n_outputs))
    return _each_background_row(forest, row, players, background, weights, phi, pairs_by_sizes)


def path_dependent_game(forest: Forest, row: Array, players: NDArray[np.int32]) -> Game:
    """v(S): present players follow the row, the others the mean weighted by cover."""

    def expect(tree: int, node: int, present: frozenset[int]) -> Array:
        feature = int(forest.feature[node])
        if feature < 0:
            return leaf_vector(forest, tree, node)
        left, right = int(forest.left[node]), int(forest.right[node])
        if int(players[feature]) in present:
            return expect(tree, left if goes_left(forest, node, float(row[feature])) else right, present)
        a, b = float(forest.cover[left]), float(forest.cover[right])
        share = a / (a + b) if a + b > 0 else 0.5
        return share * expect(tree, left, present) + (1 - share) * expect(tree, right, present)

    def value(present: frozenset[int]) -> Array:
        return forest.base + sum(
            (expect(t, int(r), present) for t, r in enumerate(forest.roots)), np.zeros(forest.n_outputs)
        )

    return value


def interventional_game(
    forest: Forest, row: Array, players: NDArray[np.int32], background: Array, weights: Array
) -> Game:
    """v(S): absent players take their columns from each background row in turn."""

    def value(present: frozenset[int]) -> Array:
        keep = np.isin(players, list(present))
        hybrids = np.where(keep, row, background)
        return (
            sum((w * route(forest, h) for w, h in zip(weights, hybrids, strict=True)), np.zeros(forest.n_outputs))
            / weights.sum()
        )

    return value


def path_dependent(forest: Forest, row: Array, players: NDArray[np.int32]) -> tuple[Array, Array]:
    """Values (players, outputs) and base."""
    value = path_dependent_game(forest, row, players)
    return shapley(value, int(players.max(initial=-1)) + 1), value(frozenset())


def interventional(
    forest: Forest, row: Array, players: NDArray[np.int32], background: Array, weights: Array
) -> tuple[Array, Array]:
    """Values (players, outputs) and base."""
    value = interventional_game(forest, row, players, background, weights)
    return shapley(value, int(players.max(initial=-1)) + 1), value(frozenset())
