"""Rows for CatBoost: as the library takes them, and as its trees see them.

CatBoost rounds numbers to float32. It knows a category by the hash of its text, where a whole number is written in
digits and a boolean as 0 or 1, so that ``3`` and ``"3"`` are one category; one that no split asks for equals none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ColumnsError
from pellucid.core.tables import Table
from pellucid.models.catboost_hash import category_hash
from pellucid.models.categories import read_levels, refuse_kind

__all__ = ["CatBoostRows"]


@dataclass(frozen=True, eq=False)
class CatBoostRows:
    """What one model expects of its columns.

    Parameters
    ----------
    names : the columns as the model calls them.
    categorical : numbers of the columns of categories.
    text : numbers of the columns of texts.
    hashes : column of categories → the hashes that splits ask for, in the order of the forest's category numbers.
    """

    names: tuple[str, ...]
    categorical: frozenset[int]
    text: frozenset[int]
    hashes: Mapping[int, Sequence[int]]

    def encode(self, table: Table) -> NDArray[np.float64]:
        """The table as the trees see it.

        Returns
        -------
        (rows, columns) float64 holding float32 values, NaN where missing, and numbers of categories.

        Raises
        ------
        ColumnsError : a column of another kind than in training, or a row without a category.
        """
        out = np.empty(table.shape, order="F")  # written column by column
        for j in range(len(table.names)):
            out[:, j] = self._codes(table, j) if j in self.categorical else _numbers(table, j)
        return out

    def native(self, table: Table) -> Any:
        """The same rows as something that CatBoost reads itself, with categories as categories.

        Raises
        ------
        ColumnsError : as of :meth:`encode`.
        """
        self._check(table)
        if table.backend == "pandas":
            return self._pandas(table)
        if self.categorical or self.text:
            return self._objects(table)
        return table.native if table.backend == "numpy" and _is_plain(table.native.dtype) else self.encode(table)

    def _check(self, table: Table) -> None:
        for j, kind in enumerate(table.kinds):
            if j in self.text:
                if kind != "category":
                    raise refuse_kind(table, j, "texts", "give it the texts as strings")
            elif j in self.categorical:
                _levels(table, j)
            else:
                _refuse_words(table, j)

    def _codes(self, table: Table, j: int) -> NDArray[np.float64]:
        known = {value: code for code, value in enumerate(self.hashes[j])}
        levels, codes = _levels(table, j)
        return np.array([known.get(category_hash(level), len(known)) for level in levels], dtype=np.float64)[codes]

    def _pandas(self, table: Table) -> Any:
        """The caller's frame under the model's names; numbers in a type that CatBoost may not read become floats."""
        frame = table.native.copy(deep=False)
        frame.columns = list(self.names)
        for j, name in enumerate(self.names):
            if j not in self.categorical | self.text and not _is_plain(frame[name].dtype):
                frame[name] = np.asarray(table.column(j), dtype=np.float64)
        return frame

    def _objects(self, table: Table) -> NDArray[np.object_]:
        out = np.empty(table.shape, dtype=object)
        for j in range(len(table.names)):
            out[:, j] = _values(table, j) if j in self.categorical | self.text else _numbers(table, j)
        return out


def _is_plain(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and (dtype.kind in "iu" or dtype in (np.float32, np.float64))


def _refuse_words(table: Table, j: int) -> None:
    if table.kinds[j] not in ("number", "boolean"):
        raise refuse_kind(table, j, "numbers", "encode it the way the training data was encoded")


def _numbers(table: Table, j: int) -> NDArray[np.float64]:
    _refuse_words(table, j)
    with np.errstate(over="ignore"):
        return np.asarray(table.column(j)).astype(np.float32).astype(np.float64)


def _values(table: Table, j: int) -> NDArray[Any]:
    """A column with its whole numbers as such, also among objects."""
    if table.backend == "numpy":
        return np.asarray(table.native[:, j])
    if table.backend == "pandas" and table.native.dtypes.iloc[j].kind == "O":
        return np.asarray(table.native.iloc[:, j])
    return table.column(j)


def _levels(table: Table, j: int) -> tuple[list[bytes], NDArray[np.int64]]:
    """The texts of the categories that rows hold, and which of them each row holds."""
    if table.kinds[j] == "date":
        raise refuse_kind(table, j, "categories", "write the dates as strings, as in training")
    values = _values(table, j)
    if table.kinds[j] == "category":
        levels, codes = read_levels(table, j)
    elif values.dtype.kind in "iub":
        distinct, codes = np.unique(values, return_inverse=True)
        levels = distinct.tolist()
    else:
        levels, codes = _distinct(values)
    _refuse_missing(table, j, codes)
    held = np.zeros(len(levels), dtype=np.bool_)
    held[codes] = True  # a pandas categorical also has levels that no row holds
    texts = [_text(level) if used else b"" for level, used in zip(levels, held, strict=True)]
    if None in texts:
        row = int(np.flatnonzero(codes == texts.index(None))[0])
        raise ColumnsError(
            f"column {table.names[j]!r} holds {levels[codes[row]]!r} in row {row}, and CatBoost takes categories that "
            f"are strings or whole numbers only; convert the column to what the model was trained on."
        )
    return [text for text in texts if text is not None], codes


def _distinct(values: NDArray[Any]) -> tuple[list[Any], NDArray[np.int64]]:
    number: dict[Any, int] = {}
    missing = [value is None or value != value for value in values.tolist()]  # noqa: PLR0124
    pairs = zip(values.tolist(), missing, strict=True)
    codes = [-1 if gone else number.setdefault(value, len(number)) for value, gone in pairs]
    return list(number), np.array(codes, dtype=np.int64)


def _refuse_missing(table: Table, j: int, codes: NDArray[np.int64]) -> None:
    if (codes < 0).any():
        row = int(np.flatnonzero(codes < 0)[0])
        raise ColumnsError(
            f"column {table.names[j]!r} has no category in row {row}, and CatBoost refuses missing categories; put a "
            f"word of your own there, such as 'missing', in training and here."
        )


def _text(level: Any) -> bytes | None:
    """A category as CatBoost writes it before it takes the hash; None where CatBoost refuses it."""
    if isinstance(level, bytes):
        return level
    if isinstance(level, str):
        return level.encode()
    return str(int(level)).encode() if isinstance(level, int | np.integer | np.bool_) else None
