"""A model asked about rows in which some columns have the cells of other rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.matching import matched
from pellucid.core.model import Model
from pellucid.core.tables import Table
from pellucid.core.target import Target

__all__ = ["Exchange"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]
Cells = Mapping[int, Numbers]
#: numbers laid out at once, as long as that is all rows or more: they stay in the processor's cache
LAID_OUT = 2**19


class Exchange:
    """Answers to changed rows, in batches of bounded size.

    Rows are laid out once, and again only when others are asked about. Where all columns are of one type, the columns
    that change are written into that array and put back, as scikit-learn does, so a model must not hold on to its
    input; other frames share the columns that stay.

    Parameters
    ----------
    model, target : what is asked, and which outputs.
    rows, givers : the rows, and those whose cells take the place of theirs.
    batch_size : the most rows the model is asked about at once.
    """

    def __init__(self, model: Model, target: Target, rows: Table, givers: Table, batch_size: int) -> None:
        self._model, self._target = model, target
        self._rows, self._givers = matched(rows, givers)
        self._batch_size = batch_size
        self._arrays = _arrays(self._rows, self._givers)
        self._chosen = np.empty(0, dtype=np.intp)
        self._laid_out, self._written = self._lay_out(self._chosen)
        self.evaluations = 0

    def answers(self, rows: Numbers, cells: Cells) -> Floats:
        """(n, targets)

        Parameters
        ----------
        rows : (n,) numbers of rows.
        cells : column → (n,) numbers of the givers of its cells.
        """
        size = max(self._batch_size, len(self._rows))
        parts = [slice(start, start + size) for start in range(0, len(rows), size)]
        found = [self._of_one_layout(rows[part], {j: of[part] for j, of in cells.items()}) for part in parts]
        return np.concatenate([np.empty((0, len(self._target.names))), *found])

    def different(self, rows: Numbers, column: int, givers: Numbers) -> Floats:
        """The same with one column's cells; questions that are the same are asked once."""
        _, first, back = np.unique(rows * len(self._givers) + givers, return_index=True, return_inverse=True)
        return self.answers(rows[first], {column: givers[first]})[back]

    def of_all_rows(self, places: Cells, drawn: Cells | None = None) -> Iterator[Floats]:
        """(places, rows, targets) of some places after others, where all rows have the cells of one giver.

        Parameters
        ----------
        places : column → (places,) numbers of givers; −1 where each row has a giver of its own.
        drawn : column → (rows,) these.
        """
        n, count = len(self._rows), len(next(iter(places.values())))
        times = max(1, min(self._batch_size, LAID_OUT // len(self._rows.names)) // n)
        for start in range(0, count, times):
            here = {j: np.repeat(givers[start : start + times], n) for j, givers in places.items()}
            asked = min(times, count - start)
            for j, givers in (drawn or {}).items():
                here[j] = np.where(here[j] < 0, np.tile(givers, asked), here[j])
            yield self.answers(np.tile(np.arange(n), asked), here).reshape(asked, n, -1)

    def _of_one_layout(self, rows: Numbers, cells: Cells) -> Floats:
        if not np.array_equal(rows, self._chosen):
            self._chosen = rows
            self._laid_out, self._written = self._lay_out(rows)
        if self._arrays is None:
            return self._ask(self._laid_out.overwritten({j: (self._givers, givers) for j, givers in cells.items()}))
        own, given = self._arrays
        for j, givers in cells.items():
            self._written[:, j] = given[givers, j]
        answers = self._ask(self._laid_out)
        for j in cells:
            self._written[:, j] = own[rows, j]
        return answers

    def _lay_out(self, rows: Numbers) -> tuple[Table, NDArray[Any]]:
        """These rows as a table, and the array that it shares; an empty one where it shares none."""
        if self._arrays is None:
            return self._rows.rows(rows), np.empty((0, 0))
        written = self._arrays[0][rows]
        return self._rows.of_array(written), written

    def _ask(self, asked: Table) -> Floats:
        """All of them, batch by batch."""
        self.evaluations += len(asked)
        starts = range(0, len(asked), self._batch_size)
        batches = [asked] if len(starts) == 1 else [asked.rows(slice(k, k + self._batch_size)) for k in starts]
        found = [self._target.select(self._model.predict(replace(batch, fresh=True))) for batch in batches]
        return np.concatenate(found)


def _arrays(rows: Table, givers: Table) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Both as arrays of one type; None for frames that are not of one type already."""
    own, given = (table.native if table.backend == "numpy" else table.array for table in (rows, givers))
    if own is None or given is None or (rows.backend != "numpy" and own.dtype != given.dtype):
        return None
    kind = np.result_type(own, given)
    return own.astype(kind, copy=False), given.astype(kind, copy=False)
