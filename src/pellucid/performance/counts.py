"""What a threshold makes of rows: how many are rightly and wrongly put above it, and what follows from that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["METRICS", "Counts", "Trial", "count", "nearest"]

Floats = NDArray[np.float64]

METRICS = ("precision", "recall", "f1", "queue_rate")


@dataclass(frozen=True, eq=False)
class Trial:
    """Rows that a threshold is tried on.

    Parameters
    ----------
    scores : (rows,) of the positive class.
    positive : (rows,) whether they are of it.
    weights : (rows,)
    """

    scores: Floats
    positive: NDArray[np.bool_]
    weights: Floats


@dataclass(frozen=True, eq=False)
class Counts:
    """Shares of the rows, each (thresholds,), which sum to 1 at every threshold."""

    true_positive: Floats
    false_positive: Floats
    false_negative: Floats
    true_negative: Floats

    @property
    def queue_rate(self) -> Floats:
        """Share of the rows that are put into the positive class, for somebody to look at."""
        return self.true_positive + self.false_positive

    @property
    def precision(self) -> Floats:
        """Share of those put into the positive class that are of it; 1 where none is."""
        queue = self.queue_rate
        return np.divide(self.true_positive, queue, out=np.ones_like(queue), where=queue > 0)

    @property
    def recall(self) -> Floats:
        """Share of the positive class that is put into it."""
        return self.true_positive / (self.true_positive + self.false_negative)

    @property
    def f1(self) -> Floats:
        """Harmonic mean of precision and recall; 0 where no row is rightly put into the positive class."""
        right = 2 * self.true_positive
        return right / (right + self.false_positive + self.false_negative)


def count(trial: Trial, thresholds: Floats) -> Counts:
    """Rows with a score of at least t are put into the positive class, for each t of rising thresholds."""
    reached = np.searchsorted(thresholds, trial.scores, side="right")
    weights = trial.weights / trial.weights.sum()
    above = [_at_least(reached, weights * held, len(thresholds)) for held in (trial.positive, ~trial.positive)]
    whole = [(weights * held).sum() for held in (trial.positive, ~trial.positive)]
    return Counts(above[0], above[1], np.maximum(whole[0] - above[0], 0), np.maximum(whole[1] - above[1], 0))


def nearest(trial: Trial, thresholds: Floats) -> Floats:
    """(thresholds,) share of the rows whose score lies nearest to each."""
    middles = thresholds[:-1] + np.diff(thresholds) / 2
    weights = trial.weights / trial.weights.sum()
    return np.asarray(np.bincount(np.searchsorted(middles, trial.scores), weights=weights, minlength=len(thresholds)))


def _at_least(reached: NDArray[np.intp], weights: Floats, thresholds: int) -> Floats:
    """(thresholds,) weight of the rows that reach each threshold."""
    at = np.bincount(reached, weights=weights, minlength=thresholds + 1)
    return np.asarray(np.cumsum(at[:0:-1])[::-1])
