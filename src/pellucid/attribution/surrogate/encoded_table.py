"""A table as numbers that a line or a tree can be fitted to, each with a name that people can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.tables import Table

__all__ = ["Encoding", "Number"]

Floats = NDArray[np.float64]
DAY = 86_400e6  #: microseconds


@dataclass(frozen=True)
class Number:
    """One number made of a column.

    Parameters
    ----------
    column : which one.
    name : of the column.
    filled : what stands for a missing number; None where this is an indicator.
    level : the category that it indicates, or None for "is missing".
    date : whether it is days since 1970.
    """

    column: int
    name: str
    filled: float | None = None
    level: Any = None
    date: bool = False

    @property
    def indicator(self) -> bool:
        return self.filled is None

    @property
    def label(self) -> str:
        """Name of the number in a formula."""
        if not self.indicator:
            return self.name
        return f"[{self.name} is missing]" if self.level is None else f"[{self.name} = {self.level}]"

    def condition(self, threshold: float, below: bool) -> str:
        """``x ≤ threshold`` or ``x > threshold`` in words."""
        if not self.indicator:
            shown = str(np.datetime64(int(threshold), "D")) if self.date else f"{threshold:.4g}"
            return f"{self.name} {'≤' if below else '>'} {shown}"
        if self.level is None:
            return f"{self.name} {'is known' if below else 'is missing'}"
        return f"{self.name} {'≠' if below else '='} {self.level}"

    def of(self, values: NDArray[Any]) -> Floats:
        """(rows,) from the values of the column."""
        if self.filled is not None:
            numbers = _numbers(values)
            return np.where(np.isnan(numbers), self.filled, numbers)
        return np.array([_same(value, self.level) for value in values.tolist()], dtype=np.float64)


@dataclass(frozen=True)
class Encoding:
    """Numbers and dates as they are, the mean where missing, with an indicator of that; an indicator for each category.

    Parameters
    ----------
    numbers : in order of the columns.
    """

    numbers: tuple[Number, ...]

    @classmethod
    def learnt(cls, table: Table) -> Encoding:
        """What the columns of a table need."""
        found: list[Number] = []
        for j, (name, kind) in enumerate(zip(table.names, table.kinds, strict=True)):
            values = table.column(j)
            if kind == "category":
                levels = {None if _same(value, None) else value for value in values.tolist()}
                found += [Number(j, name, level=level) for level in sorted(levels, key=lambda v: (v is None, str(v)))]
                continue
            numbers = _numbers(values)
            missing = np.isnan(numbers)
            mean = float(numbers[~missing].mean()) if not missing.all() else 0.0
            found.append(Number(j, name, filled=mean, date=kind == "date"))
            if missing.any():
                found.append(Number(j, name))
        return cls(tuple(found))

    def encode(self, table: Table) -> Floats:
        """(rows, numbers)"""
        columns = {j: table.column(j) for j in {number.column for number in self.numbers}}
        return np.stack([number.of(columns[number.column]) for number in self.numbers], axis=1)


def _numbers(values: NDArray[Any]) -> Floats:
    if values.dtype.kind == "M":
        return np.where(np.isnat(values), np.nan, values.astype(np.int64) / DAY)
    return values.astype(np.float64)


def _same(value: object, level: object) -> bool:
    missing = value is None or value != value  # noqa: PLR0124
    return missing if level is None else not missing and value == level
