"""Which way an input moves the result, over many rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Direction", "direction", "rank_correlation"]

CLEAR = 0.6
FEWEST_ROWS, SMALLEST_SHARE = 5, 0.01


@dataclass(frozen=True)
class Direction:
    """What is said of a direction.

    Parameters
    ----------
    kind : ``"up"``, ``"down"``, ``"mixed"``, ``"later_up"``, ``"later_down"``, ``"yes_up"``, ``"yes_down"``,
        ``"levels"``, or ``"none"`` where nothing can be said.
    high, low : for ``"levels"``, those whose mean contributions are highest and lowest.
    """

    kind: str
    high: str = ""
    low: str = ""


def direction(values: NDArray[Any], kind: str, moved: NDArray[np.float64]) -> Direction:
    """How contributions go with the values of their input.

    Numbers and dates have a direction where the absolute rank correlation (Spearman) of value and contribution is at
    least 0.6. Levels are compared by mean contribution, those in less than 1 % of the rows left out.

    Parameters
    ----------
    values : (rows,) as ``Table.column`` gives them.
    kind : ``"number"``, ``"boolean"``, ``"category"`` or ``"date"``.
    moved : (rows,) contributions.
    """
    if kind == "category":
        return _of_levels(values, moved)
    present = ~(np.isnat(values) if kind == "date" else np.isnan(np.asarray(values, dtype=np.float64)))
    numbers = values[present].astype(np.int64 if kind == "date" else np.float64)
    if len(np.unique(numbers)) < 2 or not np.ptp(moved[present]):
        return Direction("none")
    correlation = rank_correlation(numbers, moved[present])
    if kind == "boolean":
        return Direction("yes_up" if correlation > 0 else "yes_down")
    if abs(correlation) < CLEAR:
        return Direction("mixed")
    return Direction(("later_" if kind == "date" else "") + ("up" if correlation > 0 else "down"))


def rank_correlation(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Spearman's correlation of two columns, ties sharing their mean rank; nan where one is constant."""
    first, second = (_centred_ranks(values) for values in (a, b))
    scale = np.sqrt((first @ first) * (second @ second))
    return float(first @ second / scale) if scale else float("nan")


def _centred_ranks(values: NDArray[Any]) -> NDArray[np.float64]:
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[group]
    return np.asarray(ranks - ranks.mean())


def _of_levels(values: NDArray[Any], moved: NDArray[np.float64]) -> Direction:
    names = np.array([None if value is None else str(value) for value in values], dtype=object)
    fewest = max(FEWEST_ROWS, SMALLEST_SHARE * len(names))
    means = {
        level: moved[mask].mean()
        for level in sorted({name for name in names if name is not None})
        if (mask := names == level).sum() >= fewest
    }
    if len(means) < 2:
        return Direction("none")
    high, low = max(means, key=lambda level: means[level]), min(means, key=lambda level: means[level])
    return Direction("levels", high, low) if means[high] > means[low] else Direction("none")
