"""The steps of columns of numbers that a pipeline encodes before its trees see them, in the columns' own units.

For each threshold of an encoded column the last number before the side changes is found by halving, for all columns at
once, since a pipeline that is read keeps them apart. Encoders are asked between the smallest and largest number of the
background and no further; there every one has to rise or fall with its column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect_axis import Axis
from pellucid.core.errors import PellucidError, UnsupportedModelError
from pellucid.core.forest_effects import Domain, positions, thresholds
from pellucid.core.model import Model
from pellucid.core.tables import Table

__all__ = ["EncodedEdges", "EncodedSteps", "encoded_edges"]

Floats = NDArray[np.float64]
PROBES = 1_000


@dataclass(frozen=True, eq=False)
class EncodedEdges:
    """Edges of a column's pieces in its own unit.

    Parameters
    ----------
    edges : (edges,)
    points : (edges + 1, encoded columns) how the trees see each piece.
    missing_point : (encoded columns,) how they see the missing value, nan where they never do.
    """

    edges: Floats
    points: Floats
    missing_point: Floats


class EncodedSteps:
    """A column of numbers that a pipeline encodes; the outermost pieces stand for all numbers beyond the background.

    Parameters
    ----------
    player : number of the column.
    missing : whether the model takes missing values.
    """

    def __init__(self, found: EncodedEdges, player: int, *, missing: bool) -> None:
        self.player, self.missing = player, missing
        self._found = found
        self._weights = np.zeros(len(found.edges) + 2)

    def find(self, values: NDArray[Any], _encoded: Floats) -> NDArray[np.int32]:
        """(rows,) the place of each row."""
        return positions(self._found.edges, np.ascontiguousarray(values, dtype=np.float64))

    def add(self, places: NDArray[np.int32], weights: Floats | None) -> None:
        self._weights += np.bincount(places, weights, minlength=len(self._weights))

    def domain(self) -> Domain:
        missing = [self._found.missing_point[np.newaxis]] if self._shown else []
        return Domain(self.player, np.concatenate([self._found.points, *missing]))

    def axis(self, name: str) -> Axis:
        weights = self._weights if self._shown else self._weights[:-1]
        return Axis(name, "steps", self._found.edges, self._shown, weights / weights.sum())

    @property
    def _shown(self) -> bool:
        return self.missing or self._weights[-1] > 0


def encoded_edges(
    model: Model, table: Table, columns: Mapping[int, NDArray[np.intp]]
) -> dict[int, EncodedEdges | PellucidError]:
    """Edges of some columns, or why one has none.

    Parameters
    ----------
    columns : column of the table → its encoded columns.
    """
    if not columns:
        return {}
    search = _Search(model, table, columns)
    edges = search.run()
    return {j: search.result(j, found) for j, found in edges.items()}


class _Search:
    """Halving for all cuts of all columns at the same time."""

    def __init__(self, model: Model, table: Table, columns: Mapping[int, NDArray[np.intp]]) -> None:
        self._model, self._columns = model, columns
        self._names, self._row = table.names, table.rows(slice(0, 1))
        self._known = {j: _distinct(table.column(j)) for j in columns}
        self._cuts = {
            j: [(k, cut) for k, column in enumerate(of_j) for cut in thresholds(model.forest, int(column)).tolist()]
            for j, of_j in columns.items()
        }

    def run(self) -> dict[int, Floats]:
        """(edges,) by column"""
        crossed = self._crossed()
        first = {j: np.full(len(cuts), _order(self._known[j][0])) for j, cuts in crossed.items()}
        last = {j: np.full(len(cuts), _order(self._known[j][-1])) for j, cuts in crossed.items()}
        while any((first[j] + 1 < last[j]).any() for j in crossed):
            # their difference may not fit a number
            middle = {j: (first[j] >> 1) + (last[j] >> 1) + (first[j] & last[j] & 1) for j in crossed}
            encoded = self._encode({j: _number(order) for j, order in middle.items()})
            for j, cuts in crossed.items():
                low = np.array([encoded[j][i, k] <= cut for i, (k, cut, _) in enumerate(cuts)], dtype=np.bool_)
                same = low == np.array([side for _, _, side in cuts], dtype=np.bool_)
                first[j], last[j] = np.where(same, middle[j], first[j]), np.where(same, last[j], middle[j])
        return {j: np.unique(_number(first[j])) for j in crossed}

    def result(self, j: int, edges: Floats) -> EncodedEdges | PellucidError:
        """What was found, unless numbers of one piece are on different sides of a cut."""
        known = self._known[j]
        points = self._encode({j: np.concatenate([edges, known[-1:]])})[j]
        probes = known[np.unique(np.linspace(0, len(known) - 1, PROBES).astype(np.intp))]
        encoded, column = self._encode({j: probes})[j], np.array([k for k, _ in self._cuts[j]], dtype=np.intp)
        cut = np.array([at for _, at in self._cuts[j]])
        same = (encoded[:, column] <= cut) == (points[positions(edges, probes)][:, column] <= cut)
        if not same.all():
            return UnsupportedModelError(
                f"column {self._names[j]!r} is encoded by a step that neither rises nor falls with it, so its effect "
                f"has no steps between thresholds; pass a function, such as the pipeline's predict, for a grid."
            )
        return EncodedEdges(edges, points, self._missing(j))

    def _crossed(self) -> dict[int, list[tuple[int, float, bool]]]:
        """Cuts that the ends of a column's numbers lie on different sides of, with the side of the lower end."""
        ends = self._encode({j: known[[0, -1]] for j, known in self._known.items()})
        return {
            j: [
                (k, cut, bool(ends[j][0, k] <= cut))
                for k, cut in cuts
                if (ends[j][0, k] <= cut) != (ends[j][1, k] <= cut)
            ]
            for j, cuts in self._cuts.items()
        }

    def _missing(self, j: int) -> Floats:
        try:
            return np.asarray(self._encode({j: np.array([np.nan])})[j][0])
        except PellucidError:
            return np.full(len(self._columns[j]), np.nan)

    def _encode(self, values: Mapping[int, Floats]) -> dict[int, Floats]:
        """(values, encoded columns) by column; the columns may have different numbers of values."""
        n = max(1, *(len(given) for given in values.values()))
        filled = {j: _filled(given, n, self._known[j][0]) for j, given in values.items()}
        rows = self._row.rows(np.zeros(n, dtype=np.intp)).with_numbers(filled)
        encoded = self._model.tree_form.encode(rows)
        return {j: encoded[: len(given), self._columns[j]] for j, given in values.items()}


def _distinct(column: NDArray[Any]) -> Floats:
    values = np.asarray(column, dtype=np.float64)
    known = np.unique(values[np.isfinite(values)])
    return known if len(known) else np.zeros(1)


def _filled(values: Floats, n: int, rest: float) -> Floats:
    return np.concatenate([values, np.full(n - len(values), rest)])


def _order(value: float) -> np.int64:
    """Whole numbers in the order of the floats."""
    bits = np.float64(value + 0.0).view(np.int64)
    return bits if bits >= 0 else np.int64(-(2**63)) - bits


def _number(order: NDArray[np.int64]) -> Floats:
    """The inverse of :func:`_order`."""
    return np.where(order >= 0, order, np.int64(-(2**63)) - order).astype(np.int64).view(np.float64)
