"""Columns that are present or absent together: one player, with one value, for a group of columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ColumnsError, ParameterError
from pellucid.core.tables import Table

__all__ = ["Grouping", "Groups", "grouping_of", "plain"]

SHOWN = 3  #: columns of a group whose values are shown
SEPARATORS = ("_", "=", " ", ".", "-", ":")


@dataclass(frozen=True)
class Groups:
    """The constraint of a ``groups`` setting: names with lists of columns."""

    words: str = "a mapping from names of groups to lists of columns, such as {'place': ['lat', 'lon']}"

    def allows(self, value: object) -> bool:
        return isinstance(value, Mapping) and all(
            isinstance(name, str) and isinstance(columns, Iterable) and not isinstance(columns, str | bytes)
            for name, columns in value.items()
        )


@dataclass(frozen=True, eq=False)
class Grouping:
    """Which player each column belongs to.

    Parameters
    ----------
    names : of the players, each at the place of its first column.
    of_column : (columns,) player of each column.
    groups : numbers of the players that are groups.
    """

    names: tuple[str, ...]
    of_column: NDArray[np.int32]
    groups: tuple[int, ...] = ()

    def players(self, encoded: NDArray[np.int32] | None) -> NDArray[np.int32]:
        """(encoded columns,) players, from the column that each encoded column is made of; None is one each."""
        return self.of_column if encoded is None else self.of_column[encoded]

    def shown(self, table: Table) -> Table | None:
        """The rows with one column a player, a group's as text such as ``"lat 52.1, lon 13.4"``; None without groups.

        Where all columns of a group are indicators named after it (``fuel_gas``, ``fuel_diesel`` in ``fuel``), the text
        is what is indicated.
        """
        if not self.groups:
            return None
        columns = [self._cells(table, player) for player in range(len(self.names))]
        if table.backend == "numpy":
            cells = np.empty((len(table), len(columns)), dtype=object)
            for player, column in enumerate(columns):
                cells[:, player] = column
            return Table(cells, self.names, table.named, "numpy")
        series = [self._series(table, player, column) for player, column in enumerate(columns)]
        return Table(nw.concat(series, how="horizontal").to_native(), self.names, True, table.backend)

    @cached_property
    def _members(self) -> list[list[int]]:
        return [np.flatnonzero(self.of_column == player).tolist() for player in range(len(self.names))]

    def _cells(self, table: Table, player: int) -> Any:
        members = self._members[player]
        if player not in self.groups:
            return table.column(members[0])
        return _indicated(table, members, self.names[player]) or _listed(table, members)

    def _series(self, table: Table, player: int, cells: Any) -> Any:
        frame = nw.from_native(table.native, eager_only=True)
        if player not in self.groups:
            alone = tuple(frame.iter_columns())[self._members[player][0]]
            return nw.maybe_reset_index(alone).alias(self.names[player]).to_frame()
        return nw.new_series(self.names[player], cells, backend=frame.implementation).to_frame()


def plain(groups: Mapping[str, Iterable[Any]] | None) -> dict[str, list[str | int]] | None:
    """The groups as plain lists, as a receipt keeps them."""
    if groups is None:
        return None
    return {
        name: [column.item() if isinstance(column, np.generic) else column for column in columns]
        for name, columns in groups.items()
    }


def grouping_of(groups: Mapping[str, Sequence[Any]] | None, columns: tuple[str, ...]) -> Grouping:
    """The players that groups make of columns; those that no group names stay single.

    Parameters
    ----------
    groups : name → columns, by name or number.
    columns : the model's columns.

    Raises
    ------
    ColumnsError : a group names a column that there is not.
    ParameterError : a group is empty, shares a column with another, or is called like a column outside it.
    """
    owner: dict[int, str] = {}
    for name, members in (groups or {}).items():
        if not len(members):
            raise ParameterError(f"groups: {name!r} is empty; name its columns, or leave it out.")
        for member in members:
            j = _position(name, member, columns)
            if j in owner:
                raise ParameterError(
                    f"groups: column {columns[j]!r} is named twice, in {owner[j]!r} and {name!r}; name it in one."
                )
            owner[j] = name
    labels = [owner.get(j, column) for j, column in enumerate(columns)]
    for j, column in enumerate(columns):
        if j not in owner and column in owner.values():
            raise ParameterError(
                f"groups: {column!r} is also the name of a column outside the group; call it otherwise."
            )
    names = tuple(dict.fromkeys(labels))
    number = {name: player for player, name in enumerate(names)}
    of_column = np.array([number[label] for label in labels], dtype=np.int32)
    return Grouping(names, of_column, tuple(sorted({number[name] for name in owner.values()})))


def _position(group: str, member: Any, columns: tuple[str, ...]) -> int:
    if isinstance(member, str) and member in columns:
        return columns.index(member)
    whole = isinstance(member, int | np.integer) and not isinstance(member, bool)
    if whole and 0 <= int(member) < len(columns):
        return int(member)
    shown = ", ".join(repr(name) for name in columns[:8]) + (f", … ({len(columns)} in all)" if len(columns) > 8 else "")
    raise ColumnsError(f"groups: {group!r} names {member!r}, which is no column of the model; its columns are {shown}.")


def _listed(table: Table, members: list[int]) -> list[str]:
    texts = [_texts(table, j) for j in members[:SHOWN]]
    names = [table.names[j] for j in members[:SHOWN]]
    rest = f" … ({len(members)} columns)" if len(members) > SHOWN else ""
    pattern = ", ".join(name.replace("%", "%%") + " %s" for name in names) + rest
    return [pattern % cells for cells in zip(*texts, strict=True)]


def _texts(table: Table, j: int) -> list[str]:
    values, kind = table.column(j), table.kinds[j]
    if kind == "number":
        return ["missing" if value != value else f"{value:.4g}" for value in values.tolist()]  # noqa: PLR0124
    if kind == "date":
        return ["missing" if np.isnat(value) else str(value)[:10] for value in values]
    return ["missing" if value is None or value != value else str(value) for value in values.tolist()]  # noqa: PLR0124


def _indicated(table: Table, members: list[int], group: str) -> list[str] | None:
    """Names of the indicators that are set, where each row has at most one; None where they are no indicators."""
    names = [table.names[j] for j in members]
    prefix = next((group + s for s in SEPARATORS if all(name.startswith(group + s) for name in names)), None)
    if prefix is None or not all(table.kinds[j] in ("number", "boolean") for j in members):
        return None
    cells = np.stack([table.column(j).astype(np.float64) for j in members], axis=1)
    if not np.isin(cells, (0.0, 1.0)).all() or (cells.sum(axis=1) > 1).any():
        return None
    levels = np.array([*(name.removeprefix(prefix) for name in names), "none"], dtype=object)
    return list(levels[np.where(cells.any(axis=1), cells.argmax(axis=1), -1)])
