"""Quantiles of any number of values, from a histogram whose bins are a fixed part of their value wide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.core.errors import ParameterError
from pellucid.core.receipt import Receipt
from pellucid.core.reducers import Reducer, labels, same_features
from pellucid.core.tables import make_frame

__all__ = ["QuantileTable", "Quantiles"]

#: a bin holds the numbers with the same sign, exponent and first 8 bits of the mantissa
DROPPED = 52 - 8
ERROR = 2.0**-9


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts of each feature and target's values.

    Parameters
    ----------
    names : of the features.
    shape : (features, targets).
    bins, counts : for each feature and target, the bins that hold something, in ascending order, and how much.
    lowest, highest : (features × targets,) exact extremes.
    """

    names: tuple[str, ...]
    shape: tuple[int, int]
    bins: tuple[NDArray[np.int64], ...]
    counts: tuple[NDArray[np.int64], ...]
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class QuantileTable:
    """Quantiles of each feature's values.

    Parameters
    ----------
    values : (quantiles, features, targets), in ``receipt.unit``.
    q : (quantiles,) which ones.
    feature_names, target_names : along the last two axes.
    error : the most by which a quantile may be off, as a part of it.
    receipt : of all the rows.
    """

    values: NDArray[np.float64]
    q: tuple[float, ...]
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]
    error: float
    receipt: Receipt

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """``feature``, ``target`` and one column a quantile; one line a feature and target."""
        f, t = len(self.feature_names), len(self.target_names)
        return {
            "feature": np.repeat(np.array(self.feature_names, dtype=object), t),
            "target": np.array(list(self.target_names) * f, dtype=object),
            **{f"{q:g}": values.ravel() for q, values in zip(self.q, self.values, strict=True)},
        }

    def to_frame(self, backend: str | None = None) -> Any:
        """A pandas, polars or pyarrow frame of :meth:`columns`; None takes the first that is installed."""
        return make_frame(self.columns(), backend)


class Quantiles(Reducer[Histogram]):
    """Quantiles of each feature's values over all rows.

    The q-quantile is the smallest value that at least ``q·n`` of the n values do not exceed. Values are counted in bins
    2⁻⁸ of their size wide; counts are whole numbers, so merging is exact in any order. A quantile is the middle of its
    bin, at most 2⁻⁹ (0.2 %) of itself off; 0 and 1, the extremes, are exact.

    Parameters
    ----------
    q : numbers from 0 to 1.

    Raises
    ------
    ParameterError : not such numbers.

    Source
    ------
    Masson, Rim & Lee (2019), "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees",
    PVLDB 12(12), 2195–2205.

    Deviations
    ----------
    The bins are those of the floating-point format (linear within a power of two) rather than logarithmic, and none are
    ever joined.
    """

    def __init__(self, q: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95)) -> None:
        super().__init__()
        given = np.atleast_1d(np.asarray(q, dtype=np.float64))
        if given.ndim != 1 or not len(given) or not ((given >= 0) & (given <= 1)).all():
            raise ParameterError(f"Quantiles: q must be numbers from 0 to 1, got {q!r}.")
        self.q = tuple(given.tolist())

    def summarise(self, attribution: Attribution) -> Histogram:
        names, values = labels(attribution)
        columns = values.reshape(len(values), -1)
        counted = [_counted(_bin_of(column)) for column in columns.T]
        return Histogram(
            names,
            (values.shape[1], values.shape[2]),
            tuple(bins for bins, _ in counted),
            tuple(counts for _, counts in counted),
            columns.min(axis=0),
            columns.max(axis=0),
        )

    def combine(self, first: Histogram, second: Histogram) -> Histogram:
        same_features(first.names, second.names)
        merged = [_merged(*parts) for parts in zip(first.bins, first.counts, second.bins, second.counts, strict=True)]
        return Histogram(
            first.names,
            first.shape,
            tuple(bins for bins, _ in merged),
            tuple(counts for _, counts in merged),
            np.minimum(first.lowest, second.lowest),
            np.maximum(first.highest, second.highest),
        )

    def result(self) -> QuantileTable:
        """The quantiles of all rows added."""
        state = self.state
        found = np.stack(
            [_quantiles(bins, counts, self.q) for bins, counts in zip(state.bins, state.counts, strict=True)], axis=1
        )
        for extreme, exact in ((0.0, state.lowest), (1.0, state.highest)):
            found[[i for i, q in enumerate(self.q) if q == extreme]] = exact
        values = np.clip(found, state.lowest, state.highest).reshape(-1, *state.shape)
        targets: tuple[str, ...] = tuple(self.receipt.target["names"])  # type: ignore[arg-type]
        return QuantileTable(values, self.q, state.names, targets, ERROR, self.receipt)

    def _check_settings(self, other: Quantiles) -> None:
        if self.q != other.q:
            raise ParameterError(
                f"merge: one Quantiles is of {self.q} and the other of {other.q}; use the same q in all workers."
            )


def _bin_of(values: NDArray[np.float64]) -> NDArray[np.int64]:
    sizes = np.abs(values).view(np.int64) >> DROPPED
    return np.where(values < 0, -sizes, sizes)


def _counted(bins: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    lowest = bins.min()
    counts = np.bincount(bins - lowest)
    held = np.flatnonzero(counts)
    return held + lowest, counts[held]


def _merged(
    bins: NDArray[np.int64], counts: NDArray[np.int64], more: NDArray[np.int64], other: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    every, which = np.unique(np.concatenate([bins, more]), return_inverse=True)
    total = np.zeros(len(every), dtype=np.int64)
    np.add.at(total, which, np.concatenate([counts, other]))
    return every, total


def _quantiles(bins: NDArray[np.int64], counts: NDArray[np.int64], q: Sequence[float]) -> NDArray[np.float64]:
    upto = np.cumsum(counts)
    wanted = np.maximum(1, np.ceil(np.asarray(q) * upto[-1]))
    found = bins[np.searchsorted(upto, wanted)]
    size = np.abs(found)
    low, high = ((size + step) << DROPPED for step in (0, 1))
    middle = (low.view(np.float64) + high.view(np.float64)) / 2
    return np.where(found == 0, 0.0, np.sign(found) * middle)
