"""Rows laid out once or several times, to be asked about again and again with other cells in some columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.tables import Table

__all__ = ["ArraySheets", "FrameSheets", "Sheets"]

Numbers = NDArray[np.intp]
Cells = Mapping[int, Numbers]


class ArraySheets:
    """Rows in one array, one copy below the other: only the columns that change are written, in place, and put back.

    The array lies in memory as the rows do: row by row or, as most frames, column by column. A model that writes into
    the rows it is asked about spoils them for the next question. The first and the last row tell: then all are laid
    out anew, and from then on the model gets copies.

    Parameters
    ----------
    like : a table of the kind that the model takes.
    own : (n, columns) the rows.
    given : (givers, columns) the rows whose cells take the place of theirs.
    times : how often the rows are laid out.
    """

    def __init__(self, like: Table, own: NDArray[Any], given: NDArray[Any], times: int) -> None:
        self._like, self._own, self._given, self._times = like, own, given, times
        self._cells = np.empty((times * len(own), own.shape[1]), own.dtype, "C" if own.flags.c_contiguous else "F")
        self._lay_out()
        self._ends: tuple[bytes, ...] = ()
        self._copied = False

    def __len__(self) -> int:
        return self._times

    def lend(self, cells: Cells, turns: int) -> Table:
        """(turns · n) rows, those of one turn below those of another, with the givers' cells in some columns.

        Parameters
        ----------
        cells : column → (turns, n) numbers of givers; (turns, 1) for the same in all rows.
        """
        lent = self._cells[: turns * len(self._own)]
        for j, givers in cells.items():
            lent[:, j].reshape(turns, -1)[:] = self._given[givers, j]
        self._ends = _ends(lent)
        return self._like.of_array(lent.copy() if self._copied else lent)

    def take_back(self, turns: int) -> None:
        """To be called after the answers to what was lent."""
        if _ends(self._cells[: turns * len(self._own)]) != self._ends:
            self._lay_out()
            self._copied = True

    def restore(self, columns: Iterable[int]) -> None:
        """The rows' own cells in some columns."""
        for j in columns:
            self._cells[:, j].reshape(self._times, -1)[:] = self._own[:, j]

    def _lay_out(self) -> None:
        for start in range(0, len(self._cells), len(self._own)):
            self._cells[start : start + len(self._own)] = self._own


class FrameSheets:
    """Rows of a frame with columns of several types: those that change are made anew, the others are shared.

    Parameters
    ----------
    own : the rows.
    given : the rows whose cells take the place of theirs.
    times : how often the rows are laid out.
    """

    def __init__(self, own: Table, given: Table, times: int) -> None:
        self._given, self._n, self._times = given, len(own), times
        self._sheets = own if times == 1 else own.rows(np.tile(np.arange(len(own)), times))

    def __len__(self) -> int:
        return self._times

    def lend(self, cells: Cells, turns: int) -> Table:
        """As :meth:`ArraySheets.lend`."""
        n = turns * self._n
        sheets = self._sheets if turns == self._times else self._sheets.rows(slice(0, n))
        of = {j: np.broadcast_to(givers, (turns, self._n)).ravel() for j, givers in cells.items()}
        return sheets.overwritten({j: (self._given, givers) for j, givers in of.items()})

    def take_back(self, turns: int) -> None:
        """Nothing was written."""

    def restore(self, columns: Iterable[int]) -> None:
        """Nothing was written."""


Sheets = ArraySheets | FrameSheets


def _ends(rows: NDArray[Any]) -> tuple[bytes, ...]:
    """The bytes of the first and the last row."""
    return rows[0].tobytes(), rows[-1].tobytes()
