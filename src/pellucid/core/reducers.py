"""Any number of explanations in one small summary; summaries of parts can be merged."""

from __future__ import annotations

import copy
from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.core.errors import ArgumentTypeError, InputError, ParameterError
from pellucid.core.importance import Importance
from pellucid.core.matching import matched
from pellucid.core.merging import merge_receipts, of_any_length
from pellucid.core.params import OneOf, Whole, check_settings
from pellucid.core.receipt import Receipt
from pellucid.core.sinks import Sink
from pellucid.core.tables import Table

__all__ = ["MeanAbsolute", "Reducer", "TopK", "labels"]

State = TypeVar("State")


class Reducer(Sink, Generic[State]):
    """Base of all reducers: a summary of a chunk, and how two summaries become one.

    ``combine`` must be associative, so that chunks may be summed up by different workers; a state is never changed in
    place, so that an interrupted stream leaves the summary of all finished chunks.
    """

    def __init__(self) -> None:
        self._state: State | None = None
        self._receipt: Receipt | None = None

    @abstractmethod
    def summarise(self, attribution: Attribution) -> State:
        """Summary of one chunk."""

    @abstractmethod
    def combine(self, first: State, second: State) -> State:
        """Summary of both; the second's rows come after the first's."""

    @abstractmethod
    def result(self) -> Any:
        """What was asked for."""

    def add(self, attribution: Attribution) -> None:
        """Take in one more chunk.

        Raises
        ------
        ParameterError : it has other features, or comes from another method or model.
        """
        self._take(self.summarise(attribution), of_any_length(attribution.receipt))

    def merge(self, other: Self) -> Self:
        """A reducer that has seen all that the two have seen; both stay as they are.

        Raises
        ------
        ArgumentTypeError, ParameterError : the other is of another kind, or has other settings, features or models.
        """
        if type(other) is not type(self):
            raise ArgumentTypeError(
                f"merge: a {type(self).__name__} merges with its like, got {type(other).__name__}; "
                f"use one kind of reducer in all workers."
            )
        self._check_settings(other)
        both = copy.copy(self)
        if other._state is not None:
            both._take(other._state, other.receipt)
        return both

    @property
    def state(self) -> State:
        """The summary so far.

        Raises
        ------
        InputError : nothing was added yet.
        """
        if self._state is None:
            raise InputError(f"{type(self).__name__} has seen no rows yet; stream some rows into it first.")
        return self._state

    @property
    def receipt(self) -> Receipt:
        """The receipts of all chunks as one.

        Raises
        ------
        InputError : nothing was added yet.
        """
        if self._receipt is None:
            raise InputError(f"{type(self).__name__} has seen no rows yet; stream some rows into it first.")
        return self._receipt

    def write(self, number: int, start: int, rows: Table, explained: Attribution) -> None:
        """Take in one more chunk."""
        self.add(explained)

    def end(self, chunks: int) -> Self:
        """The reducer itself."""
        return self

    def _take(self, state: State, receipt: Receipt) -> None:
        if self._state is not None and self._receipt is not None:
            state, receipt = self.combine(self._state, state), merge_receipts(self._receipt, receipt)
        self._state, self._receipt = state, receipt

    def _check_settings(self, other: Self) -> None:
        """Raise where two reducers of one kind were asked for different things."""


@dataclass(frozen=True, eq=False)
class Spread:
    """How many values, their mean, and the sum of squared distances from it."""

    names: tuple[str, ...]
    count: int
    mean: NDArray[np.float64]
    squares: NDArray[np.float64]


class MeanAbsolute(Reducer[Spread]):
    """Mean |value| of each feature over all rows, with its standard error.

    ``I_j = Σ_i |φ_ij| / n``, standard error ``s_j / √n`` of the sample of rows (nan for a single row).

    Source
    ------
    Chan, Golub & LeVeque (1983), "Algorithms for computing the sample variance", The American Statistician 37, 242–247,
    equation 2.1: the variance of two parts together.
    """

    def summarise(self, attribution: Attribution) -> Spread:
        names, values = labels(attribution)
        sizes = np.abs(values)
        mean = sizes.mean(axis=0)
        return Spread(names, len(sizes), mean, ((sizes - mean) ** 2).sum(axis=0))

    def combine(self, first: Spread, second: Spread) -> Spread:
        same_features(first.names, second.names)
        n = first.count + second.count
        apart = second.mean - first.mean
        mean = first.mean + apart * (second.count / n)
        squares = first.squares + second.squares + apart**2 * (first.count * second.count / n)
        return Spread(first.names, n, mean, squares)

    def result(self) -> Importance:
        """The importances of all rows added."""
        n = self.state.count
        variance = self.state.squares / (n - 1) if n > 1 else np.full(self.state.mean.shape, np.nan)
        return Importance(self.receipt, self.state.mean, np.sqrt(variance / n), self.state.names)


