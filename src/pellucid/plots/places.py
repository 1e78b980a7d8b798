"""Where the values of a feature lie along an axis: numbers and dates to scale, categories and missing in lanes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.core.tables import Table
from pellucid.plots.labels import value_text
from pellucid.plots.shade import as_numbers

__all__ = ["Places", "find_places"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
_MOST = 12


@dataclass(frozen=True, eq=False)
class Places:
    """Places along an axis.

    Parameters
    ----------
    at : (rows,).
    lane : (rows,) number of the lane a row is in; −1 where its place is to scale.
    lanes : name and place of each lane.
    width : of a lane.
    scale : the lowest and highest value to scale, None when there is none.
    dates : whether that scale is in days since 1970-01-01.
    """

    at: Floats
    lane: Numbers
    lanes: tuple[tuple[str, float], ...]
    width: float
    scale: tuple[float, float] | None
    dates: bool


def find_places(data: Table, feature: int, values: Floats) -> Places:
    """Lay out a column.

    Categories are ordered by their mean contribution; beyond twelve the rarest share a lane. Booleans are two
    categories. Missing and infinite numbers get lanes of their own beside the scale.

    Parameters
    ----------
    values : (rows,) contributions of the feature.
    """
    kind = data.kinds[feature]
    if kind in ("category", "boolean"):
        return _categories(
            [value_text(value, kind) for value in data.column(feature)], values, ordered=kind == "boolean"
        )
    numbers, missing = as_numbers(data, feature)
    finite = np.isfinite(numbers)
    if not finite.any():
        return _categories([value_text(value, kind) for value in data.column(feature)], values, ordered=False)
    low, high = float(numbers[finite].min()), float(numbers[finite].max())
    span = (high - low) or abs(high) or 1.0
    beside = [("−∞", numbers == -np.inf, -1), ("∞", numbers == np.inf, 1), ("missing", missing, 1)]
    at, lane, steps = np.where(finite, numbers, 0.0), np.full(len(numbers), -1), {-1: 1, 1: 1}
    lanes: list[tuple[str, float]] = []
    for name, rows, side in beside:
        if rows.any():
            place = (high if side > 0 else low) + side * (0.02 + 0.1 * steps[side]) * span
            steps[side] += 1
            at[rows], lane[rows] = place, len(lanes)
            lanes.append((name, place))
    return Places(at, lane, tuple(lanes), 0.08 * span, (low, high), kind == "date")


def _categories(texts: list[str], values: Floats, *, ordered: bool) -> Places:
    found, inverse, counts = np.unique(np.array(texts, dtype=object), return_inverse=True, return_counts=True)
    names, codes = _merged(list(found), inverse.astype(np.int64), counts)
    means = np.bincount(codes, values) / np.bincount(codes)
    order = np.arange(len(names)) if ordered else np.argsort(means, kind="stable")
    # missing always comes last: it is no category
    order = np.array(sorted(order, key=lambda j: names[j] == "missing"), dtype=np.int64)
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    lanes = tuple((names[j], float(place[j])) for j in order)
    return Places(place[codes].astype(np.float64), place[codes], lanes, 0.8, None, False)


def _merged(names: list[str], codes: Numbers, counts: Numbers) -> tuple[list[str], Numbers]:
    """The most frequent categories, with the rest in one."""
    if len(names) <= _MOST:
        return names, codes
    frequent = np.sort(np.argsort(-counts, kind="stable")[: _MOST - 1])
    new = np.full(len(names), _MOST - 1)
    new[frequent] = np.arange(_MOST - 1)
    return [names[j] for j in frequent] + [f"{len(names) - _MOST + 1:,} others"], new[codes]
