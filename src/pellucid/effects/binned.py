"""Answers of rows summed up bin by bin, over one feature or over two crossed ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect import Curve
from pellucid.core.tables import Table
from pellucid.effects.bins import Binning
from pellucid.effects.rare_levels import others_notes

__all__ = ["Summary", "binned_curves", "means", "middles"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]
#: (rows, targets) answers, (rows,) the cell of each, and how many cells → (cells, targets) values and both ends
Summary = Callable[[Floats, Numbers, Floats, int], tuple[Floats, Floats, Floats]]


def binned_curves(
    table: Table, sets: Sequence[tuple[int, ...]], answers: Floats, weights: Floats, binning: Binning, summary: Summary
) -> tuple[tuple[Curve, ...], tuple[str, ...]]:
    """A curve a feature and a surface a pair, and notes on categories that stand together.

    Parameters
    ----------
    answers : (rows, targets)
    weights : (rows,) how much each counts.
    """
    bins = {j: binning.bins(table, j, weights / weights.sum()) for j in dict.fromkeys(j for s in sets for j in s)}
    curves = []
    for numbers in sets:
        chosen = [bins[j] for j in numbers]
        shape = tuple(one.axis.places for one in chosen)
        cell = np.ravel_multi_index([one.place for one in chosen], shape).astype(np.intp)
        cells = int(np.prod(shape))
        parts = (part.reshape(*shape, -1) for part in summary(answers, cell, weights, cells))
        values, low, high = parts
        counts = np.bincount(cell, minlength=cells).reshape(shape).astype(np.float64)
        curves.append(Curve(tuple(one.axis for one in chosen), values, low=low, high=high, counts=counts))
    return tuple(curves), others_notes(curves, "all rows")


def means(confidence: float) -> Summary:
    """Mean of each cell with a confidence interval: Wilson's where all answers are 0 or 1, otherwise the normal one."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)

    def summary(answers: Floats, cell: Numbers, weights: Floats, cells: int) -> tuple[Floats, Floats, Floats]:
        whole = _sums(cell, weights, cells)
        # Kish's effective number of rows; without weights it is their number
        n = _parts(whole**2, _sums(cell, weights**2, cells))
        found = [_mean(answers[:, k], cell, weights, whole, n, z) for k in range(answers.shape[1])]
        values, low, high = (np.column_stack(parts) for parts in zip(*found, strict=True))
        return values, low, high

    return summary


def middles(spread: float) -> Summary:
    """Median of each cell, and the ends of the middle ``spread`` of its answers; a row of weight w counts as w rows."""
    asked = [0.5, (1 - spread) / 2, (1 + spread) / 2]

    def summary(answers: Floats, cell: Numbers, weights: Floats, cells: int) -> tuple[Floats, Floats, Floats]:
        found = np.full((3, cells, answers.shape[1]), np.nan)
        order = np.argsort(cell, kind="stable")
        ends = np.searchsorted(cell[order], np.arange(cells + 1))
        for k in np.flatnonzero(np.diff(ends)):
            rows = order[ends[k] : ends[k + 1]]
            found[:, k] = _quantiles(answers[rows], weights[rows], asked)
        return found[0], found[1], found[2]

    return summary


def _quantiles(answers: Floats, weights: Floats, asked: list[float]) -> Floats:
    """(quantiles, targets) linear between neighbours, of rows laid side by side as often as they weigh."""
    if (weights == 1.0).all():
        return np.quantile(answers, asked, axis=0)
    found = []
    for column in answers.T:
        order = np.argsort(column, kind="stable")
        until = np.cumsum(weights[order])
        at = np.maximum(until[-1] - 1, 0.0) * np.array(asked)
        whole = np.floor(at)
        low, high = (
            column[order[np.minimum(np.searchsorted(until, place, side="right"), len(order) - 1)]]
            for place in (whole, whole + 1)
        )
        found.append(low + (at - whole) * (high - low))
    return np.column_stack(found)


def _mean(
    answers: Floats, cell: Numbers, weights: Floats, whole: Floats, n: Floats, z: float
) -> tuple[Floats, Floats, Floats]:
    cells = len(whole)
    mean = _parts(_sums(cell, weights * answers, cells), whole)
    if np.isin(answers, (0.0, 1.0)).all():
        middle = (mean + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(mean * (1 - mean) / n + z**2 / (4 * n**2))
        return mean, np.clip(middle - half, 0, mean), np.clip(middle + half, mean, 1)
    squares = _sums(cell, weights * (answers - mean[cell]) ** 2, cells)
    half = z * np.sqrt(_parts(_parts(squares, whole), n - 1))
    return mean, mean - half, mean + half


def _sums(cell: Numbers, values: Floats, cells: int) -> Floats:
    return np.bincount(cell, values, minlength=cells).astype(np.float64)


def _parts(above: Floats, below: Floats) -> Floats:
    """Quotients, nan where nothing stands below."""
    return np.asarray(np.divide(above, below, out=np.full(len(below), np.nan), where=below > 1e-12))
