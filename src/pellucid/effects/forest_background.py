"""One pass over a background: what every partial dependence of a forest needs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect import Curve
from pellucid.core.errors import ParameterError, PellucidError
from pellucid.core.forest_effects import Domain, ForestEffects
from pellucid.core.model import Model
from pellucid.core.rng import generator
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
    groups : into how many random groups the rows are parted as well, for bands; 0 for none.
    seed : of the groups.

    Raises
    ------
    UnsupportedModelError : the trees cannot be read exactly.
    InputError, ColumnsError : rows that do not fit the model.
    """

    def __init__(
        self,
        model: Model,
        source: Source,
        *,
        pairs: bool,
        threads: int | None,
        groups: int = 0,
        seed: int = 0,
    ) -> None:
        self.pairs, self.threads = pairs, threads
        #: (groups,) weight of the rows of each
        self.group_weights = np.zeros(groups)
        self._groups: list[ForestEffects] = []
        self._random = generator(seed, "groups of rows")
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
            self._counts, *self._groups = [self._empty(len(table.names)) for _ in range(1 + len(self.group_weights))]
            self._places = all_places(model, table, encoded)
        self._counts.add(encoded, weights, threads=self.threads)
        self._add_to_groups(encoded, weights)
        for j, places in enumerate(self._places):
            if isinstance(places, PellucidError):
                continue
            try:
                places.add(places.find(table.column(j), encoded), weights)
            except PellucidError as error:
                self._places[j] = error

    def _empty(self, players: int) -> ForestEffects:
        return ForestEffects(self._forest, self._form.players, n_players=players, pairs=self.pairs)

    def _add_to_groups(self, encoded: Floats, weights: Floats | None) -> None:
        if not self._groups:
            return
        group = self._random.permutation(np.arange(len(encoded)) % len(self._groups))
        own = np.ones(len(encoded)) if weights is None else weights
        self.group_weights += np.bincount(group, own, minlength=len(self._groups))
        for number, counts in enumerate(self._groups):
            rows = group == number
            if own[rows].any():
                counts.add(encoded[rows], own[rows], threads=self.threads)

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
        return self._effects(self.counts, sets, target)

    def group_means(self, sets: Sequence[tuple[int, ...]], target: Target) -> list[Floats]:
        """For each of these (groups with rows, places of each axis, targets) the effect over each group's rows."""
        held = [self._effects(self._groups[g], sets, target) for g in np.flatnonzero(self.group_weights)]
        return [np.stack([curves[k].values for curves in held]) for k in range(len(sets))]

    def _effects(self, counts: ForestEffects, sets: Sequence[tuple[int, ...]], target: Target) -> list[Curve]:
        players = sorted({j for numbers in sets for j in numbers})
        places = {j: self.places(j) for j in players}
        axes = {j: places[j].axis(self.names[j]) for j in players}
        domains = {j: places[j].domain() for j in players}
        for pair in (numbers for numbers in sets if len(numbers) > 1):
            self._check_size(pair, domains)
        alone = dict(zip(players, counts.curves(list(domains.values()), threads=self.threads), strict=True))
        curves = []
        for numbers in sets:
            values = alone[numbers[0]] if len(numbers) == 1 else self._surface(counts, numbers, domains, alone)
            curves.append(Curve(tuple(axes[j] for j in numbers), target.select(values)))
        return curves

    def _surface(
        self, counts: ForestEffects, pair: tuple[int, ...], domains: dict[int, Domain], alone: dict[int, Floats]
    ) -> Floats:
        first, second = pair
        (joint,) = counts.joint([domains[first], domains[second]], [(0, 1)], threads=self.threads)
        return np.asarray(alone[first][:, np.newaxis] + alone[second] - counts.base + joint)

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

    def __init__(self, model: Model, source: Source, threads: int | None, *, groups: int = 0, seed: int = 0) -> None:
        self._model, self._source, self._threads = model, source, threads
        self._groups, self._seed = groups, seed
        self._kept: ForestBackground | None = None

    def counted(self, *, pairs: bool) -> ForestBackground:
        if self._kept is None or (pairs and not self._kept.pairs):
            both = pairs or isinstance(self._source, StreamSource)
            self._kept = ForestBackground(
                self._model, self._source, pairs=both, threads=self._threads, groups=self._groups, seed=self._seed
            )
        return self._kept
