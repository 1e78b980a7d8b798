"""Rows in the order of their scores: which share of a class is found among the first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pellucid.core.key_figure import KeyFigure
from pellucid.performance.judged import Judged, names_of
from pellucid.performance.resamples import resampled_weights

__all__ = ["Gains", "Ranked", "gains_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ranked:
    """Rows by falling score; rows of one score are taken together, as if asked in random order.

    Parameters
    ----------
    scores : (rows,)
    held : (rows,) 1 where the row is of the class, else 0.
    """

    scores: Floats
    held: Floats

    @cached_property
    def _order(self) -> NDArray[np.intp]:
        return np.argsort(-self.scores, kind="stable")

    @cached_property
    def _last(self) -> NDArray[np.intp]:
        """Last row of each score."""
        falling = self.scores[self._order]
        return np.flatnonzero(np.append(falling[1:] != falling[:-1], True))

    def corners(self, weights: Floats) -> tuple[Floats, Floats]:
        """Shares of all rows and of the class that have at least each score, from (0, 0) to (1, 1)."""
        ordered = weights[self._order]
        asked, found = (np.cumsum(part)[self._last] for part in (ordered, ordered * self.held[self._order]))
        return np.append(0.0, asked / asked[-1]), np.append(0.0, found / found[-1])

    def accuracy_ratio(self, weights: Floats) -> float:
        """Area between the curve and the diagonal, as a part of a perfect model's: 2 AUC − 1."""
        asked, found = self.corners(weights)
        area = float(np.sum(np.diff(asked) * (found[1:] + found[:-1])) / 2)
        return (2 * area - 1) / (1 - float(weights @ self.held / weights.sum()))


@dataclass(frozen=True, eq=False)
class Gains:
    """Shares found, (shares asked, classes), with bands or None, and accuracy ratios."""

    names: tuple[str, ...]
    values: Floats
    low: Floats | None
    high: Floats | None
    figures: tuple[KeyFigure, ...]

    def per(self, asked: Floats) -> Gains:
        """The same divided by the share asked, without the first, which is nobody."""
        size = asked[1:, np.newaxis]
        low, high = (None if end is None else end[1:] / size for end in (self.low, self.high))
        return replace(self, values=self.values[1:] / size, low=low, high=high)


def gains_of(judged: Judged, classes: list[int], asked: Floats, *, draws: int, confidence: float, seed: int) -> Gains:
    """Share of each class that is found among the first shares of rows.

    Parameters
    ----------
    classes : numbers of the classes.
    asked : (shares,) of all rows.
    draws : of rows with replacement, from which the bands are taken; 0 for none.
    confidence : of the bands.
    """
    scores = judged.scores()
    ranked = [Ranked(scores[:, number], (judged.truth == number).astype(np.float64)) for number in classes]
    names = names_of([judged.labels[number] for number in classes])

    def measured(weights: Floats) -> tuple[Floats, list[float]]:
        found = [np.interp(asked, *one.corners(weights)) for one in ranked]
        return np.stack(found, axis=-1), [one.accuracy_ratio(weights) for one in ranked]

    values, ratios = measured(judged.weights)
    titles = [f"accuracy ratio of {name}" for name in names]
    if not draws:
        return Gains(names, values, None, None, tuple(map(KeyFigure, titles, ratios)))
    drawn = [measured(weights) for weights in resampled_weights(judged.truth, judged.weights, draws, seed)]
    ends = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile([found for found, _ in drawn], ends, axis=0)
    below, above = np.quantile([ratio for _, ratio in drawn], ends, axis=0)
    bands = zip(titles, ratios, below.tolist(), above.tolist(), strict=True)
    return Gains(names, values, low, high, tuple(KeyFigure(*band) for band in bands))
