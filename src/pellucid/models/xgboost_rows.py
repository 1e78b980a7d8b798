"""Rows for XGBoost: as the library takes them, and as its trees see them.

XGBoost from 3.1 stores the names of its categories and recodes a frame by name when it predicts; a model trained on
codes (arrays, or an older version) has no names and takes the codes as they come. Values are compared in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ColumnsError, InputError
from pellucid.core.tables import Table
from pellucid.models.categories import read_levels, recoded, refuse_kind, some_levels

__all__ = ["XGBoostRows"]

Names = Sequence[bytes | int] | None

#: the first number that XGBoost takes for no category: it is in no node's set
NO_CATEGORY = 2.0**24


@dataclass(frozen=True, eq=False)
class XGBoostRows:
    """What one booster expects of its columns.

    Parameters
    ----------
    categorical : for each column whether it holds categories.
    read_names : the categories that the model stores for each column, or an empty list.
    missing : value that counts as missing beside NaN.
    exact_names : whether the installed XGBoost keeps names that are not ASCII whole (from 3.4).
    """

    categorical: tuple[bool, ...]
    read_names: Callable[[], list[Names]]
    missing: float
    exact_names: bool

    @cached_property
    def names(self) -> list[Names]:
        stored = self.read_names() if any(self.categorical) else []
        return stored or [None] * len(self.categorical)

    def encode(self, table: Table) -> NDArray[np.float64]:
        """The table as the trees see it.

        Returns
        -------
        (rows, columns) float64 holding float32 values, NaN where missing.

        Raises
        ------
        ColumnsError : a column of another kind than in training, or a category that the model does not know.
        InputError : an infinite value.
        """
        if table.uniform and not any(self.categorical):
            matrix = self._in_float32(table.numbers())
            if not np.isinf(matrix).any():
                return matrix
        out = np.empty(table.shape, order="F")  # written column by column
        for j in range(len(table.names)):
            out[:, j] = self._codes(table, j) if self._by_name(table, j) else self._numbers(table, j)
        return out

    def native(self, table: Table) -> Any:
        """The same rows as something that XGBoost reads itself, with categories as categories."""
        if table.backend == "numpy":
            return table.numbers() if table.native.dtype.kind == "O" else table.native
        by_name = [j for j in range(len(table.names)) if self._by_name(table, j)]
        if table.backend == "pandas":
            return self._pandas(table, by_name)
        return self._arrow(table, by_name) if by_name else self.encode(table)

    def _by_name(self, table: Table, j: int) -> bool:
        """Whether the column is to be recoded; refuses columns of the wrong kind."""
        kind = table.kinds[j]
        if not self.categorical[j]:
            if kind not in ("number", "boolean"):
                raise refuse_kind(table, j, "numbers", "encode it the way the training data was encoded")
            return False
        if kind == "category" and table.backend != "numpy":
            if self.names[j] is None and not _is_pandas_category(table, j):
                raise refuse_kind(table, j, "codes of categories, without their names", "pass the codes as integers")
            return True
        if kind != "number" or (self.names[j] is not None and table.backend != "numpy"):
            raise refuse_kind(table, j, "categories", "give it a categorical dtype, or pass an array of training codes")
        return False

    def _numbers(self, table: Table, j: int) -> NDArray[np.float64]:
        values = self._in_float32(np.asarray(table.column(j)))
        if np.isinf(values).any():
            row = int(np.flatnonzero(np.isinf(values))[0])
            raise InputError(
                f"column {table.names[j]!r} is {table.column(j)[row]} in row {row}, which is infinite in float32, and "
                f"XGBoost refuses infinite values; replace it by a number below 3.4e38 or by a missing value."
            )
        return _whole_codes(values) if self.categorical[j] else values

    def _in_float32(self, values: NDArray[Any]) -> NDArray[np.float64]:
        with np.errstate(over="ignore"):
            seen = values.astype(np.float32).astype(np.float64)
            missing = np.float64(np.float32(self.missing))
        if not np.isnan(missing):
            seen[seen == missing] = np.nan
        return seen

    def _codes(self, table: Table, j: int) -> NDArray[np.float64]:
        names = self.names[j]
        levels, codes = self._levels(table, j)
        if names is None:
            return np.where(codes < 0, np.nan, codes.astype(np.float64))
        known: dict[Hashable, int] = {}
        for code, name in enumerate(names):
            known.setdefault(name, code)
        values, unseen = recoded(levels, codes, known, lambda found: self._spelled(found, table.backend))
        if unseen.any():
            row = int(np.flatnonzero(unseen)[0])
            raise ColumnsError(
                f"column {table.names[j]!r} holds {levels[codes[row]]!r} in row {row}, a category that the model was "
                f"not trained on; it knows {some_levels(_readable(names))}; drop such rows or make the value missing."
            )
        return values

    def _levels(self, table: Table, j: int) -> tuple[list[Any], NDArray[np.int64]]:
        """Levels as the library will be handed them, so that both sides recode the same thing."""
        if table.backend != "pandas":
            return read_levels(table, j)
        series = self._pandas_category(table, j)
        return list(series.cat.categories), series.cat.codes.to_numpy().astype(np.int64)

    def _spelled(self, levels: Sequence[Any], backend: str) -> list[Hashable]:
        if not levels or not isinstance(levels[0], str):
            return list(levels)
        if self.exact_names or backend != "pandas":
            return [level.encode() for level in levels]
        return list(_cut(levels))

    def _pandas(self, table: Table, by_name: list[int]) -> Any:
        frame = table.native.copy(deep=False)
        frame.columns = list(table.names)
        for j, name in enumerate(table.names):
            if j in by_name:
                frame[name] = self._pandas_category(table, j)
            elif frame[name].dtype == object:
                frame[name] = np.asarray(table.column(j), dtype=np.float64)
        return frame

    def _pandas_category(self, table: Table, j: int) -> Any:
        """The column with a categorical dtype, without levels that no row has where the model lacks one."""
        series, names = table.native.iloc[:, j], self.names[j]
        if not hasattr(series, "cat"):
            return series.astype("category")
        if names is not None and not set(self._spelled(list(series.cat.categories), "pandas")) <= set(names):
            return series.cat.remove_unused_categories()
        return series

    def _arrow(self, table: Table, by_name: list[int]) -> Any:
        """polars and pyarrow with dictionaries of the levels that the rows hold."""
        if table.backend == "pyarrow":
            frame = table.native
            for j in by_name:
                column = frame.column(j).cast("string").dictionary_encode()
                frame = frame.set_column(j, frame.column_names[j], column)
            return frame
        frame = nw.from_native(table.native, eager_only=True)
        enums = [frame[frame.columns[j]].cast(nw.Enum(read_levels(table, j)[0] or ["none"])) for j in by_name]
        return frame.with_columns(enums).to_native()


def _is_pandas_category(table: Table, j: int) -> bool:
    return table.backend == "pandas" and hasattr(table.native.iloc[:, j], "cat")


def _whole_codes(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Codes as XGBoost reads them: cut to whole numbers, and in no set where negative or too large."""
    outside = (values < 0) | (values >= NO_CATEGORY)
    return np.where(outside, NO_CATEGORY, np.trunc(values))


def _readable(names: Sequence[bytes | int]) -> list[str | int]:
    return [name.decode(errors="replace") if isinstance(name, bytes) else name for name in names]


def _cut(levels: Sequence[str]) -> list[bytes]:
    """Names as XGBoost before 3.4 writes those of pandas: the bytes of all of them, cut at counts of characters."""
    text = "".join(levels)
    kept = text.encode()[: len(text)]
    ends = np.cumsum([0, *map(len, levels)])
    return [kept[start:end] for start, end in pairwise(ends)]
