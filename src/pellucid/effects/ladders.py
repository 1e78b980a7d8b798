"""A column as a ladder: its places in order, between which rungs each row stands, and which steps it can take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect_axis import Axis, levels, sorting
from pellucid.core.errors import ParameterError
from pellucid.effects.level_order import by_likeness
from pellucid.maskers.background import Background

__all__ = ["Ladder", "Orders", "climbs_of_both", "frequent", "ladder_of"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]


@dataclass(frozen=True)
class Orders:
    """The constraint of an ``order`` setting: features with lists of categories."""

    words: str = "a mapping from features to their categories in order, such as {'size': ['S', 'M', 'L']}"

    def allows(self, value: object) -> bool:
        return isinstance(value, Mapping) and all(
            isinstance(name, str | int) and isinstance(levels, Sequence) and not isinstance(levels, str)
            for name, levels in value.items()
        )


@dataclass(frozen=True, eq=False)
class Ladder:
    """Places of one column and the steps between neighbours.

    Parameters
    ----------
    axis : the places, the missing value last.
    givers : (rungs,) numbers of rows that have the value of each rung.
    standing : numbers of the rows that stand on a rung or between two.
    below, above : (standing,) rungs below and above each, both the same for a category.
    climbers, step : (climbs,) each row and step it takes, from that rung to the next.
    missing : numbers of the rows without a value.
    left_out : part of the rows whose category is too rare to be looked at.
    """

    axis: Axis
    givers: Numbers
    standing: Numbers
    below: Numbers
    above: Numbers
    climbers: Numbers
    step: Numbers
    missing: Numbers
    left_out: float

    @property
    def rungs(self) -> int:
        return len(self.givers)

    @property
    def middles(self) -> Floats:
        """(rungs − 1,) where each step lies between 0 and 1: by value, of categories by rank."""
        at = self.axis.at
        if self.axis.kind == "levels":
            at = np.arange(self.rungs)
        place = (at - at[0]) / (at[-1] - at[0]) if self.rungs > 1 else np.zeros(self.rungs)
        return np.asarray((place[1:] + place[:-1]) / 2, dtype=np.float64)

    def without_missing(self) -> Axis:
        """The places of values."""
        return replace(self.axis, missing=False, share=self.axis.share[: self.rungs])


def climbs_of_both(first: Ladder, second: Ladder) -> tuple[Numbers, NDArray[np.intp]]:
    """Rows (climbs,) that stand on both ladders, and (climbs, 2) each pair of steps that they take."""
    by_row = [np.argsort(ladder.climbers, kind="stable") for ladder in (first, second)]
    rows = [ladder.climbers[order] for ladder, order in zip((first, second), by_row, strict=True)]
    # each climb of the first with all climbs of the same row on the second
    begin, end = (np.searchsorted(rows[1], rows[0], side=side) for side in ("left", "right"))
    times = end - begin
    which = np.repeat(np.arange(len(rows[0])), times)
    other = np.arange(times.sum()) - np.repeat(times.cumsum() - times, times) + np.repeat(begin, times)
    steps = [first.step[by_row[0]][which], second.step[by_row[1]][other]]
    return rows[0][which], np.column_stack(steps)


def ladder_of(background: Background, j: int, *, intervals: int, most: int, order: Sequence[Any] | None) -> Ladder:
    """The ladder of a column.

    Numbers and dates stand between quantiles of the background (type 1, values that occur): a row climbs its own
    interval. Categories and booleans stand on rungs and climb to either neighbour.

    Parameters
    ----------
    intervals : of numbers, at most.
    most : categories; the most frequent are taken.
    order : categories from the lowest to the highest; None puts those side by side that are alike otherwise.

    Raises
    ------
    ParameterError : ``order`` names a category twice, or leaves out one that is looked at.
    """
    table = background.table
    values, kind = table.column(j), table.kinds[j]
    if kind in ("category", "boolean"):
        return _of_levels(background, j, values, most, order)
    gone = np.isnat(values) if kind == "date" else np.isnan(values.astype(np.float64))
    present, missing = np.flatnonzero(~gone), np.flatnonzero(gone)
    givers, above = _quantile_rungs(values, present, background.shares, intervals)
    below = above - (above > 0)
    at = values[givers] if kind == "date" else values[givers].astype(np.float64)
    axis = _axis(table.names[j], "points", at, (present, below, above), missing, background.shares)
    climbs = slice(None) if len(givers) > 1 else slice(0)
    return Ladder(axis, givers, present, below, above, present[climbs], below[climbs], missing, 0.0)


def _quantile_rungs(values: NDArray[Any], rows: Numbers, shares: Floats, intervals: int) -> tuple[Numbers, Numbers]:
    """The first row that holds the value of each rung, and (rows,) the rung at or above each of the rows."""
    sorted_rows = rows[np.argsort(values[rows])]
    ordered = values[sorted_rows]
    rungs = ordered[_quantiles(ordered, shares[sorted_rows], intervals)]
    begin, end = (np.searchsorted(ordered, rungs, side=side) for side in ("left", "right"))
    givers = np.array([sorted_rows[i:j].min() for i, j in zip(begin, end, strict=True)], dtype=np.intp)
    end[-1:] = len(ordered)  # rows beyond the last rung have no weight
    above = np.empty(len(values), dtype=np.intp)
    above[sorted_rows] = np.repeat(np.arange(len(rungs)), np.diff(end, prepend=0))
    return givers, np.maximum(above[rows], min(1, len(rungs) - 1))


def _quantiles(ordered: NDArray[Any], shares: Floats, intervals: int) -> Numbers:
    """Where the smallest value stands, and those below which 1/K, 2/K, … of the others lie; no value twice."""
    if not len(ordered):
        return np.empty(0, dtype=np.intp)
    below = np.cumsum(shares)
    wanted = np.linspace(0, 1, intervals + 1) * below[-1]
    at = np.minimum(np.searchsorted(below, wanted - 1e-9 * below[-1], side="left"), len(ordered) - 1)
    chosen = np.unique(np.concatenate([[0], at]))
    return np.asarray(chosen[np.concatenate([[True], ordered[chosen[1:]] != ordered[chosen[:-1]]])])


def _of_levels(background: Background, j: int, values: NDArray[Any], most: int, order: Sequence[Any] | None) -> Ladder:
    table = background.table
    found = frequent(values, background.shares, most)
    number = {level: k for k, level in enumerate(found)}
    level = np.array([number.get(value, -1) for value in values.tolist()], dtype=np.intp)
    gone = np.flatnonzero([value is None or value != value for value in values.tolist()])  # noqa: PLR0124 - NaN
    turned = _given(order, found, table.names[j]) if order is not None else by_likeness(table, j, level, len(found))
    rung_of = np.argsort(turned)
    rung = np.where(level >= 0, rung_of[level], -1) if len(found) else level
    givers = np.array([np.flatnonzero(rung == k)[0] for k in range(len(found))], dtype=np.intp)
    up, down = np.flatnonzero((rung >= 0) & (rung < len(found) - 1)), np.flatnonzero(rung > 0)
    standing = np.flatnonzero(rung >= 0)
    stands = (standing, rung[standing], rung[standing])
    axis = _axis(table.names[j], "levels", levels([found[k] for k in turned]), stands, gone, background.shares)
    rare = np.setdiff1d(np.flatnonzero(rung < 0), gone)
    steps = np.concatenate([rung[up], rung[down] - 1])
    left_out = float(background.shares[rare].sum())
    return Ladder(axis, givers, *stands, np.concatenate([up, down]), steps, gone, left_out)


def frequent(values: NDArray[Any], shares: Floats, most: int) -> list[Any]:
    """The most frequent levels, in their own order."""
    weight: dict[Any, float] = {}
    for value, share in zip(values.tolist(), shares.tolist(), strict=True):
        if value is not None and value == value:  # noqa: PLR0124 - NaN
            weight[value] = weight.get(value, 0.0) + share
    chosen = sorted(weight, key=lambda value: -weight[value])[:most]
    return sorted(chosen, key=sorting)


def _given(order: Sequence[Any], found: list[Any], name: str) -> Numbers:
    wanted = [level for level in order if level in found]
    if len(set(wanted)) < len(wanted) or len(wanted) < len(found):
        lacking = ", ".join(repr(level) for level in found if level not in wanted) or "none, but one twice"
        raise ParameterError(
            f"order: name every category of {name!r} once, from lowest to highest; missing: {lacking}."
        )
    return np.array([found.index(level) for level in wanted], dtype=np.intp)


def _axis(
    name: str, kind: str, at: NDArray[Any], stands: tuple[Numbers, Numbers, Numbers], gone: Numbers, shares: Floats
) -> Axis:
    """Half of a row's share goes to either of its rungs."""
    standing, *ends = stands
    share, half = np.zeros(len(at) + (len(gone) > 0)), shares[standing] / 2
    for end in ends:
        share += np.bincount(end, half, minlength=len(share))
    if len(gone):
        share[-1] = shares[gone].sum()
    return Axis(name, kind, at, len(gone) > 0, share)
