"""Players in a hierarchy: groups of groups, whose members appear one after another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, combinations, product
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import MissingExtraError, ParameterError
from pellucid.core.tables import Table
from pellucid.maskers.groups import grouping_of

__all__ = ["Tree", "by_correlation", "coalitions_of", "count", "of_groups", "of_linkage", "of_neighbours", "order_in"]

#: a player, or a group of what belongs together
Tree = int | tuple["Tree", ...]
Bools = NDArray[np.bool_]


def of_neighbours(players: int) -> Tree:
    """Halves of halves, in the order of the players: words of a text, say."""

    def halves(first: int, last: int) -> Tree:
        if last - first == 1:
            return first
        middle = (first + last) // 2
        return halves(first, middle), halves(middle, last)

    return halves(0, players)


def of_groups(groups: Mapping[str, Any], names: tuple[str, ...]) -> Tree:
    """Two levels: groups of players, by name; those in none stand alone.

    Raises
    ------
    ColumnsError, ParameterError : the groups do not fit the names.
    """
    grouping = grouping_of(groups, names)
    members = [np.flatnonzero(grouping.of_column == group).tolist() for group in range(len(grouping.names))]
    return tuple(tuple(inside) if len(inside) > 1 else inside[0] for inside in members)


def of_linkage(linkage: Any, players: int) -> Tree:
    """A hierarchy as scipy's ``linkage`` writes it: row i joins two clusters into the cluster ``players + i``.

    Raises
    ------
    ParameterError : it is not one of so many players.
    """
    rows = np.asarray(linkage, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[0] != players - 1 or rows.shape[1] < 2:
        raise ParameterError(
            f"hierarchy: a linkage of {players} players has shape ({players - 1}, 4), got {rows.shape}."
        )
    trees: dict[int, Tree] = {player: player for player in range(players)}
    for step, (one, other) in enumerate(rows[:, :2].astype(int)):
        if one == other or one not in trees or other not in trees:
            raise ParameterError(f"hierarchy: row {step} of the linkage joins {one} and {other}, which it cannot.")
        trees[players + step] = (trees.pop(one), trees.pop(other))
    return next(iter(trees.values()))


def by_correlation(table: Table, of_column: NDArray[np.int32]) -> Tree:
    """Players that go together join first: average linkage of ``1 − |r|``; columns without numbers join last.

    Parameters
    ----------
    table : rows in which columns go together or not.
    of_column : (columns,) the player that each belongs to; of two groups the mean over their columns counts.

    Raises
    ------
    MissingExtraError : scipy is not installed.
    """
    players = int(of_column.max()) + 1
    if players < 3:
        return tuple(range(players)) if players > 1 else 0
    try:
        from scipy.cluster.hierarchy import linkage
    except ImportError as error:
        raise MissingExtraError(
            "PartitionSHAP finds columns that go together with scipy, which is not installed; pip install scipy, or "
            "pass hierarchy=."
        ) from error
    return of_linkage(linkage(_apart(table, of_column), method="average"), players)


def _apart(table: Table, of_column: NDArray[np.int32]) -> NDArray[np.float64]:
    """Mean ``1 − |r|`` of the columns of each pair of players, in the order that scipy reads."""
    columns = [
        table.column(j).astype(np.float64) if kind in ("number", "boolean") else None
        for j, kind in enumerate(table.kinds)
    ]
    players = [[columns[j] for j in np.flatnonzero(of_column == player)] for player in range(of_column.max() + 1)]
    return np.array(
        [1.0 - np.mean([_together(*pair) for pair in product(one, other)]) for one, other in combinations(players, 2)]
    )


def _together(one: NDArray[np.float64] | None, other: NDArray[np.float64] | None) -> float:
    if one is None or other is None:
        return 0.0
    known = np.isfinite(one) & np.isfinite(other)
    one, other = one[known], other[known]
    if len(one) < 2 or one.std() == 0 or other.std() == 0:
        return 0.0
    return float(min(1.0, abs(np.corrcoef(one, other)[0, 1])))


def count(tree: Tree) -> int:
    """Coalitions that exact values ask about, at most: for each player two for every way its groups can come."""

    def below(node: Tree, ways: int) -> int:
        if isinstance(node, int):
            return 2 * ways
        return sum(below(child, ways << (len(node) - 1)) for child in node)

    return below(tree, 1)


def coalitions_of(tree: Tree, players: int) -> tuple[Bools, NDArray[np.float64]]:
    """(coalitions, players) that exact values ask about, the empty one left out, and (players, coalitions) factors."""
    places: dict[bytes, int] = {}
    parts: list[tuple[int, int, float]] = []
    found: list[Bools] = []

    def place(present: Bools) -> int:
        key = present.tobytes()
        if key not in places:
            places[key] = len(found)
            found.append(present.copy())
        return places[key]

    for player, before, share in _ways(tree, np.zeros(players, dtype=np.bool_), 1.0):
        if before.any():
            parts.append((player, place(before), -share))
        before[player] = True
        parts.append((player, place(before), share))
    factors = np.zeros((players, len(found)))
    for player, coalition, share in parts:
        factors[player, coalition] += share
    return np.array(found), factors


def _ways(tree: Tree, before: Bools, share: float) -> Iterator[tuple[int, Bools, float]]:
    """Every coalition that a player can meet when it comes, and how often it does."""
    if isinstance(tree, int):
        yield tree, before.copy(), share
        return
    for number, child in enumerate(tree):
        others = [other for place, other in enumerate(tree) if place != number]
        for here in chain.from_iterable(combinations(others, size) for size in range(len(tree))):
            often = factorial(len(here)) * factorial(len(tree) - len(here) - 1) / factorial(len(tree))
            met = before.copy()
            for other in here:
                met[_members(other)] = True
            yield from _ways(child, met, share * often)


def _members(tree: Tree) -> list[int]:
    return [tree] if isinstance(tree, int) else [player for child in tree for player in _members(child)]


def order_in(tree: Tree, rng: np.random.Generator) -> list[int]:
    """A random order in which the members of every group come one after another."""
    if isinstance(tree, int):
        return [tree]
    return [player for child in rng.permutation(len(tree)) for player in order_in(tree[child], rng)]
