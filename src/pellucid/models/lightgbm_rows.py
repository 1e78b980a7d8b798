"""Rows for LightGBM: as the library takes them, and as its trees see them.

LightGBM keeps the categories of the pandas columns it was trained on, in the order of those columns and without their
names: the i-th category column of a frame is recoded by value to the i-th list, and a category that the list lacks is
missing. Numbers are compared in float64, where |x| ≤ 1e-35 is read as 0.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ColumnsError, MissingExtraError
from pellucid.core.tables import Table
from pellucid.models.categories import read_levels, recoded, refuse_kind

__all__ = ["LightGBMRows"]

#: LightGBM takes numbers up to here for 0
ZERO = float(np.float32(1e-35))
#: the first number that does not fit the int that LightGBM casts a category to
NO_CATEGORY = 2.0**31


@dataclass(frozen=True, eq=False)
class LightGBMRows:
    """What one booster expects of its columns.

    Parameters
    ----------
    categorical : for each column whether its splits are category sets.
    levels : the categories of each category column of the training frame; empty for a model trained on numbers.
    """

    categorical: tuple[bool, ...]
    levels: tuple[list[Any], ...]

    def encode(self, table: Table) -> NDArray[np.float64]:
        """The table as the trees see it.

        Returns
        -------
        (rows, columns) float64, NaN where missing.

        Raises
        ------
        ColumnsError : a column of another kind than in training.
        """
        order = self._category_columns(table)
        out = np.empty(table.shape, order="F")  # written column by column
        for j in range(len(table.names)):
            values = self._codes(table, j, order.index(j)) if j in order else _numbers(table, j)
            out[:, j] = _whole_codes(values) if self.categorical[j] else values
        return out

    def native(self, table: Table) -> Any:
        """The same rows as something that LightGBM reads itself, with categories as categories."""
        if table.backend == "numpy":
            return table.numbers() if table.native.dtype.kind == "O" else table.native
        order = self._category_columns(table)
        if table.backend != "pandas" and not order:
            return table.numbers()
        return self._pandas(table, order)

    def _category_columns(self, table: Table) -> list[int]:
        """Numbers of the columns that LightGBM recodes; refuses a table with others than in training."""
        for j, kind in enumerate(table.kinds):
            if kind == "date" or (kind == "category" and (table.backend == "numpy" or not self.levels)):
                raise refuse_kind(table, j, "numbers", "encode it the way the training data was encoded")
        order = [j for j, kind in enumerate(table.kinds) if kind == "category"]
        if len(order) != len(self.levels) and table.backend != "numpy":
            found = ", ".join(repr(table.names[j]) for j in order) or "none"
            raise ColumnsError(
                f"the model was trained on {len(self.levels)} columns of categories and the table has {len(order)} "
                f"({found}); give the same columns a categorical dtype as in training."
            )
        return order

    def _codes(self, table: Table, j: int, i: int) -> NDArray[np.float64]:
        known: dict[Hashable, int] = {level: code for code, level in enumerate(self.levels[i])}
        levels, codes = read_levels(table, j)
        values, _ = recoded(levels, codes, known)
        return values

    def _pandas(self, table: Table, order: list[int]) -> Any:
        """A pandas frame; LightGBM itself recodes its categorical columns to the model's categories."""
        pd = _pandas_module()
        if table.backend == "pandas":
            frame = table.native.copy(deep=False)
            frame.columns = list(table.names)
        else:
            frame = pd.DataFrame({name: table.column(j) for j, name in enumerate(table.names) if j not in order})
        for j, name in enumerate(table.names):
            if j in order:
                levels, codes = read_levels(table, j)
                frame[name] = pd.Categorical.from_codes(codes, categories=levels)
            elif frame[name].dtype == object:
                frame[name] = table.column(j).astype(np.float64)
        return frame[list(table.names)]


def _pandas_module() -> Any:
    try:
        import pandas
    except ImportError as error:
        raise MissingExtraError(
            "LightGBM recodes categories of pandas frames only and pandas is not installed; pip install pandas."
        ) from error
    return pandas


def _numbers(table: Table, j: int) -> NDArray[np.float64]:
    values = table.column(j)
    if table.backend == "numpy" and table.native.dtype.kind in "iub":
        values = values.astype(np.float32)  # as LightGBM casts arrays that are not of floats
    values = values.astype(np.float64)
    return np.where(np.abs(values) <= ZERO, 0.0, values)


def _whole_codes(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Codes as LightGBM casts them to int; those below 0 or too large are in no set, as missing ones."""
    whole = np.trunc(values)
    return np.where((whole < 0) | (whole >= NO_CATEGORY), np.nan, np.abs(whole))
