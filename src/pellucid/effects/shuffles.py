"""The fall of a score when columns are shuffled among the rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.effects.answers import Answers
from pellucid.effects.scoring import Scorers, part_of

__all__ = ["Shuffles", "error_of_mean"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Shuffles:
    """Scores before and after.

    Parameters
    ----------
    answers : of the model to the rows.
    scorers, y, weights : what is scored, against what, and how much each row counts.
    n_repeats, seed : orders for each feature, the same for all.
    group : (rows,) which group each row is in; scores are taken without each of them as well.
    """

    answers: Answers
    scorers: Scorers
    y: NDArray[Any]
    weights: Floats | None
    n_repeats: int
    seed: int
    group: Numbers | None = None

    def falls(self, groups: Iterable[tuple[int, ...]]) -> Floats:
        """(columns, repeats, 1 + groups, scorers) the score of all columns as they are less that with some shuffled.

        First of all rows, then without the rows of each group and those that were given their cells.
        """
        orders = list(_orders(self.seed, len(self.y), self.n_repeats))
        asked = self.answers.whole()
        whole = [self._scores(asked, order) for order in orders] if self._count else [self._scores(asked, orders[0])]
        return np.array([whole - self._shuffled(columns, orders) for columns in groups])

    @property
    def _count(self) -> int:
        return 0 if self.group is None else int(self.group.max()) + 1

    def _shuffled(self, columns: tuple[int, ...], orders: list[Numbers]) -> Floats:
        """(repeats, 1 + groups, scorers)"""
        told = self.answers.shuffled(columns, orders)
        return np.array([self._scores(asked, order) for asked, order in zip(told, orders, strict=True)])

    def _scores(self, asked: tuple[Any, Any], order: Numbers) -> Floats:
        """(1 + groups, scorers)"""
        estimator, rows = asked
        found = [self.scorers(estimator, rows, self.y, self.weights)]
        group = np.empty(0) if self.group is None else self.group
        for g in range(self._count):
            kept = np.flatnonzero((group != g) & (group[order] != g))
            weights = None if self.weights is None else self.weights[kept]
            found.append(self.scorers(*part_of(estimator, rows, kept), self.y[kept], weights))
        return np.array(found)


def error_of_mean(falls: Floats) -> Floats:
    """(groups, scorers) standard error of the mean over the repeats, nan for a single one."""
    repeats = falls.shape[1]
    if repeats == 1:
        return np.full(falls[:, 0].shape, np.nan)
    return np.asarray(falls.std(axis=1, ddof=1) / np.sqrt(repeats))


def _orders(seed: int, n: int, repeats: int) -> Iterator[Numbers]:
    """Orders of the rows, the same for every feature: scikit-learn shuffles the shuffled column again and again."""
    column_seed = np.random.RandomState(seed).randint(np.iinfo(np.int32).max + 1)
    random = np.random.RandomState(column_seed)
    moved, order = np.arange(n), np.arange(n)
    for _ in range(repeats):
        random.shuffle(moved)
        order = order[moved]
        yield order
