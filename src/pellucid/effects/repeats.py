"""Rows asked about again and again, each time with other values in one or two columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pellucid.core.matching import matched
from pellucid.core.model import Model
from pellucid.core.tables import Table
from pellucid.core.target import Target

__all__ = ["Repeats"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]


class Repeats:
    """A model's answers to the same rows with the cells of other rows in some columns.

    The rows are laid out once; from one question to the next only the columns that change are written, in an array
    that the model is handed each time, as scikit-learn does: a model must not hold on to its input.

    Parameters
    ----------
    model, target : what is asked, and which outputs.
    rows : the rows.
    givers : rows whose values take their places.
    batch_size : the most rows the model is asked about at once.
    """

    def __init__(self, model: Model, target: Target, rows: Table, givers: Table, batch_size: int) -> None:
        self._model, self._target = model, target
        self._rows, self._givers = matched(rows, givers)
        self._batch_size = batch_size
        self._laid_out = self._rows.rows(np.arange(0))
        self.evaluations = 0

    def answers(self, cells: Mapping[int, Numbers]) -> Iterator[tuple[slice, Floats]]:
        """Some places after others, and (places, rows, targets).

        Parameters
        ----------
        cells : column → (places,) numbers of the rows that give their value.
        """
        places, n = len(next(iter(cells.values()))), len(self._rows)
        times = min(max(1, self._batch_size // n), places)
        if len(self._laid_out) < n * times:
            self._laid_out = self._rows.rows(np.tile(np.arange(n), times))
        for start in range(0, places, times):
            part = slice(start, min(start + times, places))
            asked = self._with({j: givers[part] for j, givers in cells.items()})
            batches = [asked.rows(slice(k, k + self._batch_size)) for k in range(0, len(asked), self._batch_size)]
            answers = [self._ask(batch) for batch in (batches if len(batches) > 1 else [asked])]
            yield part, np.concatenate(answers).reshape(part.stop - start, n, -1)
        self._restore(cells)

    def _ask(self, rows: Table) -> Floats:
        self.evaluations += len(rows)
        return self._target.select(self._model.predict(replace(rows, fresh=True)))

    def _with(self, cells: Mapping[int, Numbers]) -> Table:
        """The rows for each of the places, one after another."""
        n, places = len(self._rows), len(next(iter(cells.values())))
        rows = self._laid_out.rows(slice(0, n * places)) if n * places < len(self._laid_out) else self._laid_out
        if rows.backend != "numpy":
            return rows.overwritten({j: (self._givers, np.repeat(givers, n)) for j, givers in cells.items()})
        by_place = rows.native.reshape(places, n, -1)
        for j, givers in cells.items():
            by_place[:, :, j] = self._givers.native[givers, j][:, np.newaxis]
        return rows

    def _restore(self, cells: Mapping[int, Numbers]) -> None:
        if self._laid_out.backend == "numpy":
            for j in cells:
                self._laid_out.native[:, j] = np.resize(self._rows.native[:, j], len(self._laid_out))
