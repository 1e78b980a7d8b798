"""An order of categories in which neighbours are alike in all other columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.tables import Table

__all__ = ["by_likeness"]

Floats = NDArray[np.float64]
QUANTILES = np.arange(0, 1, 0.01)
#: numbers with at most so many values are compared value by value
FEW = 10


def by_likeness(table: Table, j: int, level: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Level numbers from one end of a line to the other.

    The distance of two levels sums, over all other columns, how far the column's distributions are apart among the rows
    of either: ``max |F − F'|`` over its percentiles for numbers and dates (Kolmogorov–Smirnov), ``½ Σ |p − p'|`` for
    categories. One-dimensional classical scaling of the distances puts the levels on a line; its direction is that
    in which the first level comes before the last.

    Parameters
    ----------
    j : the column.
    level : (rows,) number of each row's level; below 0 for rows that count for none.
    count : how many levels.

    Source
    ------
    Apley & Zhu (2020), online appendix C, and their R package ALEPlot.
    """
    if count < 3:
        return np.arange(count)
    known = level >= 0
    distance = np.zeros((count, count))
    for other in range(len(table.names)):
        if other != j:
            shares = _distributions(table.column(other), table.kinds[other], level, known, count)
            distance += _apart(*shares)
    place = _on_a_line(distance)
    return np.argsort(-place if place[0] > place[-1] else place, kind="stable")


def _distributions(
    values: NDArray[Any], kind: str, level: NDArray[np.intp], known: NDArray[np.bool_], count: int
) -> tuple[Floats, bool]:
    """(levels, values) how often each value occurs among a level's rows, or at most each percentile; and which."""
    if kind in ("number", "date"):
        numbers = values.astype("datetime64[us]").astype(np.int64) if kind == "date" else values
        numbers = np.where(np.isnat(values), np.nan, numbers) if kind == "date" else numbers.astype(np.float64)
        held = known & ~np.isnan(numbers)
        distinct = np.unique(numbers[held])
        if len(distinct) > FEW:
            return _cumulative(numbers[held], level[held], count), True
        code = np.where(held, np.searchsorted(distinct, np.where(held, numbers, 0.0)), len(distinct))
        return _shares(code[known], level[known], count, len(distinct) + 1), False
    numbered: dict[Any, int] = {}
    code = np.array([numbered.setdefault(value, len(numbered)) for value in values.tolist()], dtype=np.intp)
    return _shares(code[known], level[known], count, len(numbered)), False


def _cumulative(numbers: Floats, level: NDArray[np.intp], count: int) -> Floats:
    cuts = np.quantile(numbers, QUANTILES)
    below = np.searchsorted(cuts, numbers, side="left")
    return np.cumsum(_shares(below, level, count, len(cuts) + 1), axis=1)[:, :-1]


def _shares(code: NDArray[np.intp], level: NDArray[np.intp], count: int, codes: int) -> Floats:
    """(levels, codes)"""
    found = np.bincount(level * codes + code, minlength=count * codes).reshape(count, codes).astype(np.float64)
    rows = found.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(found, rows, out=np.zeros_like(found), where=rows > 0))


def _apart(shares: Floats, cumulative: bool) -> Floats:
    """(levels, levels)"""
    rows = [np.abs(shares - one) for one in shares]
    return np.array([gap.max(axis=1) if cumulative else gap.sum(axis=1) / 2 for gap in rows])


def _on_a_line(distance: Floats) -> Floats:
    """(levels,) coordinate along the first axis of classical multidimensional scaling."""
    centre = np.eye(len(distance)) - 1 / len(distance)
    _, vectors = np.linalg.eigh(-centre @ distance**2 @ centre / 2)
    return np.asarray(vectors[:, -1])
