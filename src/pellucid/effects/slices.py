"""A plane through the rows: two columns take values of a grid, all others stay where they are held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect_axis import Axis, levels
from pellucid.core.errors import ParameterError
from pellucid.core.tables import Table
from pellucid.effects.grid import missing_cells
from pellucid.effects.ladders import frequent

__all__ = ["Fillers", "Side", "fillers_of", "plane", "side_of"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]
#: part of a column's range that the plane shows beyond either end
_MARGIN = 0.05


@dataclass(frozen=True)
class Fillers:
    """The constraint of settings that map features to values."""

    words: str = "a mapping from features to values, such as {'age': 40}"

    def allows(self, value: object) -> bool:
        return isinstance(value, Mapping) and all(isinstance(name, str | int) for name in value)


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two columns.

    Parameters
    ----------
    axis : its places.
    givers : (places,) rows that have the value of each place; None where ``axis.at`` is put in as a number.
    where : (rows,) where each row stands, as :class:`~pellucid.core.curve.Curve` counts it; nan if nowhere.
    """

    axis: Axis
    givers: Numbers | None
    where: Floats


def side_of(table: Table, j: int, resolution: int, most: int) -> Side:
    """Evenly spaced numbers a little beyond both ends, dates that occur, or categories.

    Raises
    ------
    ParameterError : the column has no two different finite values.
    """
    values, kind, name = table.column(j), table.kinds[j], table.names[j]
    gone = missing_cells(values, kind)
    if kind == "number":
        gone = gone | np.isinf(values.astype(np.float64))
    if len(set(values[~gone].tolist())) < 2:
        raise ParameterError(f"features: {name!r} has no two different values to span a plane; choose another.")
    if kind in ("category", "boolean"):
        found = frequent(values, np.full(len(values), 1 / len(values)), most)
        named = levels([bool(level) for level in found] if kind == "boolean" else found)
        place = Axis(name, "levels", named, False, np.zeros(len(named))).find(values)
        share = np.bincount(place[place >= 0], minlength=len(named)) / len(values)
        givers = np.array([np.flatnonzero(place == k)[0] for k in range(len(named))], dtype=np.intp)
        return Side(Axis(name, "levels", named, False, share), givers, np.where(place < 0, np.nan, place))
    rows = np.flatnonzero(~gone)
    if kind == "date":
        ordered = rows[np.argsort(values[rows], kind="stable")]
        _, first = np.unique(values[ordered], return_index=True)
        givers = ordered[first[np.unique(np.linspace(0, len(first) - 1, resolution).round().astype(np.intp))]]
        where = np.where(gone, np.nan, values.astype("datetime64[us]").astype(np.int64).astype(np.float64))
        return Side(_shared(name, values[givers], values[rows]), givers, where)
    numbers = np.where(gone, np.nan, values.astype(np.float64))
    low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
    at = np.linspace(low - _MARGIN * (high - low), high + _MARGIN * (high - low), resolution)
    return Side(_shared(name, at, numbers[rows]), None, numbers)


def fillers_of(table: Table, held: list[int], given: Mapping[int, Any], row: int | None) -> tuple[Numbers, Floats]:
    """What the other columns are held at.

    Returns
    -------
    (columns,) a row that has each column's value, and (columns,) the number to put in instead, nan for none.

    Raises
    ------
    ParameterError : a value that does not occur, where it is no number.
    """
    givers = np.full(len(table.names), 0 if row is None else row, dtype=np.intp)
    numbers = np.full(len(table.names), np.nan)
    for j in held:
        values, kind = table.column(j), table.kinds[j]
        if j not in given:
            givers[j] = givers[j] if row is not None else _typical(values, kind)
        elif kind == "number":
            numbers[j] = _number(given[j], table.names[j])
        else:
            wanted = np.datetime64(given[j], "us") if kind == "date" else given[j]
            found = np.flatnonzero(values == wanted)
            if not len(found):
                raise ParameterError(f"fillers: no row has {table.names[j]!r} = {given[j]!r}; choose one that occurs.")
            givers[j] = found[0]
    return givers, numbers


def plane(table: Table, numbers: tuple[int, int], sides: tuple[Side, Side], givers: Numbers, held: Floats) -> Table:
    """Rows of the plane: all places of the second column for the first place of the first one, and so on."""
    shape = tuple(side.axis.places for side in sides)
    places = np.indices(shape).reshape(2, -1)
    n = places.shape[1]
    index = np.tile(givers, (n, 1))
    put = {j: np.full(n, value) for j, value in enumerate(held) if not np.isnan(value)}
    for j, side, at in zip(numbers, sides, places, strict=True):
        if side.givers is None:
            put[j] = side.axis.at[at].astype(np.float64)
        else:
            index[:, j] = side.givers[at]
    rows = table.gathered(index)
    return rows.with_numbers(put) if put else rows


def _shared(name: str, at: NDArray[Any], values: NDArray[Any]) -> Axis:
    bare = Axis(name, "points", at, False, np.zeros(len(at)))
    share = np.bincount(bare.find(values), minlength=len(at)) / len(values)
    return Axis(name, "points", at, False, share)


def _typical(values: NDArray[Any], kind: str) -> int:
    """A row that has the median of numbers and dates (the lower one), or the most frequent category."""
    rows = np.flatnonzero(~missing_cells(values, kind))
    if not len(rows):
        return 0
    if kind in ("category", "boolean"):
        (level,) = frequent(values, np.full(len(values), 1 / len(values)), 1)
        return int(np.flatnonzero(values == level)[0])
    return int(rows[np.argsort(values[rows], kind="stable")[(len(rows) - 1) // 2]])


def _number(value: Any, name: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"fillers: {name!r} holds numbers, got {value!r}; pass a number.") from error
    if not np.isfinite(number):
        raise ParameterError(f"fillers: {name!r} must be held at a finite number, got {value!r}.")
    return number
