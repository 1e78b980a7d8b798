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
#: numbers laid out at once, as long as that is a place or more: they stay in the processor's cache
LAID_OUT = 2**19


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
        as_arrays = self._rows.array is not None and self._givers.array is not None
        #: the rows over and over, as an array that is written into where all columns are of one type
        self._array = np.asarray(self._rows.array)[:0] if as_arrays else None
        self._frame = self._rows
        self.evaluations = 0

    def answers(self, cells: Mapping[int, Numbers]) -> Iterator[tuple[slice, Floats]]:
        """Some places after others, and (places, rows, targets).

        Parameters
        ----------
        cells : column → (places,) numbers of the rows that give their value.
        """
        places, n = len(next(iter(cells.values()))), len(self._rows)
        most = min(self._batch_size, LAID_OUT // len(self._rows.names))
        times = min(max(1, most // n), places)
        self._lay_out(times)
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

    def _lay_out(self, times: int) -> None:
        over_and_over = np.tile(np.arange(len(self._rows)), times)
        if self._array is None:
            self._frame = self._rows.rows(over_and_over)
        elif len(self._array) < len(over_and_over):
            self._array = np.asarray(self._rows.array)[over_and_over]

    def _with(self, cells: Mapping[int, Numbers]) -> Table:
        """The rows for each of the places, one after another."""
        n, places = len(self._rows), len(next(iter(cells.values())))
        if self._array is None:
            rows = self._frame if n * places == len(self._frame) else self._frame.rows(slice(0, n * places))
            return rows.overwritten({j: (self._givers, np.repeat(givers, n)) for j, givers in cells.items()})
        part = self._array[: n * places]
        by_place, given = part.reshape(places, n, -1), np.asarray(self._givers.array)
        for j, givers in cells.items():
            by_place[:, :, j] = given[givers, j][:, np.newaxis]
        return self._rows.of_array(part)

    def _restore(self, cells: Mapping[int, Numbers]) -> None:
        if self._array is not None:
            for j in cells:
                self._array[:, j] = np.resize(np.asarray(self._rows.array)[:, j], len(self._array))
