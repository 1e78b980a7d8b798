"""Slopes of curves over the places of a grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect_axis import Axis
from pellucid.core.errors import ParameterError

__all__ = ["slopes"]

Floats = NDArray[np.float64]
#: microseconds; slopes over dates are per day
DAY = 86_400e6


def slopes(axis: Axis, rows: Floats) -> tuple[Axis, Floats]:
    """The places of values, and (rows, places, targets) slopes there, by differences between neighbours.

    Raises
    ------
    ParameterError : categories, or a single value.
    """
    if axis.kind != "points" or axis.present < 2:
        what = "categories have" if axis.kind == "levels" else "a single value has"
        raise ParameterError(f"ICE: of {axis.name!r}, {what} no slope; ask for features of numbers.")
    at = axis.at.astype("datetime64[us]").astype(np.float64) / DAY if axis.at.dtype.kind == "M" else axis.at
    found = np.gradient(rows[:, : axis.present], at, axis=1)
    return replace(axis, missing=False, share=axis.share[: axis.present]), np.asarray(found)
