"""Absent columns take the values of background rows that are near in the present ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError
from pellucid.core.masker import MaskedBatch, Masker
from pellucid.core.matching import matched
from pellucid.core.tables import Table, read_table

__all__ = ["Neighbours"]

Floats = NDArray[np.float64]


class Neighbours(Masker):
    """The conditional masker for tables of any columns: ``v(S) ≈ E[f(X) | X_S = x_S]`` by the k nearest rows.

    Distance is over the present columns: of numbers and dates ``((x − b) / s)²`` with the column's spread s, of all
    others 1 where they differ; a missing value differs by 1 from any other and by 0 from a missing one. Without a
    present column all rows count.

    Parameters
    ----------
    rows : background rows.
    k : how many neighbours stand for the absent columns.

    Raises
    ------
    ParameterError : k below 1.
    InputError : no rows.

    Source
    ------
    Aas, Jullum & Løland (2021), "Explaining individual predictions when features are dependent", Artificial
    Intelligence 298, 103502, section 3.3: rows weighted by their distance, here the nearest alike.
    """

    one_base = True

    def __init__(self, rows: Any, k: int = 20) -> None:
        if not isinstance(k, int) or k < 1:
            raise ParameterError(f"k must be a number of neighbours from 1, got {k!r}.")
        self.table = read_table(rows, what="background")
        self.k = min(k, len(self.table))

    @property
    def example(self) -> Table:
        """The background's rows."""
        return self.table

    def players(self, row: Table) -> tuple[str, ...]:
        """The row's columns."""
        return row.names

    def inputs(self, rows: Table, coalitions: NDArray[np.bool_], *, batch_size: int) -> Iterator[MaskedBatch]:
        """Row by row every coalition; a complete row is asked about once."""
        rows, background = matched(rows, self.table)
        pool = background.joined(rows)
        for row in range(len(rows)):
            chosen = self._nearest(_apart(rows, row, background), coalitions)
            sizes = np.array([len(one) for one in chosen])
            entry = np.repeat(np.arange(len(coalitions)), sizes)
            index = np.where(coalitions[entry], len(background) + row, np.concatenate(chosen)[:, np.newaxis])
            weight = 1 / sizes[entry]
            for start in range(0, len(entry), batch_size):
                part = slice(start, start + batch_size)
                inputs = replace(pool.gathered(index[part]), fresh=True)
                yield MaskedBatch(inputs, row * len(coalitions) + entry[part], weight[part])

    def describe(self) -> Mapping[str, object]:
        """``rows``, ``fingerprint``, and how absent columns are drawn."""
        how = f"the {self.k} nearest rows in the present columns"
        return {"rows": len(self.table), "fingerprint": self.table.fingerprint(), "weighted": False, "absent": how}

    def _nearest(self, apart: Floats, coalitions: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
        """For each coalition the background rows that stand for what is absent; the first of several as near."""
        everyone = np.arange(len(apart))
        distance = apart @ coalitions.T
        order = np.argsort(distance, axis=0, kind="stable")[: self.k]
        return [
            everyone[:1] if present.all() else order[:, number] if present.any() else everyone
            for number, present in enumerate(coalitions)
        ]


def _apart(rows: Table, row: int, background: Table) -> Floats:
    """(background rows, columns) squared distances of one row, column by column."""
    columns = [_column(rows.column(j)[row], background.column(j), kind) for j, kind in enumerate(background.kinds)]
    return np.stack(columns, axis=1)


def _column(value: Any, others: NDArray[Any], kind: str) -> Floats:
    if kind not in ("number", "date"):
        return np.array([float(other != value) for other in others])
    if kind == "date":
        value, others = (np.asarray(part, dtype="datetime64[s]").astype(np.float64) for part in (value, others))
    unknown = np.isnan(np.asarray(others, dtype=np.float64))
    spread = float(np.std(others[~unknown])) if (~unknown).any() else 0.0
    if np.isnan(value):
        return np.where(unknown, 0.0, 1.0)
    squares = ((others - value) / (spread or 1.0)) ** 2
    return np.where(unknown, 1.0, squares)
