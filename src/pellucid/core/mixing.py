"""Rows put together out of two: present columns of one, absent ones of another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.native import engine

__all__ = ["mixed_rows"]


def mixed_rows(rows: NDArray[Any], background: NDArray[Any], present: NDArray[np.bool_]) -> NDArray[Any]:
    """Every row in every coalition over every background row.

    Parameters
    ----------
    rows : (n, columns) of numbers or booleans.
    background : (k, columns) of the same type.
    present : (coalitions, columns) which columns are the row's own.

    Returns
    -------
    (n · coalitions · k, columns), rows first and background rows last, of the same type. Its memory is used again once
    nothing refers to it any more.
    """
    word = min(rows.itemsize, 8)
    own, other = (np.ascontiguousarray(array).view(f"u{word}") for array in (rows, background))
    mixed = engine.mix(own, other, np.repeat(present, rows.itemsize // word, axis=1))
    return mixed.view(rows.dtype)
