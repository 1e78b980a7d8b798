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
from pellucid.effects.sheets import ArraySheets, FrameSheets, Sheets

__all__ = ["Exchange"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]
Cells = Mapping[int, Numbers]
#: cells asked about at once, as long as that is all rows or more: they stay in the processor's cache
AT_ONCE = 2**19


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
        self._rows, self._givers = (rows, givers) if rows is givers else matched(rows, givers)
        self._batch_size = batch_size
        self._arrays = _arrays(self._rows, self._givers)
        self._all = self._chosen = np.arange(len(self._rows))
        self._sheets: Sheets | None = None
        self.evaluations = 0

    def answers(self, rows: Numbers, cells: Cells) -> Floats:
        """(n, targets)

        Parameters
        ----------
        rows : (n,) numbers of rows.
        cells : column → (n,) numbers of the givers of its cells.
        """
        (found,) = self.in_turn(rows, {j: givers[np.newaxis] for j, givers in cells.items()})
        return np.asarray(found)

    def different(self, rows: Numbers, column: int, givers: Numbers) -> Floats:
        """The same with one column's cells; questions that are the same are asked once."""
        _, first, back = np.unique(rows * len(self._givers) + givers, return_index=True, return_inverse=True)
        return self.answers(rows[first], {column: givers[first]})[back]

    def in_turn(self, rows: Numbers, cells: Cells) -> Floats:
        """(turns, n, targets) of the same rows in each turn, with other cells.

        Parameters
        ----------
        rows : (n,) numbers of rows.
        cells : column → (turns, n) numbers of the givers of its cells, or (turns, 1) for the same in all rows.
        """
        size = max(self._batch_size, len(self._rows))
        cells = {j: np.broadcast_to(givers, (len(givers), len(rows))) for j, givers in cells.items()}
        parts = [slice(start, start + size) for start in range(0, max(len(rows), 1), size)]
        found = [self._turns(rows[part], {j: givers[:, part] for j, givers in cells.items()}) for part in parts]
        return np.concatenate([np.concatenate(list(turns)) for turns in found], axis=1)

    def of_all_rows(self, places: Cells, drawn: Cells | None = None) -> Iterator[Floats]:
        """(places, rows, targets) of some places after others, where all rows have the cells of one giver.

        Parameters
        ----------
        places : column → (places,) numbers of givers; −1 where each row has a giver of its own.
        drawn : column → (rows,) these.
        """
        yield from self._turns(self._all, {j: givers[:, np.newaxis] for j, givers in places.items()}, drawn)

    def _turns(self, rows: Numbers, cells: Cells, drawn: Cells | None = None) -> Iterator[Floats]:
        """As :meth:`in_turn`, as many turns at once as fit; ``drawn`` as in :meth:`of_all_rows`."""
        turns = len(next(iter(cells.values()))) if cells else 1
        if not len(rows):
            yield np.empty((turns, 0, len(self._target.names)))
            return
        at_once = max(1, min(self._batch_size, AT_ONCE // len(self._rows.names)) // len(rows))
        sheets = self._laid_out(rows, min(at_once, turns))
        try:
            for start in range(0, turns, at_once):
                part = {j: givers[start : start + at_once] for j, givers in cells.items()}
                part |= {j: np.where(part[j] < 0, own, part[j]) for j, own in (drawn or {}).items()}
                count = min(at_once, turns - start)
                answers = self._ask(sheets.lend(part, count))
                sheets.take_back(count)
                yield answers.reshape(count, len(rows), -1)
        finally:
            sheets.restore(cells)

    def _laid_out(self, rows: Numbers, times: int) -> Sheets:
        if self._sheets is None or len(self._sheets) < times or not np.array_equal(rows, self._chosen):
            self._chosen = rows
            self._sheets = None
            self._sheets = self._lay_out(rows, times)
        return self._sheets

    def _lay_out(self, rows: Numbers, times: int) -> Sheets:
        if self._arrays is None:
            return FrameSheets(self._rows.rows(rows), self._givers, times)
        own, given = self._arrays
        return ArraySheets(self._rows, own if np.array_equal(rows, self._all) else own[rows], given, times)

    def _ask(self, asked: Table) -> Floats:
        """All of them, batch by batch."""
        self.evaluations += len(asked)
        if len(asked) <= self._batch_size:
            return self._target.select(self._model.predict(asked))
        starts = range(0, len(asked), self._batch_size)
        batches = (replace(asked.rows(slice(start, start + self._batch_size)), fresh=True) for start in starts)
        return np.concatenate([self._target.select(self._model.predict(batch)) for batch in batches])


def _arrays(rows: Table, givers: Table) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Both as arrays of one type; None for frames that are not of one type already."""
    own, given = (table.native if table.backend == "numpy" else table.array for table in (rows, givers))
    if own is None or given is None or (rows.backend != "numpy" and own.dtype != given.dtype):
        return None
    kind = np.result_type(own, given)
    return own.astype(kind, copy=False), given.astype(kind, copy=False)
