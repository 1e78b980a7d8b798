"""Effects of any model: mean predictions on a grid, asked in batches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.batching import Game
from pellucid.core.effect import Curve
from pellucid.core.effect_axis import Axis, levels, sorting
from pellucid.core.matching import matched
from pellucid.core.model import Model
from pellucid.core.tables import Table
from pellucid.core.target import Target
from pellucid.maskers.background import Background

__all__ = ["Grid", "grid_axis", "grid_curve", "grid_rows"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]


class Grid:
    """Places of one column, each with a row of the background that has the value.

    Parameters
    ----------
    axis : the places.
    rows : (places,) numbers of rows.
    """

    def __init__(self, axis: Axis, rows: Numbers) -> None:
        self.axis, self.rows = axis, rows


def grid_axis(background: Background, j: int, points: int) -> Grid:
    """Values of a column that occur: of numbers and dates at evenly spaced quantiles, of categories all."""
    table = background.table
    values, kind = table.column(j), table.kinds[j]
    missing = _missing(values, kind)
    row_of = _levels(values, missing) if kind in ("category", "boolean") else _quantiles(values, missing, points)
    gone = np.flatnonzero(missing)[:1]
    rows = np.concatenate([row_of, gone]).astype(np.intp)
    at = levels(values[row_of].tolist()) if kind in ("category", "boolean") else _plain(values[row_of])
    share = np.zeros(len(rows))
    bare = Axis(table.names[j], "levels" if kind in ("category", "boolean") else "points", at, len(gone) > 0, share)
    share = np.bincount(bare.find(values), background.shares, minlength=len(rows)).astype(np.float64)
    return Grid(replace(bare, share=share), rows)


def grid_curve(
    model: Model, background: Background, numbers: tuple[int, ...], target: Target, *, points: int, batch_size: int
) -> tuple[Curve, int]:
    """The curve of a column or the surface of a pair, and how many rows the model was asked about."""
    grids = [grid_axis(background, j, points) for j in numbers]
    shape = tuple(grid.axis.places for grid in grids)
    chosen = np.indices(shape).reshape(len(grids), -1)
    index = np.zeros((chosen.shape[1], len(background.table.names)), dtype=np.intp)
    for j, grid, at in zip(numbers, grids, chosen, strict=True):
        index[:, j] = grid.rows[at]
    coalition = np.isin(np.arange(index.shape[1]), numbers)[np.newaxis]
    game = Game(model, background, background.table.gathered(index), target, batch_size=batch_size)
    worth = game.worth(np.arange(len(index)), coalition)[:, 0]
    return Curve(tuple(grid.axis for grid in grids), worth.reshape(*shape, -1)), game.evaluations


def grid_rows(
    model: Model, background: Background, table: Table, j: int, target: Target, *, points: int, batch_size: int
) -> tuple[Axis, Floats]:
    """Predictions of rows with one column set to each of its values in the background.

    Returns
    -------
    The places, and (rows, places, targets).
    """
    grid = grid_axis(background, j, points)
    rows, givers = matched(table, background.table)
    pool = rows.joined(givers)
    n, places = len(table), grid.axis.places
    answers = []
    for start in range(0, n * places, batch_size):
        row, place = np.divmod(np.arange(start, min(start + batch_size, n * places)), places)
        index = np.repeat(row[:, np.newaxis], len(pool.names), axis=1)
        index[:, j] = n + grid.rows[place]
        answers.append(target.select(model.predict(pool.gathered(index))))
    return grid.axis, np.concatenate(answers).reshape(n, places, -1)


def _missing(values: NDArray[Any], kind: str) -> NDArray[np.bool_]:
    if kind == "date":
        return np.asarray(np.isnat(values))
    if kind == "number":
        return np.asarray(np.isnan(values.astype(np.float64)))
    return np.array([value is None or value != value for value in values.tolist()], dtype=np.bool_)  # noqa: PLR0124


def _levels(values: NDArray[Any], missing: NDArray[np.bool_]) -> Numbers:
    first: dict[Any, int] = {}
    for row in np.flatnonzero(~missing).tolist():
        first.setdefault(values[row], row)
    ordered = sorted(first, key=sorting)
    return np.array([first[level] for level in ordered], dtype=np.intp)


def _quantiles(values: NDArray[Any], missing: NDArray[np.bool_], points: int) -> Numbers:
    rows = np.flatnonzero(~missing)
    ordered = rows[np.argsort(values[rows], kind="stable")]
    if not len(ordered):
        return ordered
    distinct = np.flatnonzero(np.concatenate([[True], values[ordered[1:]] != values[ordered[:-1]]]))
    if len(distinct) <= points:
        return np.asarray(ordered[distinct])
    picked = np.round(np.linspace(0, len(ordered) - 1, points)).astype(np.intp)
    chosen = np.unique(np.searchsorted(distinct, picked, side="right") - 1)
    return np.asarray(ordered[distinct[chosen]])


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    return values if values.dtype.kind == "M" else values.astype(np.float64)
