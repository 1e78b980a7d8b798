"""The engine's slow twin: every definition by enumeration, in float64, straight from the node arrays."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pellucid.core.forest import Decision, Forest, Missing

Array = NDArray[np.float64]
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


def shapley(value: Callable[[frozenset[int]], Array], n_players: int) -> Array:
    """(players, outputs): the weighted mean over all coalitions of what a player adds."""
    v = {frozenset(s): value(frozenset(s)) for s in coalitions(range(n_players))}
    phi = np.zeros((n_players, len(v[frozenset()])))
    for i in range(n_players):
        for s in coalitions([j for j in range(n_players) if j != i]):
            weight = math.factorial(len(s)) * math.factorial(n_players - len(s) - 1) / math.factorial(n_players)
            phi[i] += weight * (v[frozenset({*s, i})] - v[frozenset(s)])
    return phi


def coalitions(players) -> list[tuple[int, ...]]:
    players = list(players)
    return [s for size in range(len(players) + 1) for s in itertools.combinations(players, size)]


def path_dependent(forest: Forest, row: Array, players: NDArray[np.int32]) -> tuple[Array, Array]:
    """Values (players, outputs) and base: present players follow the row, the others the mean weighted by cover."""

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

    return shapley(value, int(players.max(initial=-1)) + 1), value(frozenset())


def interventional(
    forest: Forest, row: Array, players: NDArray[np.int32], background: Array, weights: Array
) -> tuple[Array, Array]:
    """Values (players, outputs) and base: absent players take their columns from each background row in turn."""

    def value(present: frozenset[int]) -> Array:
        keep = np.isin(players, list(present))
        hybrids = np.where(keep, row, background)
        return (
            sum((w * route(forest, h) for w, h in zip(weights, hybrids, strict=True)), np.zeros(forest.n_outputs))
            / weights.sum()
        )

    return shapley(value, int(players.max(initial=-1)) + 1), value(frozenset())
