"""Columns that go absent together, over any masker of tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError
from pellucid.core.inputs import Inputs
from pellucid.core.masker import MaskedBatch, Masker
from pellucid.core.model import Model
from pellucid.core.tables import Table
from pellucid.maskers.background import Background
from pellucid.maskers.groups import Grouping, Groups, grouping_of, plain

__all__ = ["Grouped", "grouped"]


class Grouped(Masker):
    """A masker whose players are groups of columns: one-hot blocks, a place given by two columns.

    Parameters
    ----------
    background : rows or a masker of tables: what absent columns look like.
    groups : name → columns that are present or absent together; all others stay single.

    Raises
    ------
    ParameterError : groups that are no mapping from names to columns, or a masker of texts or images.
    InputError : no rows.
    """

    def __init__(self, background: Any, groups: Mapping[str, Iterable[str | int]]) -> None:
        constraint = Groups()
        if not constraint.allows(groups):
            raise ParameterError(f"groups must be {constraint.words}, got {type(groups).__name__}.")
        self.masker = background if isinstance(background, Masker) else Background(background)
        if not self.masker.alike:
            raise ParameterError(
                f"{type(self.masker).__name__} makes parts of each row by itself and has no columns to group; "
                f"group columns of a table."
            )
        self.groups = plain(groups) or {}

    @property
    def one_base(self) -> bool:  # type: ignore[override]
        return self.masker.one_base

    @property
    def example(self) -> Inputs | None:
        return self.masker.example

    def read(self, rows: Any, model: Model) -> Inputs:
        """As the masker beneath reads them.

        Raises
        ------
        ColumnsError, ParameterError : the groups do not fit the columns.
        """
        read = self.masker.read(rows, model)
        self._of(read)
        return read

    def shown(self, rows: Any) -> Inputs:
        """The rows with one column a group."""
        return self._of(rows).shown(rows) or rows

    def players(self, row: Table) -> tuple[str, ...]:
        """The groups, and the columns in none."""
        return self._of(row).names

    def inputs(self, rows: Table, coalitions: NDArray[np.bool_], *, batch_size: int) -> Iterator[MaskedBatch]:
        """What the masker beneath gives for the groups' columns."""
        return self.masker.inputs(rows, coalitions[:, self._of(rows).of_column], batch_size=batch_size)

    def describe(self) -> Mapping[str, object]:
        """What the masker beneath says, and the groups."""
        return {**self.masker.describe(), "groups": self.groups}

    def of_column(self, columns: tuple[str, ...]) -> NDArray[np.int32]:
        """(columns,) the player that each column belongs to."""
        return grouping_of(self.groups, columns).of_column

    def _of(self, rows: Any) -> Grouping:
        return grouping_of(self.groups, rows.names)


def grouped(masker: Masker, groups: Mapping[str, Iterable[str | int]] | None) -> Masker:
    """The masker with a method's ``groups`` setting over it; None is the masker itself.

    Raises
    ------
    ParameterError, ColumnsError : the groups do not fit the columns, where the masker has rows to tell them from; the
        masker is grouped already, or of texts or images.
    """
    if groups is None:
        return masker
    if isinstance(masker, Grouped):
        raise ParameterError(
            f"groups: the background is Grouped already, by {', '.join(map(repr, masker.groups))}; name all groups in "
            f"one of the two places."
        )
    found = Grouped(masker, groups)
    if isinstance(masker.example, Table):
        grouping_of(found.groups, masker.example.names)
    return found
