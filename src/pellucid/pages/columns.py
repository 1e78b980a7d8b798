"""What is in each column: its kind, how much is missing, its range or levels, its shape."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.tables import Table

__all__ = ["Column", "summarise"]

BINS, SHOWN_LEVELS = 24, 10


@dataclass(frozen=True, eq=False)
class Column:
    """Summary of one column.

    Parameters
    ----------
    kind : ``"number"``, ``"boolean"``, ``"category"`` or ``"date"``.
    missing : share of rows without a value.
    quantiles : least, median and greatest value of a number or date; empty when all are missing.
    levels : levels of a category or boolean with their shares of the rows, the most frequent first.
    heights : counts for a small picture: of bins of equal width, or of the most frequent levels.
    """

    name: str
    kind: str
    missing: float
    quantiles: tuple[Any, ...]
    levels: tuple[tuple[Any, float], ...]
    heights: tuple[int, ...]


def summarise(table: Table) -> list[Column]:
    """One summary a column."""
    return [_summary(name, table.kinds[j], table.column(j)) for j, name in enumerate(table.names)]


def _summary(name: str, kind: str, values: NDArray[Any]) -> Column:
    if kind in ("category", "boolean"):
        return _levels(name, kind, values)
    present = values[~(np.isnat(values) if kind == "date" else np.isnan(values.astype(np.float64)))]
    missing = 1 - len(present) / len(values)
    if not len(present):
        return Column(name, kind, missing, (), (), ())
    ordered = np.sort(present)
    quantiles = (ordered[0], ordered[(len(ordered) - 1) // 2], ordered[-1])
    return Column(name, kind, missing, quantiles, (), _heights(present, kind))


def _heights(present: NDArray[Any], kind: str) -> tuple[int, ...]:
    numbers = (present.astype("datetime64[s]").astype(np.int64) if kind == "date" else present).astype(np.float64)
    return tuple(map(int, np.histogram(numbers[np.isfinite(numbers)], BINS)[0]))


def _levels(name: str, kind: str, values: NDArray[Any]) -> Column:
    present = [value for value in values.tolist() if value is not None and value == value]  # noqa: PLR0124 (NaN)
    counted = sorted(Counter(present).items(), key=lambda item: (-item[1], str(item[0])))
    levels = tuple((level, count / len(values)) for level, count in counted)
    heights = tuple(count for _, count in counted[:SHOWN_LEVELS])
    return Column(name, kind, 1 - len(present) / len(values), (), levels, heights)
