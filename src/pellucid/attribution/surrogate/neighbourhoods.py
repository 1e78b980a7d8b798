"""Perturbed rows around each row, with what the model says of them: of tables, or of parts that a masker knows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.surrogate.coalition_samples import CoalitionSamples, draw_coalitions
from pellucid.attribution.surrogate.local_ridge import LocalRidge
from pellucid.attribution.surrogate.table_samples import TableSamples, read_columns
from pellucid.core.batching import Game
from pellucid.core.errors import ParameterError
from pellucid.core.images import Images
from pellucid.core.inputs import Inputs
from pellucid.core.masker import Masker
from pellucid.core.matching import matched
from pellucid.core.model import Model
from pellucid.core.tables import Table
from pellucid.core.target import Target
from pellucid.core.texts import Texts
from pellucid.maskers.background import Background

__all__ = ["Neighbourhood", "Neighbourhoods", "Sampling", "neighbourhoods"]

SAMPLES = 5_000
IMAGE_SAMPLES = 1_000
BATCH = 16_384
IMAGE_BATCH = 64
#: perturbed images of so many bytes stay in the processor's cache between being made and being looked at; but fewer
#: than so many at once keep a network waiting
IMAGE_BYTES, FEWEST_IMAGES = 4 * 2**20, 16
COSINE_WIDTH = 0.25
EUCLIDEAN_WIDTH = 0.75
#: rows that the model is asked about before their surrogates are fitted, so that a design they share stays in the cache
AT_ONCE = 16

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sampling:
    """How perturbed rows are drawn and weighed: the settings of LIME of these names."""

    samples: int | None
    kernel_width: float | None
    distance: str | None
    discretize: str | None
    categorical: tuple[str | int, ...]
    sample_around_instance: bool
    seed: int
    batch_size: int | None

    def metric(self, rows: Inputs) -> str:
        return self.distance or ("euclidean" if isinstance(rows, Table) else "cosine")

    def width(self, rows: Inputs, features: int) -> float:
        if self.kernel_width is not None:
            return self.kernel_width
        return EUCLIDEAN_WIDTH * features**0.5 if self.metric(rows) == "euclidean" else COSINE_WIDTH

    def count(self, rows: Inputs) -> int:
        return self.samples or (IMAGE_SAMPLES if isinstance(rows, Images) else SAMPLES)

    def batch(self, rows: Inputs) -> int:
        if self.batch_size is not None:
            return self.batch_size
        if not isinstance(rows, Images):
            return BATCH
        return min(IMAGE_BATCH, max(FEWEST_IMAGES, IMAGE_BYTES // int(rows.native[0].nbytes)))


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """One row and its perturbed rows.

    Parameters
    ----------
    own : (features,) the row's interpretable form.
    answers : (samples, targets) what the model says of each.
    """

    ridge: LocalRidge
    own: Floats
    answers: Floats


class Neighbourhoods(ABC):
    """The neighbourhoods of some rows, made one after another; ``evaluations`` counts what the model was asked."""

    evaluations = 0

    @abstractmethod
    def conditions(self) -> list[tuple[str, ...]]:
        """What each feature of each row is about."""

    @abstractmethod
    def __call__(self, target: Target) -> Iterator[Neighbourhood]:
        """One neighbourhood a row."""


def neighbourhoods(model: Model, masker: Masker, inputs: Inputs, sampling: Sampling) -> Neighbourhoods:
    """The neighbourhoods of rows as the masker read them.

    Raises
    ------
    ParameterError : ``categorical`` or ``sample_around_instance`` where there are no columns of numbers to draw.
    InputError, ColumnsError : rows and background do not fit each other.
    """
    if type(masker) is Background and isinstance(inputs, Table):
        return _OfTables(model, masker, inputs, sampling)
    for name in ("categorical", "sample_around_instance"):
        if getattr(sampling, name):
            raise ParameterError(
                f"LIME: {name} is about columns that are drawn from background rows, and {type(masker).__name__} has "
                f"none; leave it out."
            )
    return _OfParts(model, masker, inputs, sampling)


class _OfTables(Neighbourhoods):
    """Columns drawn from the background; the same for all rows unless they are drawn around each."""

    def __init__(self, model: Model, masker: Background, rows: Table, sampling: Sampling) -> None:
        self.model, self.sampling = model, sampling
        self.rows, background = matched(rows, masker.table)
        categorical = frozenset(_column(background, which) for which in sampling.categorical)
        self.columns = read_columns(background, masker.weights, categorical, sampling.discretize)
        self.background, self.weights = background, masker.weights
        self.codes = np.stack([column.codes(self.rows.column(j)) for j, column in enumerate(self.columns)], axis=1)

    def conditions(self) -> list[tuple[str, ...]]:
        return [
            tuple(column.condition(code) for column, code in zip(self.columns, codes, strict=True))
            for codes in self.codes
        ]

    def __call__(self, target: Target) -> Iterator[Neighbourhood]:
        sampling, rows = self.sampling, self.rows
        around = sampling.sample_around_instance and not all(column.binary for column in self.columns)
        samples = TableSamples(
            self.background,
            self.columns,
            self.weights,
            samples=sampling.count(rows),
            seed=sampling.seed,
            around_row=around,
        )
        metric, width = sampling.metric(rows), sampling.width(rows, len(self.columns))
        own = self._predict(rows)
        shared = None if around else self._predict(samples.table)
        for start in range(0, len(rows), AT_ONCE):
            block = range(start, min(start + AT_ONCE, len(rows)))
            answers = [self._answers(target, samples, row, own[row : row + 1], shared) for row in block]
            for row, answer in zip(block, answers, strict=True):
                codes = self.codes[row]
                yield Neighbourhood(samples.ridge(codes, metric, width), samples.own(codes), answer)

    def _answers(self, target: Target, samples: TableSamples, row: int, own: Floats, shared: Floats | None) -> Floats:
        """(samples, targets) of one row, itself first."""
        others = self._predict(samples.table_around(self.codes[row])) if shared is None else shared
        outputs = np.concatenate([own, others])
        return target.select(outputs, np.full(len(outputs), row))

    def _predict(self, table: Table) -> Floats:
        size = self.sampling.batch(table)
        self.evaluations += len(table)
        if len(table) <= size:
            return self.model.predict(table)
        parts = [self.model.predict(table.rows(slice(start, start + size))) for start in range(0, len(table), size)]
        return np.concatenate(parts)


class _OfParts(Neighbourhoods):
    """Coalitions of a masker's players; the same for all rows that have as many."""

    def __init__(self, model: Model, masker: Masker, rows: Any, sampling: Sampling) -> None:
        self.model, self.masker, self.rows, self.sampling = model, masker, rows, sampling
        self._drawn: dict[int, CoalitionSamples] = {}

    def conditions(self) -> list[tuple[str, ...]]:
        return [self.masker.players(self._row(row)) for row in range(len(self.rows))]

    def __call__(self, target: Target) -> Iterator[Neighbourhood]:
        for row in range(len(self.rows)):
            only = target.rows(slice(row, row + 1))
            game = Game(self.model, self.masker, self._row(row), only, batch_size=self.sampling.batch(self.rows))
            samples = self._samples(len(game.players))
            answers = game.worth(np.arange(1), samples.coalitions)[0]
            self.evaluations += game.evaluations
            yield Neighbourhood(samples.ridge, np.ones(len(game.players)), answers)

    def _row(self, row: int) -> Any:
        return self.rows.rows(slice(row, row + 1))

    def _samples(self, players: int) -> CoalitionSamples:
        if players not in self._drawn:
            self._drawn[players] = draw_coalitions(
                players,
                self.sampling.count(self.rows),
                evenly_sized=isinstance(self.rows, Texts),
                seed=self.sampling.seed,
                metric=self.sampling.metric(self.rows),
                width=self.sampling.width(self.rows, players),
            )
        return self._drawn[players]


def _column(table: Table, which: str | int) -> int:
    if isinstance(which, str):
        return table.position(which)
    if not -len(table.names) <= which < len(table.names):
        raise ParameterError(f"categorical: there is no column {which}; the table has {len(table.names)}.")
    return int(which) % len(table.names)
