"""One pass over a background: what every partial dependence of a forest needs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect import Curve
from pellucid.core.errors import ParameterError, PellucidError
from pellucid.core.forest_effects import Domain, ForestEffects
from pellucid.core.model import Model
from pellucid.core.tables import Table
from pellucid.core.target import Target
from pellucid.effects.background_source import Source, StreamSource
from pellucid.effects.places import Places, all_places

__all__ = ["ForestBackground", "Passes"]

Floats = NDArray[np.float64]
#: most numbers of a surface
LARGEST = 20_000_000


class ForestBackground:
    """Counts of a forest's background, and where its values lie.

    Parameters
    ----------
    model : a sum of trees.
    source : the rows; read once.
    pairs : count what surfaces of two columns need as well.
    threads : None = all processors this process may use.

    Raises
    ------
    UnsupportedModelError : the trees cannot be read exactly.
    InputError, ColumnsError : rows that do not fit the model.
    """

    def __init__(self, model: Model, source: Source, *, pairs: bool, threads: int | None) -> None:
        self.pairs, self.threads = pairs, threads
        self._form, self._forest = model.tree_form, model.forest
        self.names: tuple[str, ...] = ()
        self._places: list[Places | PellucidError] = []
        self._counts: ForestEffects | None = None
        for table, weights in source.chunks():
            self._add(model, table, weights)

    def _add(self, model: Model, table: Table, weights: Floats | None) -> None:
        encoded = self._form.encode(table)
        if self._counts is None:
            self.names = table.names
            self._counts = ForestEffects(self._forest, self._form.players, n_players=len(table.names), pairs=self.pairs)
            self._places = all_places(model, table, encoded)
        self._counts.add(encoded, weights, threads=self.threads)
        for j, places in enumerate(self._places):
            if isinstance(places, PellucidError):
                continue
            try:
                places.add(places.find(table.column(j), encoded), weights)
            except PellucidError as error:
                self._places[j] = error

    @property
    def counts(self) -> ForestEffects:
        if self._counts is None:
            raise ParameterError("background: it has no rows; pass at least one.")
        return self._counts

    def places(self, player: int) -> Places:
        """How a column is looked at.

        Raises
        ------
        PellucidError : why it cannot be.
        """
        found = self._places[player]
        if isinstance(found, PellucidError):
            raise found
        return found

    def effects(self, sets: Sequence[tuple[int, ...]], target: Target) -> list[Curve]:
        """The curve of each column and the surface of each pair."""
        players = sorted({j for numbers in sets for j in numbers})
        places = {j: self.places(j) for j in players}
        axes = {j: places[j].axis(self.names[j]) for j in players}
        domains = {j: places[j].domain() for j in players}
        for pair in (numbers for numbers in sets if len(numbers) > 1):
            self._check_size(pair, domains)
        alone = dict(zip(players, self.counts.curves(list(domains.values()), threads=self.threads), strict=True))
        curves = []
        for numbers in sets:
            values = alone[numbers[0]] if len(numbers) == 1 else self._surface(numbers, domains, alone)
            curves.append(Curve(tuple(axes[j] for j in numbers), target.select(values)))
        return curves

    def _surface(self, pair: tuple[int, ...], domains: dict[int, Domain], alone: dict[int, Floats]) -> Floats:
        first, second = pair
        (joint,) = self.counts.joint([domains[first], domains[second]], [(0, 1)], threads=self.threads)
        return np.asarray(alone[first][:, np.newaxis] + alone[second] - self.counts.base + joint)

    def _check_size(self, pair: tuple[int, ...], domains: dict[int, Domain]) -> None:
        first, second = (len(domains[j].points) for j in pair)
        if first * second * self._forest.n_outputs > LARGEST:
            raise ParameterError(
                f"the surface of {self.names[pair[0]]!r} and {self.names[pair[1]]!r} has {first:,} × {second:,} "
                f"pieces, more than {LARGEST:,} numbers; ask for the two features by themselves, or pass the model's "
                f"predict function to see the surface on a grid."
            )


class Passes:
    """Passes over a source, made when they are first needed and kept; one that counts pairs knows single columns too.

    A stream is read once, so its one pass counts pairs as well.
    """

    def __init__(self, model: Model, source: Source, threads: int | None) -> None:
        self._model, self._source, self._threads = model, source, threads
        self._kept: ForestBackground | None = None

    def counted(self, *, pairs: bool) -> ForestBackground:
        if self._kept is None or (pairs and not self._kept.pairs):
            both = pairs or isinstance(self._source, StreamSource)
            self._kept = ForestBackground(self._model, self._source, pairs=both, threads=self._threads)
        return self._kept
