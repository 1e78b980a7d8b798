"""Effects of a forest: calls into the kernels that know its mean prediction for every value of one or two players."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError
from pellucid.core.forest import Forest, check_rows, checked_players, checked_rows, checked_weights
from pellucid.core.native import engine, thread_count

__all__ = ["Domain", "ForestEffects", "individual", "left_out", "positions", "predict_trees", "thresholds"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Domain:
    """Where a player is looked at.

    Parameters
    ----------
    player : its number.
    points : (points, encoded columns of the player) values, as the trees see them.
    ascending : one column of increasing numbers, with at most one NaN, at the end.
    """

    player: int
    points: Floats
    ascending: bool = False


class ForestEffects:
    """Weighted background rows, counted leaf by leaf, from which every partial dependence of the forest follows.

    A leaf of value v adds ``v · w(path without i)`` to the partial dependence of player i wherever i satisfies its
    splits on the path; ``w`` is the share of the background that satisfies all other splits. One pass counts these
    shares for all leaves and players. Chunks of rows give the same bits as all rows at once.

    Parameters
    ----------
    forest : the trees.
    players : (n_features,) the player of each column, 0 … n_players - 1; None = every column its own.
    n_players : None = one more than the largest player.
    pairs : count also what :meth:`joint` needs.

    Raises
    ------
    ParameterError : the players are not one a column.
    UnsupportedModelError : the forest cannot be read.
    """

    def __init__(
        self,
        forest: Forest,
        players: NDArray[np.integer[Any]] | None = None,
        *,
        n_players: int | None = None,
        pairs: bool = False,
    ) -> None:
        self.forest, self._pairs = forest, pairs
        self.players, self.n_players = checked_players(forest, players, n_players)
        self._native = engine.effects(forest.native, self.players, self.n_players, 2 if pairs else 1)

    def add(self, rows: Floats, weights: Floats | None = None, *, threads: int | None = None) -> ForestEffects:
        """Add rows (n, n_features), NaN = missing, with weights (n,) from 0, None = 1 each; returns itself.

        Raises
        ------
        InputError : rows or weights of the wrong shape or type, or a weight that is negative or not finite; nothing is
            added.
        ParameterError : another thread is using these counts.
        """
        table = _table(self.forest, rows)
        each = np.empty(0) if weights is None else checked_weights(weights, len(table))
        with _exclusive():
            self._native.add(table, each, thread_count(threads))
        return self

    @property
    def total(self) -> float:
        """Sum of the weights."""
        return self._native.total()

    @property
    def base(self) -> Floats:
        """(outputs,) weighted mean prediction over the background; raises ParameterError where there is none."""
        self._check_not_empty()
        return self._native.base()

    def curves(self, domains: Sequence[Domain], *, threads: int | None = None) -> list[Floats]:
        """One array (points, outputs) a domain: mean predictions with the player set to each point.

        Raises
        ------
        ParameterError : nothing was counted, another thread is adding rows, or a domain does not fit its player.
        """
        self._check_not_empty()
        asked = _unpacked(domains, self.players, self.n_players)
        with _exclusive():
            flat = self._native.curves(*asked, thread_count(threads))
        return np.split(flat, np.cumsum([len(domain.points) for domain in domains])[:-1])

    def joint(
        self, domains: Sequence[Domain], pairs: Sequence[tuple[int, int]], *, threads: int | None = None
    ) -> list[Floats]:
        """What pairs of domains add to their curves: ``F_pq = F_p + F_q − base + joint``.

        One array (points of the first, points of the second, outputs) a pair.

        Raises
        ------
        ParameterError : as :meth:`curves`; or pairs were not counted, or a pair is not of two of the domains.
        """
        self._check_not_empty()
        self._check_pairs(pairs, len(domains))
        asked = _unpacked(domains, self.players, self.n_players)
        numbers = [number for pair in pairs for number in pair]
        with _exclusive():
            flat = self._native.joint(*asked, numbers, thread_count(threads))
        shapes = [(len(domains[p].points), len(domains[q].points), flat.shape[1]) for p, q in pairs]
        ends = np.cumsum([0, *(p * q for p, q, _ in shapes)])
        return [flat[start:end].reshape(shape) for (start, end), shape in zip(pairwise(ends), shapes, strict=True)]

    def _check_not_empty(self) -> None:
        if not self.total > 0:
            raise ParameterError(
                f"the counted rows have a total weight of {self.total:g}; add rows with weights above 0."
            )

    def _check_pairs(self, pairs: Sequence[tuple[int, int]], domains: int) -> None:
        if not self._pairs:
            raise ParameterError("only single players were counted, and pairs are asked for; count with pairs=True.")
        for pair in pairs:
            if pair[0] == pair[1] or not all(0 <= number < domains for number in pair):
                raise ParameterError(f"the pair {pair} is not of two of {domains} domains; number them from 0.")


def thresholds(forest: Forest, feature: int) -> Floats:
    """Edges of a column: between two of them, the upper one included, no split of the forest changes its answer.

    A test ``float32(x) < t`` has the largest float64 that passes for its edge, so that ``x <= edge`` says the same.
    """
    return engine.thresholds(forest.native, feature)


def positions(edges: Floats, values: Floats) -> NDArray[np.int32]:
    """(n,) number of the first edge that is not below each value; the number of edges beyond all, one more for NaN."""
    return engine.positions(edges, values)


def individual(
    forest: Forest,
    players: NDArray[np.int32],
    n_players: int,
    domain: Domain,
    rows: Floats,
    *,
    threads: int | None = None,
) -> Floats:
    """(rows, points, outputs) predictions of rows with one player set to each point of its domain.

    Raises
    ------
    InputError : the rows are not a float64 matrix with the forest's columns.
    ParameterError : the players are not one a column, or the domain does not fit its player.
    """
    table, (of_column, count) = _table(forest, rows), checked_players(forest, players, n_players)
    (player,), (points,), (ascending,) = _unpacked([domain], of_column, count)
    return engine.individual(forest.native, of_column, count, player, points, ascending, table, thread_count(threads))


def left_out(
    forest: Forest,
    players: NDArray[np.int32],
    n_players: int,
    domains: Sequence[Domain],
    shares: Sequence[Floats],
    rows: Floats,
    *,
    threads: int | None = None,
) -> Floats:
    """What rows' predictions change when one player is averaged over its own shares, all others kept.

    Parameters
    ----------
    shares : by domain, the part of the background at each of its points, a sum of one.

    Returns
    -------
    (rows, domains, outputs), to be added to the rows' predictions.

    Raises
    ------
    InputError : the rows are not a float64 matrix with the forest's columns.
    ParameterError : the players are not one a column, or a domain does not fit its player or its shares.
    """
    table, (of_column, count) = _table(forest, rows), checked_players(forest, players, n_players)
    asked = _unpacked(domains, of_column, count)
    if [len(share) for share in shares] != [len(domain.points) for domain in domains]:
        raise ParameterError("the shares of a domain are not one a point; give the part of the background at each.")
    flat = np.concatenate([np.zeros(0), *shares])
    return engine.left_out(forest.native, of_column, count, *asked, flat, table, thread_count(threads))


def predict_trees(
    forest: Forest, trees: NDArray[np.integer[Any]], rows: Floats, *, threads: int | None = None
) -> Floats:
    """(rows, outputs) sum of some of the trees' leaves, in float64, without the base.

    Raises
    ------
    InputError : the rows are not a float64 matrix with the forest's columns.
    ParameterError : there is no such tree.
    """
    table, numbers = checked_rows(forest, rows), [int(t) for t in trees]
    for tree in numbers:
        if not 0 <= tree < forest.n_trees:
            raise ParameterError(f"there is no tree {tree}; number the {forest.n_trees} trees from 0.")
    return engine.predict_trees(forest.native, numbers, table, thread_count(threads))


def _unpacked(
    domains: Sequence[Domain], players: NDArray[np.int32], n_players: int
) -> tuple[list[int], list[Floats], list[bool]]:
    """Players, points and order of domains; raises ParameterError for one that does not fit its player."""
    points = [np.ascontiguousarray(domain.points, dtype=np.float64) for domain in domains]
    for domain, values in zip(domains, points, strict=True):
        columns = np.count_nonzero(players == domain.player)
        if not 0 <= domain.player < n_players:
            raise ParameterError(f"there is no player {domain.player}; number the {n_players} players from 0.")
        if values.ndim != 2 or values.shape[1] != columns or (domain.ascending and columns != 1):
            raise ParameterError(
                f"the points of player {domain.player} have shape {values.shape} and it has {columns} columns; give "
                f"one number a column, and leave ascending=True to players of a single one."
            )
    return [domain.player for domain in domains], points, [domain.ascending for domain in domains]


@contextmanager
def _exclusive() -> Iterator[None]:
    try:
        yield
    except engine.BusyError as error:
        raise ParameterError("another thread is adding rows to these counts; wait for it.") from error


def _table(forest: Forest, rows: Floats) -> Floats:
    """Row by row or column by column, as they come."""
    check_rows(forest, rows)
    return rows if rows.flags.f_contiguous else np.ascontiguousarray(rows)