@dataclass(frozen=True, eq=False)
class Kept:
    """Rows kept so far, the best first: their numbers in the source, their scores, and how many rows were seen."""

    explained: Attribution
    numbers: NDArray[np.intp]
    scores: NDArray[np.float64]
    seen: int


class TopK(Reducer[Kept]):
    """The k rows that stand out, with their explanations.

    Parameters
    ----------
    k : how many rows.
    by : ``"prediction"`` keeps the rows with the largest base + Σ values, ``"size"`` those with the largest Σ |values|;
        of several targets the largest counts. Rows that tie are kept in the order of the source.
    """

    def __init__(self, k: int, *, by: str = "prediction") -> None:
        super().__init__()
        check_settings("TopK", {"k": Whole(1), "by": OneOf(("prediction", "size"))}, {"k": k, "by": by})
        self.k = k
        self.by = by

    @property
    def rows(self) -> NDArray[np.intp]:
        """Numbers of the kept rows in the source, the best first."""
        return self.state.numbers

    def summarise(self, attribution: Attribution) -> Kept:
        sizes = np.abs(labels(attribution)[1]).sum(axis=1)
        scores = (attribution.predictions if self.by == "prediction" else sizes).max(axis=1)
        return self._best(Kept(attribution, np.arange(len(scores)), scores, len(scores)))

    def combine(self, first: Kept, second: Kept) -> Kept:
        same_features(first.explained.feature_names, second.explained.feature_names)
        return self._best(
            Kept(
                _stacked(first.explained, second.explained),
                np.concatenate([first.numbers, second.numbers + first.seen]),
                np.concatenate([first.scores, second.scores]),
                first.seen + second.seen,
            )
        )

    def result(self) -> Attribution:
        """The explanations of the kept rows, the best first."""
        kept = self.state.explained
        what = "prediction" if self.by == "prediction" else "Σ |values|"
        note = f"the {len(kept):,} of {self.state.seen:,} rows with the largest {what}"
        receipt = replace(
            self.receipt,
            rows=len(kept),
            target=kept.receipt.target,
            data_fingerprint=self.receipt.data_fingerprint if kept.data is None else kept.data.fingerprint(),
            notes=(*self.receipt.notes, note),
        )
        return replace(kept, receipt=receipt)

    def _best(self, kept: Kept) -> Kept:
        order = np.lexsort((kept.numbers, -kept.scores))[: self.k]
        return Kept(kept.explained[order], kept.numbers[order], kept.scores[order], kept.seen)

    def _check_settings(self, other: TopK) -> None:
        if (self.k, self.by) != (other.k, other.by):
            raise ParameterError(
                f"merge: one TopK keeps {self.k} rows by {self.by} and the other {other.k} by {other.by}; "
                f"use the same settings in all workers."
            )


def labels(attribution: Attribution) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Names of the inputs, and values as (rows, inputs, targets)."""
    values = attribution.values.reshape(len(attribution), -1, attribution.values.shape[-1])
    names = attribution.feature_names
    return names if len(names) == values.shape[1] else tuple(f"x{j}" for j in range(values.shape[1])), values


def same_features(first: tuple[str, ...], second: tuple[str, ...]) -> None:
    """Raise ParameterError when two summaries are about different features."""
    if first != second:
        raise ParameterError(
            f"summaries of different features cannot be merged: {len(first)} features ending in {first[-1:]} and "
            f"{len(second)} ending in {second[-1:]}; stream rows with the same columns."
        )


def _stacked(first: Attribution, second: Attribution) -> Attribution:
    target = dict(first.receipt.target)
    if "chosen" in target:
        target["chosen"] = [*target["chosen"], *second.receipt.target["chosen"]]  # type: ignore[misc]
    return replace(
        first,
        receipt=replace(first.receipt, target=target),
        values=np.concatenate([first.values, second.values]),
        base=_below(first.base, second.base),
        stderr=_below(first.stderr, second.stderr),
        data=None if first.data is None or second.data is None else Table.joined(*matched(first.data, second.data)),
    )


def _below(first: NDArray[np.float64] | None, second: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
    return None if first is None or second is None else np.concatenate([first, second])
