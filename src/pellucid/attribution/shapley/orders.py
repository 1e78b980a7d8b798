"""Shapley values from orders in which players appear, with their standard errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.core.batching import Game, row_blocks
from pellucid.core.method import Computed
from pellucid.core.progress import track

__all__ = ["from_orders"]

#: with a tolerance, a row can stop after each round of so many orders; fewer do not tell the spread
ROUND = 8
#: without one, so many are asked about at once, each coalition that they share only once
WIDE_ROUND = 64


def from_orders(
    game: Game, orders: NDArray[np.intp], *, tolerance: float | None, label: str, progress: bool | None
) -> Computed:
    """Mean contribution of each player over orders, each also used backwards, and its standard error ``s / √m``.

    Parameters
    ----------
    orders : (orders, players) which player comes when, drawn independently.
    tolerance : stop with a row once all its standard errors are at most this, after at least 8 orders; None uses all.
    label : of the progress bar.
    """
    base = game.base()
    estimate = _Moments((len(game.rows), len(game.players), base.shape[1]))
    size = WIDE_ROUND if tolerance is None else ROUND
    rounds = [_Round(orders[start : start + size]) for start in range(0, len(orders), size)]
    blocks = row_blocks(len(game.rows), len(rounds[0].coalitions))
    steps = [(block, part) for block in blocks for part in rounds]
    for block, part in track(steps, total=len(steps), label=label, show=progress):
        active = block[_unfinished(estimate, block, tolerance)]
        if len(active):
            for contribution in part.contributions(game, active, base[active]):
                estimate.add(active, contribution)
    note = _note(estimate, tolerance)
    return Computed(values=estimate.mean, base=base, stderr=estimate.stderr(slice(None)), notes=(note,))


def _unfinished(estimate: _Moments, block: NDArray[np.intp], tolerance: float | None) -> NDArray[np.bool_]:
    if tolerance is None:
        return np.ones(len(block), dtype=np.bool_)
    worst = estimate.stderr(block).max(axis=(1, 2))
    return np.asarray((estimate.count[block] < ROUND) | (worst > tolerance))


def _note(estimate: _Moments, tolerance: float | None) -> str:
    worst = estimate.stderr(slice(None)).max(axis=(1, 2))
    fewest, most = int(estimate.count.min()), int(estimate.count.max())
    used = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    said = f"{used} permutations a row, each forwards and backwards; largest standard error {worst.max():.2g}"
    if tolerance is None:
        return said
    reached = int((worst <= tolerance).sum())
    return f"{said}; tolerance {tolerance:g} reached on {reached:,} of {len(worst):,} rows"


class _Round:
    """A few permutations and the coalitions that they pass through.

    Parameters
    ----------
    orders : (permutations, players) which player comes when.
    """

    def __init__(self, orders: NDArray[np.intp]) -> None:
        m, p = orders.shape
        ranks = np.argsort(orders, axis=1)
        #: (permutations, 2, players) position of each player, forwards and backwards
        self.ranks = np.stack([ranks, p - 1 - ranks], axis=1)
        passed = self.ranks[:, :, np.newaxis, :] < np.arange(1, p + 1)[:, np.newaxis]
        self.coalitions, which = np.unique(passed.reshape(-1, p), axis=0, return_inverse=True)
        #: (permutations, 2, players) number of the coalition after each step
        self.path = which.reshape(m, 2, p)

    def contributions(self, game: Game, rows: NDArray[np.intp], base: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """For each permutation (rows, players, targets): the mean of its two directions."""
        worth = game.worth(rows, self.coalitions)
        return [
            (_steps(worth, base, *forwards) + _steps(worth, base, *backwards)) / 2
            for forwards, backwards in map(zip, self.path, self.ranks)
        ]


class _Moments:
    """Running mean and spread of each row's contributions (Welford)."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.count = np.zeros(shape[0], dtype=np.int64)
        self.mean = np.zeros(shape)
        self._squares = np.zeros(shape)

    def add(self, rows: NDArray[np.intp], values: NDArray[np.float64]) -> None:
        self.count[rows] += 1
        before = values - self.mean[rows]
        self.mean[rows] += before / self.count[rows][:, np.newaxis, np.newaxis]
        self._squares[rows] += before * (values - self.mean[rows])

    def stderr(self, rows: NDArray[np.intp] | slice) -> NDArray[np.float64]:
        """Standard error of the mean; infinite below two values."""
        n = self.count[rows][:, np.newaxis, np.newaxis].astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(n > 1, np.sqrt(self._squares[rows] / ((n - 1) * n)), np.inf)


def _steps(
    worth: NDArray[np.float64], base: NDArray[np.float64], path: NDArray[np.intp], ranks: NDArray[np.intp]
) -> NDArray[np.float64]:
    """(rows, players, targets): what each player added when it came."""
    along = np.concatenate([base[:, np.newaxis], worth[:, path]], axis=1)
    return np.diff(along, axis=1)[:, ranks]
