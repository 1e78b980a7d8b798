"""Absent columns take the value of one typical row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError
from pellucid.core.tables import Table, read_table
from pellucid.maskers.background import Background

__all__ = ["Baseline"]

KINDS = ("median", "mean")


class Baseline(Background):
    """A background of a single row: ``v(S) = f(x_S, b_rest)``.

    One model evaluation a coalition, where a background of n rows takes n; but what the model says about one typical
    row is not its mean prediction, and a typical row of correlated columns may be like no row there is.

    Parameters
    ----------
    rows : one row, which is taken as it is; or many, of which a typical one is made.
    typical : ``"median"``, the lower of two middle values, so that it is a value of the column; or ``"mean"``. Of
        columns that are no numbers it is the most frequent value, the first of several.

    Raises
    ------
    ParameterError : no such typical row.
    InputError : no rows.
    """

    def __init__(self, rows: Any, typical: str = "median") -> None:
        if typical not in KINDS:
            raise ParameterError(f"typical must be 'median' or 'mean', got {typical!r}.")
        table = read_table(rows, what="background")
        super().__init__(table if len(table) == 1 else _typical(table, typical))


def _typical(table: Table, typical: str) -> Table:
    numbers = [j for j, kind in enumerate(table.kinds) if kind == "number"]
    places = [
        _median(table.column(j)) if j in numbers else _most_frequent(table.column(j)) for j in range(table.shape[1])
    ]
    row = table.gathered(np.array([places]))
    if typical == "median":
        return row
    return row.with_numbers({j: np.array([_mean(table.column(j))]) for j in numbers})


def _median(column: NDArray[Any]) -> int:
    """The row that holds the lower median; missing values count only where there is nothing else."""
    order = np.argsort(column, kind="stable")  # missing ones last
    known = int((~np.isnan(column.astype(np.float64))).sum())
    return int(order[max(known - 1, 0) // 2])


def _mean(column: NDArray[Any]) -> float:
    known = column[~np.isnan(column)]
    return float(known.mean()) if len(known) else float("nan")


def _most_frequent(column: NDArray[Any]) -> int:
    _, first, counts = np.unique(column.astype(str), return_index=True, return_counts=True)
    most = counts == counts.max()
    return int(first[most].min())
