"""Perturbed rows of tables: drawn once from the background, shared by all rows that are explained."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.surrogate.local_ridge import LocalRidge
from pellucid.attribution.surrogate.table_columns import Column, Scaled, read_column
from pellucid.attribution.surrogate.weighting import distances, exponential_kernel
from pellucid.core.rng import generator
from pellucid.core.tables import Table

__all__ = ["Columns", "TableSamples", "read_columns"]

#: perturbed rows to which a row's numbers are added in one line
AT_ONCE = 32

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """The constraint of a setting that names columns."""

    words: str = "a list of names or numbers of columns"

    def allows(self, value: object) -> bool:
        return isinstance(value, list | tuple) and all(
            isinstance(name, str | int | np.integer) and not isinstance(name, bool) for name in value
        )


def read_columns(
    background: Table, weights: Floats | None, categorical: frozenset[int], discretize: str | None
) -> tuple[Column, ...]:
    """The background's columns as surrogates see them.

    Raises
    ------
    InputError : as in :func:`~pellucid.attribution.surrogate.table_columns.read_column`.
    """
    return tuple(
        read_column(name, "category" if j in categorical else kind, background.column(j), weights, discretize)
        for j, (name, kind) in enumerate(zip(background.names, background.kinds, strict=True))
    )


class TableSamples:
    """Every column of a perturbed row is drawn by itself: a bin or category as often as the background has it, then a
    number within the bin; or a normal number where columns are not cut into bins.

    Parameters
    ----------
    background : rows of the kind that the model is asked about.
    columns : how each column is read.
    weights : (rows,) how much each row of the background counts; None counts all alike.
    samples : how many, the row itself included.
    around_row : centre normal numbers on the row, not on the background's mean; only then do rows differ in theirs.
    """

    def __init__(
        self,
        background: Table,
        columns: tuple[Column, ...],
        weights: Floats | None,
        *,
        samples: int,
        seed: int,
        around_row: bool,
    ) -> None:
        rng = generator(seed, "LIME", "table")
        draws = rng.choice(len(background), size=(samples - 1, len(columns)), p=weights)
        self.columns = columns
        self.codes: Floats = np.empty((len(columns), len(draws)))
        self.numbers: dict[int, Floats] = {}
        for j, column in enumerate(columns):
            codes = column.codes(background.column(j))[draws[:, j]]
            self.codes[j], numbers = column.drawn(codes, rng)
            if numbers is not None:
                self.numbers[j] = numbers
        self.around_row = around_row
        self._picked = background.gathered(draws)
        self._binary = np.array([column.binary for column in columns])
        #: of normal numbers around the row, which are the same steps from every row
        self._shared: LocalRidge | None = None

    @cached_property
    def table(self) -> Table:
        """The perturbed rows that all rows share."""
        return self._picked.with_numbers(self.numbers) if self.numbers else self._picked

    def table_around(self, codes: Floats) -> Table:
        """The perturbed rows around one row.

        Parameters
        ----------
        codes : (columns,) of the row.
        """
        place, scale, lengths = self._scaled
        own = place + scale * codes[~self._binary]
        numbers = (lengths + np.tile(own, AT_ONCE)).reshape(-1, len(own))[: self.codes.shape[1]]
        if not self._binary.any() and self._picked.backend == "numpy":
            return Table(numbers, self._picked.names, self._picked.named, "numpy", fresh=True)
        return self._picked.with_numbers(dict(zip(np.flatnonzero(~self._binary).tolist(), numbers.T, strict=True)))

    @cached_property
    def _scaled(self) -> tuple[Floats, Floats, Floats]:
        """Of the columns of numbers mean and deviation, and their steps in the columns' own units, (samples, columns),
        so many samples a line; long lines are quicker to add to."""
        scaled = [column for column in self.columns if isinstance(column, Scaled)]
        place, scale = (np.array([getattr(column, name) for column in scaled]) for name in ("mean", "deviation"))
        lengths = self.codes[~self._binary].T * scale
        missing = -len(lengths) % AT_ONCE
        return place, scale, np.pad(lengths, ((0, missing), (0, 0))).reshape(-1, AT_ONCE * len(scaled))

    def own(self, codes: Floats) -> Floats:
        """(columns,) interpretable form of a row: 1 of what is its own bin or category, else its code."""
        return np.where(self._binary, 1.0, codes)

    def ridge(self, codes: Floats, metric: str, width: float) -> LocalRidge:
        """The perturbed rows as one row sees them, the row itself first.

        Parameters
        ----------
        codes : (columns,) of the row.
        """
        if not (self.around_row and metric == "euclidean" and not self._binary.any()):
            return self._ridge(codes, metric, width)
        if self._shared is None:
            self._shared = self._ridge(codes, metric, width)
        return self._shared

    def _ridge(self, codes: Floats, metric: str, width: float) -> LocalRidge:
        own, count = codes[:, np.newaxis], self.codes.shape[1] + 1
        steps = np.zeros((len(self.columns), count))
        np.subtract(self.codes == own, 1.0, out=steps[:, 1:])
        if not self._binary.all():
            scaled = ~self._binary
            steps[scaled, 1:] = self.codes[scaled] if self.around_row else self.codes[scaled] - own[scaled]
        draws = np.ones(count)
        draws[0] = 0.0
        return LocalRidge(steps, exponential_kernel(distances(steps, self.own(codes), metric), width), draws)
