"""What H is made of: partial dependences at the background rows, of features, of pairs, and of all but one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pellucid.core.batching import Game, row_blocks
from pellucid.core.errors import ParameterError
from pellucid.core.forest import predict
from pellucid.core.forest_effects import Domain, left_out
from pellucid.core.model import Model
from pellucid.core.target import Target
from pellucid.effects.forest_background import LARGEST, ForestBackground
from pellucid.effects.places import Levels
from pellucid.maskers.background import Background

__all__ = ["ForestParts", "GameParts"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]


class _Weighted:
    """Means over the background."""

    def __init__(self, background: Background) -> None:
        self._weights = background.shares

    def centred(self, values: Floats) -> Floats:
        """(rows, targets) with mean 0."""
        return values - np.tensordot(self._weights, values, axes=1)

    def variance(self, values: Floats) -> Floats:
        """(targets,) weighted mean of the squares of the centred values."""
        return np.tensordot(self._weights, self.centred(values) ** 2, axes=1)


class ForestParts(_Weighted):
    """Partial dependences of a forest at its background rows, exactly.

    Parameters
    ----------
    singles : the columns that :meth:`of_one` will be asked about, in order.
    """

    evaluations = 0

    def __init__(
        self,
        model: Model,
        background: Background,
        counted: ForestBackground,
        target: Target,
        *,
        singles: Sequence[int] = (),
    ) -> None:
        super().__init__(background)
        self._singles = list(singles)
        self._changes: dict[int, Floats] = {}
        self._model, self._table = model, background.table
        self._counted, self._target = counted, target
        self._encoded = model.tree_form.encode(background.table)
        self._cells: dict[int, Numbers] = {}
        self._curves: dict[int, Floats] = {}

    def predictions(self) -> Floats:
        """(rows, targets)"""
        return self._target.select(self._outputs)

    def of_one(self, j: int) -> tuple[Floats, Floats]:
        """The prediction, and what is left of it after one feature and all others have had their say."""
        others = self._outputs + self._change(j)
        alone = self._curve(j)[self._cell(j)]
        return self.predictions(), self._target.select(self._outputs - alone - others)

    def of_pair(self, j: int, k: int) -> tuple[Floats, Floats]:
        """The pair's partial dependence, and what of it is more than the sum of its features'."""
        first, i = self._held(j)
        second, m = self._held(k)
        if len(first.points) * len(second.points) * self._outputs.shape[1] > LARGEST:
            raise ParameterError(
                f"the surface of {self._table.names[j]!r} and {self._table.names[k]!r} has {len(first.points):,} × "
                f"{len(second.points):,} pieces that the background reaches; pass fewer background rows."
            )
        (joint,) = self._counted.counts.joint([first, second], [(0, 1)], threads=self._counted.threads)
        beyond = joint[i, m]
        together = self._curve(j)[self._cell(j)] + self._curve(k)[self._cell(k)] + beyond
        return self._target.select(together), self._target.select(beyond)

    @cached_property
    def _outputs(self) -> Floats:
        return predict(self._model.forest, np.ascontiguousarray(self._encoded), threads=self._counted.threads)

    def _change(self, j: int) -> Floats:
        """(rows, outputs) what averaging one feature out adds; found for as many features at once as fit."""
        if j not in self._changes:
            most = max(1, LARGEST // self._outputs.size)
            self._changes = self._changes_of(self._singles[self._singles.index(j) :][:most])
        return self._changes[j]

    def _changes_of(self, columns: Sequence[int]) -> dict[int, Floats]:
        counts, places = self._counted.counts, [self._counted.places(j) for j in columns]
        changes = left_out(
            counts.forest,
            counts.players,
            counts.n_players,
            [one.domain() for one in places],
            [one.axis("").share for one in places],
            self._encoded,
            threads=self._counted.threads,
        )
        return {j: changes[:, d] for d, j in enumerate(columns)}

    def _curve(self, j: int) -> Floats:
        """(places, outputs)"""
        if j not in self._curves:
            domain = self._counted.places(j).domain()
            (self._curves[j],) = self._counted.counts.curves([domain], threads=self._counted.threads)
        return self._curves[j]

    def _cell(self, j: int) -> Numbers:
        if j not in self._cells:
            places = self._counted.places(j)
            found = places.find(self._table.column(j), self._encoded)
            self._cells[j] = places.renumbered()[found] if isinstance(places, Levels) else found.astype(np.intp)
        return self._cells[j]

    def _held(self, j: int) -> tuple[Domain, Numbers]:
        """The points that background rows hold, and which of them each row holds."""
        domain = self._counted.places(j).domain()
        held, of_row = np.unique(self._cell(j), return_inverse=True)
        return Domain(domain.player, domain.points[held], domain.ascending), of_row


class GameParts(_Weighted):
    """Partial dependences of any model at its background rows, by asking about all of them."""

    def __init__(self, model: Model, background: Background, target: Target, batch_size: int) -> None:
        super().__init__(background)
        self._players = len(background.table.names)
        self._game = Game(model, background, background.table, target, batch_size=batch_size)
        self._known: dict[tuple[int, ...], Floats] = {}

    @property
    def evaluations(self) -> int:
        return self._game.evaluations

    def predictions(self) -> Floats:
        """(rows, targets)"""
        return self._worth(tuple(range(self._players)))

    def of_one(self, j: int) -> tuple[Floats, Floats]:
        """The prediction, and what is left of it after one feature and all others have had their say."""
        others = tuple(k for k in range(self._players) if k != j)
        return self.predictions(), self.predictions() - self._worth((j,)) - self._worth(others)

    def of_pair(self, j: int, k: int) -> tuple[Floats, Floats]:
        """The pair's partial dependence, and what of it is more than the sum of its features'."""
        together = self._worth((j, k))
        return together, together - self._worth((j,)) - self._worth((k,))

    def _worth(self, numbers: tuple[int, ...]) -> Floats:
        if numbers not in self._known:
            coalition = np.isin(np.arange(self._players), numbers)[np.newaxis]
            blocks = row_blocks(len(self._game.rows), 1)
            self._known[numbers] = np.concatenate([self._game.worth(block, coalition)[:, 0] for block in blocks])
        return self._known[numbers]
