"""A feature's values as shades from low to high."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.core.tables import Table

__all__ = ["Shades", "as_numbers", "shades"]

Floats = NDArray[np.float64]


class Shades:
    """Places on the ramp of colours.

    Parameters
    ----------
    at : (rows,) from 0 (low) to 1 (high); nan where there is none.
    missing : (rows,) whether the value is missing.
    low, high : values at the ends, as numbers.
    """

    def __init__(self, at: Floats, missing: NDArray[np.bool_], low: float, high: float) -> None:
        self.at, self.missing, self.low, self.high = at, missing, low, high


def shades(table: Table, feature: int) -> Shades:
    """Linear from the 5th percentile to the 95th, so that a few extreme values do not take all the colours.

    Categories have no order and get no shade.
    """
    numbers, missing = as_numbers(table, feature)
    known = numbers[np.isfinite(numbers)]
    if not len(known):
        return Shades(np.full(len(numbers), np.nan), missing, np.nan, np.nan)
    low, high = np.percentile(known, [5, 95])
    if low == high:
        low, high = float(known.min()), float(known.max())
    at = np.full(len(numbers), 0.5) if low == high else np.clip((numbers - low) / (high - low), 0, 1)
    return Shades(np.where(np.isnan(numbers), np.nan, at), missing, float(low), float(high))


def as_numbers(table: Table, feature: int) -> tuple[Floats, NDArray[np.bool_]]:
    """A column as numbers, with nan for categories and where missing, and whether each is missing.

    Dates become days since 1970-01-01.
    """
    column, kind = table.column(int(feature)), table.kinds[feature]
    if kind == "category":
        return np.full(len(column), np.nan), np.array([value is None for value in column], dtype=np.bool_)
    if kind == "date":
        missing = np.isnat(column)
        days = column.astype("datetime64[us]").astype(np.int64) / 86_400e6
        return np.where(missing, np.nan, days), missing
    numbers = np.asarray(column, dtype=np.float64)
    return numbers, np.isnan(numbers)
