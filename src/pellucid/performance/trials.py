"""Trials of one class against the rest: on splits of the rows with a model trained on each, or on rows drawn again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError
from pellucid.core.model import Model
from pellucid.core.tables import Table
from pellucid.performance.counts import Trial
from pellucid.performance.judged import Judged, Labels, find_class
from pellucid.performance.resamples import resampled_weights
from pellucid.performance.splits import trained

__all__ = ["Trials", "drawn_trials", "positive_class", "trained_trials"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Trials:
    """What is tried.

    Parameters
    ----------
    model : the one judged, or the first of those trained.
    low, high : least and largest score.
    each : one a split or draw; to be gone through once.
    evaluations : rows that models were asked about.
    how : a line for the receipt.
    """

    model: Model
    low: float
    high: float
    each: Iterable[Trial]
    evaluations: int
    how: str

    def thresholds(self, asked: int | tuple[float, ...]) -> Floats:
        """The numbers asked for, or so many from 0 to 1, or over all scores where these are no probabilities.

        Raises
        ------
        ParameterError : all scores are the same and no probabilities.
        """
        if isinstance(asked, tuple):
            return np.array(asked, dtype=np.float64)
        if self.model.unit == "probability" or (self.low >= 0 and self.high <= 1):
            return np.linspace(0.0, 1.0, asked)
        if self.low == self.high:
            raise ParameterError(
                f"thresholds: every score is {self.low:g}, so that none parts the rows; pass the thresholds."
            )
        return np.linspace(self.low, self.high, asked)


def positive_class(asked: Any, labels: Labels) -> int:
    """Number of the class whose rows are looked for; of two the second where none is asked for.

    Raises
    ------
    ParameterError : there is no such class, or there are more than two and none is asked for.
    """
    if asked is not None:
        return find_class(asked, labels)
    if len(labels) > 2:
        raise ParameterError(
            f"a threshold parts one class from the rest and y holds {len(labels)}; pass the class that is looked for, "
            f"as in explain({labels[-1]!r})."
        )
    return 1


def trained_trials(
    estimator: Any,
    table: Table,
    labels: Labels,
    truth: Numbers,
    weights: Floats | None,
    splits: list[tuple[Numbers, Numbers]],
    positive: int,
    track: Callable[[Iterable[Any]], Iterable[Any]],
) -> Trials:
    """One a split, each with a model of its own.

    Parameters
    ----------
    track : shows the progress.
    """
    first: Model | None = None
    each = []
    for model, scores, test in track(trained(estimator, table, labels, truth, weights, splits)):
        first = first or model
        counted = np.ones(len(test)) if weights is None else weights[test]
        each.append(Trial(scores[:, positive], truth[test] == positive, counted))
    if first is None:
        raise ParameterError("cv: there is no split; pass a splitter, or pairs of training and test rows.")
    sizes = sorted(len(trial.scores) for trial in each)
    rows = f"{sizes[0]:,}" if sizes[0] == sizes[-1] else f"{sizes[0]:,} to {sizes[-1]:,}"
    how = (
        f"{len(each)} models, each trained on one part of the rows and judged on {rows} others; the first stands above"
    )
    low, high = min(trial.scores.min() for trial in each), max(trial.scores.max() for trial in each)
    return Trials(first, float(low), float(high), each, sum(sizes), how)


def drawn_trials(judged: Judged, positive: int, count: int, seed: int) -> Trials:
    """One a draw of the rows with replacement, all of the same scores."""
    scores, held = judged.scores()[:, positive], judged.truth == positive
    drawn = resampled_weights(held.astype(np.intp), judged.weights, count, seed)
    each = (Trial(scores, held, weights) for weights in drawn)
    how = f"one model as it is, judged on {count} draws of {len(scores):,} rows with replacement"
    return Trials(judged.model, float(scores.min()), float(scores.max()), each, len(scores), how)
