"""The fall of a score when columns are shuffled among the rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.effects.answers import Answers
from pellucid.effects.scoring import Scorers

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
    """

    answers: Answers
    scorers: Scorers
    y: NDArray[Any]
    weights: Floats | None
    n_repeats: int
    seed: int

    def falls(self, groups: Iterable[tuple[int, ...]]) -> Floats:
        """(groups, repeats, scorers) the score of all columns as they are less that with a group's shuffled."""
        whole = self._score(self.answers.whole())
        return np.array([whole - self._shuffled(columns) for columns in groups])

    def _shuffled(self, columns: tuple[int, ...]) -> Floats:
        """(repeats, scorers)"""
        told = self.answers.shuffled(columns, _orders(self.seed, len(self.y), self.n_repeats))
        return np.array([self._score(estimator_and_rows) for estimator_and_rows in told])

    def _score(self, asked: tuple[Any, Any]) -> Floats:
        estimator, rows = asked
        return self.scorers(estimator, rows, self.y, self.weights)


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
