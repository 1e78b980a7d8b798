"""Rows of a column put into a few groups that have names: ranges, levels, missing."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.tables import Table
from pellucid.pages.context import Context

__all__ = ["Group", "halves", "ranges"]

#: name of a group and its rows
Group = tuple[str, NDArray[np.bool_]]

PARTS = 8


def ranges(context: Context, data: Table, j: int) -> list[Group]:
    """Up to eight groups: single values or levels where there are few, else ranges of equal count; then the missing."""
    values, kind = data.column(j), data.kinds[j]
    known = _known(values, kind)
    groups = _levels(context, data, j, values, PARTS) if kind in ("category", "boolean") else []
    if not groups and known.any():
        groups = _spans(context, data, j, values, known)
    return [*groups, (context.say("dependence.missing"), ~known)] if not known.all() else groups


def halves(context: Context, data: Table, j: int) -> list[Group]:
    """Two groups to compare: the lower and the upper half, or the two most frequent levels."""
    name, values, kind = context.words.name(data.names[j]), data.column(j), data.kinds[j]
    if kind in ("category", "boolean"):
        pair = _levels(context, data, j, values, 2)
        return [(context.say("dependence.level", other=name, level=level), rows) for level, rows in pair]
    known = _known(values, kind)
    if not known.any():
        return []
    middle = np.sort(values[known])[(int(known.sum()) - 1) // 2]
    low, high = known & (values <= middle), known & (values > middle)
    return [(context.say("dependence.low", other=name), low), (context.say("dependence.high", other=name), high)]


def _known(values: NDArray[Any], kind: str) -> NDArray[np.bool_]:
    if kind == "category":
        return np.array([value is not None for value in values], dtype=np.bool_)
    return ~(np.isnat(values) if kind == "date" else np.isnan(values.astype(np.float64)))


def _levels(context: Context, data: Table, j: int, values: NDArray[Any], most: int) -> list[Group]:
    """The most frequent levels, those of equal frequency in the order of their names."""
    kind = data.kinds[j]
    found = {value for value in values.tolist() if value is not None and value == value}  # noqa: PLR0124 (NaN)
    masks = {level: np.asarray(values == level, dtype=np.bool_) for level in found}
    order = sorted(masks, key=lambda level: (-int(masks[level].sum()), str(level)))[:most]
    return [(context.words.value(data.names[j], kind, level) or "", masks[level]) for level in order]


def _spans(context: Context, data: Table, j: int, values: NDArray[Any], known: NDArray[np.bool_]) -> list[Group]:
    name, kind = data.names[j], data.kinds[j]
    ordered = np.sort(values[known])
    distinct = np.unique(ordered)
    if len(distinct) <= PARTS:
        return [(context.words.value(name, kind, value) or "", values == value) for value in distinct]
    places = (np.arange(1, PARTS) * len(ordered)) // PARTS
    edges = np.unique(np.concatenate([ordered[:1], ordered[places], ordered[-1:]]))
    groups = []
    for low, high in pairwise(edges):
        rows = known & (values >= low) & ((values <= high) if high == edges[-1] else (values < high))
        inside = values[rows]
        least, greatest = (context.words.value(name, kind, value) or "" for value in (inside.min(), inside.max()))
        groups.append((context.say("dependence.span", low=least, high=greatest) if least != greatest else least, rows))
    return groups
