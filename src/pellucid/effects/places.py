"""Where a forest's effect of one of the user's columns is looked at, and how its trees see each place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect_axis import Axis, levels, sorting
from pellucid.core.errors import InputError, PellucidError, UnsupportedModelError
from pellucid.core.forest import Decision
from pellucid.core.forest_effects import Domain, positions, thresholds
from pellucid.core.model import Model
from pellucid.core.tables import Table
from pellucid.effects.encoded_steps import EncodedEdges, EncodedSteps, encoded_edges

__all__ = ["Levels", "Places", "Steps", "all_places"]

Floats = NDArray[np.float64]
MOST_LEVELS = 10_000
#: numbers nearer to zero than this may be read as zero
TINY = 1e-30


class Steps:
    """A column of numbers that the trees read as it is: the pieces between their thresholds.

    Parameters
    ----------
    table : rows to ask the model's encoding with.
    player : number of the column, which is also that of its encoded column.
    """

    def __init__(self, model: Model, table: Table, player: int) -> None:
        self.player, self.missing = player, takes_missing(model, table, player)
        self.edges = thresholds(model.forest, player)
        self._shown_edges = _as_users_see(self.edges, model, table, player)
        self._weights = np.zeros(len(self.edges) + 2)

    def find(self, _values: NDArray[Any], encoded: Floats) -> NDArray[np.int32]:
        """(rows,) the place of each row."""
        return positions(self.edges, encoded[:, self.player])

    def add(self, places: NDArray[np.int32], weights: Floats | None) -> None:
        self._weights += np.bincount(places, weights, minlength=len(self._weights))

    def domain(self) -> Domain:
        missing = [np.nan] if self._shown else []
        return Domain(self.player, np.concatenate([self.edges, [np.inf], missing])[:, np.newaxis], ascending=True)

    def axis(self, name: str) -> Axis:
        weights = self._weights if self._shown else self._weights[:-1]
        return Axis(name, "steps", self._shown_edges, self._shown, weights / weights.sum())

    @property
    def _shown(self) -> bool:
        return self.missing or self._weights[-1] > 0


class Levels:
    """A column of categories: each that the background holds, as the trees see it in its first row."""

    def __init__(self, player: int, columns: NDArray[np.intp], name: str) -> None:
        self.player, self.columns, self.name = player, columns, name
        self._number: dict[Any, int] = {}
        self._points: list[Floats] = []
        self._weights: list[float] = []

    def find(self, values: NDArray[Any], encoded: Floats) -> NDArray[np.int32]:
        found = np.empty(len(values), dtype=np.int32)
        for i, value in enumerate(values.tolist()):
            known = None if value != value else value  # noqa: PLR0124 - NaN equals no key
            number = self._number.get(known)
            if number is None:
                number = self._number[known] = self._new(encoded[i, self.columns])
            found[i] = number
        return found

    def _new(self, point: Floats) -> int:
        if len(self._points) == MOST_LEVELS:
            raise InputError(
                f"column {self.name!r} has more than {MOST_LEVELS:,} categories in the background; merge the rare ones."
            )
        self._points.append(np.array(point))
        self._weights.append(0.0)
        return len(self._points) - 1

    def add(self, places: NDArray[np.int32], weights: Floats | None) -> None:
        more = np.bincount(places, weights, minlength=len(self._weights))
        self._weights = [old + new for old, new in zip(self._weights, more.tolist(), strict=True)]

    def domain(self) -> Domain:
        points = np.array(self._points).reshape(len(self._points), len(self.columns))
        return Domain(self.player, points[self._order()])

    def axis(self, name: str) -> Axis:
        known = list(self._number)
        order = self._order()
        present = [known[k] for k in order if known[k] is not None]
        weights = np.array(self._weights)[order]
        return Axis(name, "levels", levels(present), None in self._number, weights / weights.sum())

    def renumbered(self) -> NDArray[np.intp]:
        """Number of each level as found → its place on the axis."""
        return np.argsort(self._order())

    def _order(self) -> NDArray[np.intp]:
        """Levels in their own order, the missing value last."""
        known = list(self._number)
        return np.array(sorted(range(len(known)), key=lambda k: sorting(known[k])), dtype=np.intp)


Places = Steps | Levels | EncodedSteps


def all_places(model: Model, table: Table, encoded: Floats) -> list[Places | PellucidError]:
    """How each column is looked at, told from the kind of its values and from the splits on it; or why it cannot be.

    Parameters
    ----------
    table, encoded : rows of the background, and how the trees see them.
    """
    players = model.tree_form.players
    of_player = [np.array([j]) if players is None else np.flatnonzero(players == j) for j in range(len(table.names))]
    found: list[Places | PellucidError | None] = [
        _plain(model, table, j, columns) for j, columns in enumerate(of_player)
    ]
    left = {j: of_player[j] for j, places in enumerate(found) if places is None}
    later = encoded_edges(model, table, left)
    missing = {j: takes_missing(model, table, j) for j in left}
    return [places if places is not None else _encoded(later[j], j, missing[j]) for j, places in enumerate(found)]


def _plain(model: Model, table: Table, player: int, columns: NDArray[np.intp]) -> Places | PellucidError | None:
    """None for numbers that a pipeline encodes."""
    kind, name = table.kinds[player], table.names[player]
    if kind in ("category", "boolean") or _by_sets(model, columns):
        return Levels(player, columns, name)
    if kind == "date":
        return UnsupportedModelError(
            f"column {name!r} holds dates, whose steps are not read from a pipeline; pass them as numbers."
        )
    return Steps(model, table, player) if model.tree_form.players is None else None


def _encoded(edges: EncodedEdges | PellucidError, player: int, missing: bool) -> Places | PellucidError:
    return edges if isinstance(edges, PellucidError) else EncodedSteps(edges, player, missing=missing)


def takes_missing(model: Model, table: Table, player: int) -> bool:
    """Whether the model can be asked about a missing value of a column of numbers."""
    row = table.rows(slice(0, 1)).with_numbers({player: np.array([np.nan])})
    try:
        model.tree_form.encode(row)
    except InputError:
        return False
    return True


def _as_users_see(edges: Floats, model: Model, table: Table, player: int) -> Floats:
    """Edges so near to zero that the library reads them as zero belong a number lower, where that is above them."""
    tiny = np.flatnonzero((edges < 0) & (edges > -TINY))
    if not len(tiny):
        return edges
    rows = table.rows(np.zeros(len(tiny), dtype=np.intp)).with_numbers({player: edges[tiny]})
    read = model.tree_form.encode(rows)[:, player]
    seen = edges.copy()
    seen[tiny] = np.where(read > edges[tiny], np.nextafter(edges[tiny], -np.inf), edges[tiny])
    return seen


def _by_sets(model: Model, columns: NDArray[np.intp]) -> bool:
    """Whether all splits on the columns ask for categories."""
    forest = model.forest
    splits = forest.decision[np.isin(forest.feature, columns)]
    return len(splits) > 0 and bool((splits >= Decision.IN_SET).all())
