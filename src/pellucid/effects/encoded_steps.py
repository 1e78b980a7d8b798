"""The steps of a column of numbers that a pipeline encodes before its trees see it, in the column's own unit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect_axis import Axis
from pellucid.core.errors import UnsupportedModelError
from pellucid.core.forest_effects import Domain, positions, thresholds
from pellucid.core.model import Model
from pellucid.core.tables import Table

__all__ = ["EncodedSteps"]

Floats = NDArray[np.float64]
PROBES = 1_000


class EncodedSteps:
    """Pieces found by halving: for each threshold of an encoded column, the last number before the side changes.

    Encoders are asked between the smallest and largest number of the background and no further; there every one has to
    rise or fall with the column. The outermost pieces stand for all numbers beyond.

    Parameters
    ----------
    player : number of the column.
    columns : numbers of the encoded columns that are made of it.
    missing : whether the model takes missing values.

    Raises
    ------
    UnsupportedModelError : an encoded column neither rises nor falls with the column.
    """

    def __init__(self, model: Model, table: Table, player: int, columns: NDArray[np.intp], *, missing: bool) -> None:
        self.player, self.missing = player, missing
        self._columns = columns
        self._encode = _Encoder(model, table, player, columns)
        values = np.asarray(table.column(player), dtype=np.float64)
        known = np.unique(values[np.isfinite(values)])
        if not len(known):
            known = np.zeros(1)
        self._cuts = [thresholds(model.forest, int(column)) for column in columns]
        self.edges = self._found(float(known[0]), float(known[-1]))
        self._ends = np.concatenate([self.edges, known[-1:]])
        self._check(known, table.names[player])
        self._weights = np.zeros(len(self.edges) + 2)

    def find(self, values: NDArray[Any], _encoded: Floats) -> NDArray[np.int32]:
        """(rows,) the place of each row."""
        return positions(self.edges, np.ascontiguousarray(values, dtype=np.float64))

    def add(self, places: NDArray[np.int32], weights: Floats | None) -> None:
        self._weights += np.bincount(places, weights, minlength=len(self._weights))

    def domain(self) -> Domain:
        missing = [np.nan] if self._shown else []
        return Domain(self.player, self._encode(np.concatenate([self._ends, missing])))

    def axis(self, name: str) -> Axis:
        weights = self._weights if self._shown else self._weights[:-1]
        return Axis(name, "steps", self.edges, self._shown, weights / weights.sum())

    @property
    def _shown(self) -> bool:
        return self.missing or self._weights[-1] > 0

    def _found(self, low: float, high: float) -> Floats:
        column = np.concatenate([np.full(len(cuts), c) for c, cuts in enumerate(self._cuts)]).astype(np.intp)
        cut = np.concatenate(self._cuts)
        ends = self._below(np.array([low, high]), self._cuts)
        crossed = np.flatnonzero(ends[0] != ends[1])
        if not len(crossed):
            return np.empty(0)
        column, cut, side = column[crossed], cut[crossed], ends[0][crossed]
        first, last = np.full(len(cut), _order(low)), np.full(len(cut), _order(high))
        while (first + 1 < last).any():
            middle = (first >> 1) + (last >> 1) + (first & last & 1)  # their difference may not fit
            encoded = self._encode(_number(middle))[np.arange(len(cut)), column]
            same = (encoded <= cut) == side
            first, last = np.where(same, middle, first), np.where(same, last, middle)
        return np.unique(_number(first))

    def _below(self, values: Floats, cuts: list[Floats]) -> NDArray[np.bool_]:
        """(values, cuts of all encoded columns) whether each value is encoded to the lower side of each cut."""
        encoded = self._encode(values)
        sides = [encoded[:, [c]] <= cut for c, cut in enumerate(cuts)]
        return np.concatenate(sides, axis=1)

    def _check(self, known: Floats, name: str) -> None:
        """Numbers of one piece must be on the same side of every cut."""
        probes = known[np.unique(np.linspace(0, len(known) - 1, PROBES).astype(np.intp))]
        places = positions(self.edges, probes)
        if not np.array_equal(self._below(probes, self._cuts), self._below(self._ends[places], self._cuts)):
            raise UnsupportedModelError(
                f"column {name!r} is encoded by a step that neither rises nor falls with it, so its effect has no "
                f"steps between thresholds; pass a function, such as the pipeline's predict, to see it on a grid."
            )


class _Encoder:
    """One column's numbers → its encoded columns, whatever the other columns are."""

    def __init__(self, model: Model, table: Table, player: int, columns: NDArray[np.intp]) -> None:
        self._model, self._player, self._columns = model, player, columns
        self._row = table.rows(slice(0, 1))

    def __call__(self, values: Floats) -> Floats:
        rows = self._row.rows(np.zeros(len(values), dtype=np.intp)).with_column(self._player, values)
        return np.ascontiguousarray(self._model.tree_form.encode(rows)[:, self._columns])


def _order(value: float) -> np.int64:
    """Whole numbers in the order of the floats."""
    bits = np.float64(value + 0.0).view(np.int64)
    return bits if bits >= 0 else np.int64(-(2**63)) - bits


def _number(order: NDArray[np.int64]) -> Floats:
    """The inverse of :func:`_order`."""
    return np.where(order >= 0, order, np.int64(-(2**63)) - order).astype(np.int64).view(np.float64)
