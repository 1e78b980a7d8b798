"""A model asked about rows in which some cells come from other rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.model import Model
from pellucid.core.tables import Table
from pellucid.core.target import Target

__all__ = ["Exchange"]

Numbers = NDArray[np.intp]


class Exchange:
    """Answers to changed rows, in batches of bounded size.

    The same rows asked about again are not copied again where all columns are of one type: the columns that change are
    written and then put back, so a model must not hold on to its input.

    Parameters
    ----------
    model, table, target : what is asked, the rows, and which outputs.
    batch_size : the most rows the model is asked about at once.
    """

    def __init__(self, model: Model, table: Table, target: Target, batch_size: int) -> None:
        self._model, self._table, self._target = model, table, target
        self._batch_size = batch_size
        self._whole = table.array
        self._rows, self._copied = np.empty(0, dtype=np.intp), np.empty((0, 0))
        self.evaluations = 0

    def answers(self, rows: Numbers, cells: Mapping[int, Numbers], *, repeated: bool = False) -> NDArray[np.float64]:
        """(n, targets)

        Parameters
        ----------
        rows : (n,) row numbers.
        cells : column → (n,) the rows that its cells come from.
        repeated : whether to look for questions that are the same.
        """
        if repeated and len(cells) == 1:
            ((column, givers),) = cells.items()
            _, first, back = np.unique(rows * len(self._table) + givers, return_index=True, return_inverse=True)
            return self.answers(rows[first], {column: givers[first]})[back]
        if self._whole is not None and 0 < len(rows) <= self._batch_size:
            return self._in_place(self._whole, rows, cells)
        found = [np.empty((0, len(self._target.names)))]
        for start in range(0, len(rows), self._batch_size):
            part = slice(start, start + self._batch_size)
            asked = self._table.exchanged(rows[part], {j: givers[part] for j, givers in cells.items()})
            found.append(self._ask(asked))
        return np.concatenate(found)

    def _in_place(self, whole: NDArray[Any], rows: Numbers, cells: Mapping[int, Numbers]) -> NDArray[np.float64]:
        if not np.array_equal(rows, self._rows):
            self._rows, self._copied = rows, whole[rows]
        for j, givers in cells.items():
            self._copied[:, j] = whole[givers, j]
        answers = self._ask(self._table.of_array(self._copied))
        for j in cells:
            self._copied[:, j] = whole[rows, j]
        return answers

    def _ask(self, asked: Table) -> NDArray[np.float64]:
        self.evaluations += len(asked)
        return np.array(self._target.select(self._model.predict(asked)))
