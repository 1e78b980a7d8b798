"""Category columns of any frame as levels and codes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ColumnsError
from pellucid.core.tables import Table

__all__ = ["read_levels", "recoded", "refuse_kind", "some_levels"]


def read_levels(table: Table, j: int) -> tuple[list[Any], NDArray[np.int64]]:
    """Distinct values of a column of categories or strings, and which of them each row holds.

    Returns
    -------
    (levels, codes) : the levels in the column's own order (a pandas categorical keeps also those that no row has), and
        (rows,) numbers of levels, -1 where the value is missing.
    """
    if table.backend == "pandas":
        series = table.native.iloc[:, j]
        if hasattr(series, "cat"):
            return list(series.cat.categories), series.cat.codes.to_numpy().astype(np.int64)
    number: dict[Hashable, int] = {}
    values = table.column(j)
    codes = np.fromiter(
        (-1 if value is None else number.setdefault(value, len(number)) for value in values), np.int64, len(values)
    )
    return list(number), codes


def recoded(
    levels: Sequence[Any],
    codes: NDArray[np.int64],
    known: Mapping[Hashable, int],
    spell: Callable[[Sequence[Any]], Sequence[Hashable]] = list,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """A column's codes in the numbers that the model gave to its categories.

    Parameters
    ----------
    levels, codes : as of :func:`read_levels`.
    known : a category as the model stores it → its number.
    spell : levels → how the model would store them.

    Returns
    -------
    (values, unseen) : (rows,) float64, NaN where missing or unseen; and (rows,) whether the model lacks the category.
    """
    numbers = np.array([known.get(level, -1) for level in spell(levels)] + [-1], dtype=np.int64)
    found = numbers[codes]
    unseen = (codes >= 0) & (found < 0)
    return np.where(found < 0, np.nan, found.astype(np.float64)), unseen


def refuse_kind(table: Table, j: int, wanted: str, remedy: str) -> ColumnsError:
    """The error for a column of another kind than the model was trained on."""
    held = {"number": "numbers", "boolean": "booleans", "category": "categories or strings", "date": "dates"}
    return ColumnsError(
        f"column {table.names[j]!r} holds {held[table.kinds[j]]} where the model was trained on {wanted}; {remedy}."
    )


def some_levels(levels: Sequence[Any], most: int = 8) -> str:
    """The first few categories, for an error message."""
    shown = ", ".join(repr(level) for level in levels[:most])
    return shown if len(levels) <= most else f"{shown}, … ({len(levels)} in all)"
