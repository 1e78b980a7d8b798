"""Effects of any model: mean predictions on a grid, asked in batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect import Curve
from pellucid.core.effect_axis import Axis, levels
from pellucid.effects.exchange import Exchange
from pellucid.effects.ladders import frequent
from pellucid.effects.rare_levels import drawn_rows
from pellucid.effects.resamples import RowGroups
from pellucid.maskers.background import Background

__all__ = ["Grid", "grid_axis", "grid_curve", "grid_rows", "missing_cells"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]


class Grid:
    """Places of one column, each with a row of the background that has the value.

    Parameters
    ----------
    axis : the places.
    rows : (places,) numbers of rows; −1 where the rarer categories stand together.
    rare : numbers of the rows that have one of these.
    """

    def __init__(self, axis: Axis, rows: Numbers, rare: Numbers) -> None:
        self.axis, self.rows, self.rare = axis, rows, rare


def grid_axis(background: Background, j: int, points: int, most: int) -> Grid:
    """Values of a column that occur: numbers and dates at evenly spaced quantiles, the most frequent categories."""
    table = background.table
    values, kind = table.column(j), table.kinds[j]
    missing = missing_cells(values, kind)
    gone = np.flatnonzero(missing)[:1]
    order = np.arange(len(values))
    if kind in ("category", "boolean"):
        row_of, others = _levels(values, missing, background.shares, most)
        at, how = levels(values[row_of].tolist()), "levels"
    else:
        order = np.argsort(values)  # the missing ones last
        row_of, others = _quantiles(values, order[: len(order) - missing.sum()], points), 0
        at, how = _plain(values[row_of]), "points"
    bare = Axis(table.names[j], how, at, len(gone) > 0, np.zeros(len(at) + (others > 0) + len(gone)), others)
    place = bare.find(values[order])
    rare = order[place < 0]
    place[place < 0] = len(row_of)
    share = np.bincount(place, background.shares[order], minlength=bare.places).astype(np.float64)
    rows = np.concatenate([row_of, [-1] * (others > 0), gone]).astype(np.intp)
    return Grid(replace(bare, share=share), rows, rare)


def grid_curve(
    exchange: Exchange,
    background: Background,
    numbers: tuple[int, ...],
    *,
    points: int,
    most: int,
    groups: RowGroups | None,
) -> tuple[Curve, Floats | None]:
    """The curve of a column or the surface of a pair, and (groups, places, targets) those of each group of rows."""
    grids = [grid_axis(background, j, points, most) for j in numbers]
    shape = tuple(grid.axis.places for grid in grids)
    chosen = np.indices(shape).reshape(len(grids), -1)
    cells = {j: grid.rows[at] for j, grid, at in zip(numbers, grids, chosen, strict=True)}
    drawn = _drawn(background, dict(zip(numbers, grids, strict=True)), len(background.table))
    shares, means, parts = background.shares, [], []
    for answers in exchange.of_all_rows(cells, drawn):
        means.append(np.matmul(shares, answers))
        parts += [] if groups is None else [groups.sums(answers * shares[:, np.newaxis])]
    values = np.concatenate(means).reshape(*shape, -1)
    curve = Curve(tuple(grid.axis for grid in grids), values)
    return curve, np.concatenate(parts, axis=1).reshape(-1, *values.shape) if parts else None


def grid_rows(
    exchange: Exchange, background: Background, j: int, *, rows: int, points: int, most: int
) -> tuple[Axis, Floats]:
    """Predictions of so many rows with one column set to each of its values in the background.

    Returns
    -------
    The places, and (rows, places, targets).
    """
    grid = grid_axis(background, j, points, most)
    answers = np.concatenate(list(exchange.of_all_rows({j: grid.rows}, _drawn(background, {j: grid}, rows))))
    return grid.axis, np.ascontiguousarray(answers.transpose(1, 0, 2))


def _drawn(background: Background, grids: Mapping[int, Grid], rows: int) -> dict[int, Numbers]:
    """Column → (rows,) whose rare category each row takes."""
    return {
        j: drawn_rows(grid.rare, background.shares[grid.rare], rows, j) for j, grid in grids.items() if len(grid.rare)
    }


def missing_cells(values: NDArray[Any], kind: str) -> NDArray[np.bool_]:
    """(rows,) which cells of a column have no value."""
    if kind == "date":
        return np.asarray(np.isnat(values))
    if kind == "number":
        return np.asarray(np.isnan(values.astype(np.float64)))
    return np.array([value is None or value != value for value in values.tolist()], dtype=np.bool_)  # noqa: PLR0124


def _levels(values: NDArray[Any], missing: NDArray[np.bool_], shares: Floats, most: int) -> tuple[Numbers, int]:
    """First rows of the most frequent categories, in their own order, and how many others there are."""
    first: dict[Any, int] = {}
    for row in np.flatnonzero(~missing).tolist():
        first.setdefault(values[row], row)
    kept = frequent(values, shares, most)
    return np.array([first[level] for level in kept], dtype=np.intp), len(first) - len(kept)


def _quantiles(values: NDArray[Any], ordered: Numbers, points: int) -> Numbers:
    """The first row of each value, of evenly spaced ones where they are many; of rows in the order of their values."""
    if not len(ordered):
        return ordered
    present = values[ordered]
    distinct = np.flatnonzero(np.concatenate([[True], present[1:] != present[:-1]]))
    first = np.asarray(np.minimum.reduceat(ordered, distinct))
    if len(distinct) <= points:
        return first
    picked = np.round(np.linspace(0, len(ordered) - 1, points)).astype(np.intp)
    return np.asarray(first[np.unique(np.searchsorted(distinct, picked, side="right") - 1)])


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    return values if values.dtype.kind == "M" else values.astype(np.float64)
