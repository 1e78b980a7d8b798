"""Columns of a table as people read them: in which bin a number lies, which category it is, how far from the mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import InputError

__all__ = ["PERCENTILES", "Column", "read_column"]

PERCENTILES = {"quartile": (25, 50, 75), "decile": tuple(range(10, 100, 10))}

Floats = NDArray[np.float64]


class Column(Protocol):
    """One column, learnt from a background.

    ``binary`` columns are 1 where a perturbed row has the row's own code and 0 elsewhere; the others are their codes.
    """

    @property
    def binary(self) -> bool: ...

    def codes(self, values: NDArray[Any]) -> Floats:
        """(rows,) number of the bin or category, or standard deviations from the mean."""

    def drawn(self, codes: Floats, rng: np.random.Generator) -> tuple[Floats, Floats | None]:
        """Codes of perturbed rows from those of background rows, and their numbers where they are new ones."""

    def condition(self, code: float) -> str:
        """What the code says, in words."""


@dataclass(frozen=True, eq=False)
class Binned:
    """Numbers or dates by bin: bin b holds ``edges[b−1] < x ≤ edges[b]``, and a bin of its own what is missing.

    Parameters
    ----------
    edges : (bins − 1,)
    low, high, mean, deviation : (bins,) of the background's numbers in each bin; bins end at the edges, the outer ones
        at the background's own least and largest.
    shown : writes an edge.
    made : whether new numbers are drawn; dates keep those of the background.
    """

    name: str
    edges: Floats
    low: Floats
    high: Floats
    mean: Floats
    deviation: Floats
    shown: Callable[[float], str]
    made: bool
    binary: bool = True

    def codes(self, values: NDArray[Any]) -> Floats:
        numbers = as_numbers(values)
        bins = np.searchsorted(self.edges, numbers).astype(np.float64)
        return np.where(np.isnan(numbers), len(self.edges) + 1.0, bins)

    def drawn(self, codes: Floats, rng: np.random.Generator) -> tuple[Floats, Floats | None]:
        """A number of a bin is normal with the bin's mean and deviation, cut off at the bin's ends."""
        from scipy.special import ndtr, ndtri

        share = rng.random(len(codes))
        if not self.made:
            return codes, None
        missing = codes > len(self.edges)
        bins = np.where(missing, 0, codes).astype(np.intp)
        low, high, mean, deviation = (part[bins] for part in (self.low, self.high, self.mean, self.deviation))
        scale = np.where(deviation > 0, deviation, 1.0)
        below, above = ndtr((low - mean) / scale), ndtr((high - mean) / scale)
        numbers = mean + deviation * ndtri(below + share * (above - below))
        return codes, np.where(missing, np.nan, np.clip(numbers, low, high))

    def condition(self, code: float) -> str:
        b = int(code)
        if b > len(self.edges):
            return f"{self.name} is missing"
        if b == 0:
            return f"{self.name} ≤ {self.shown(self.edges[0])}"
        lower = self.shown(self.edges[b - 1])
        return (
            f"{self.name} > {lower}" if b == len(self.edges) else f"{lower} < {self.name} ≤ {self.shown(self.edges[b])}"
        )


@dataclass(frozen=True, eq=False)
class Levels:
    """Categories by number; one that the background does not have is −1."""

    name: str
    levels: tuple[Any, ...]
    binary: bool = True

    def codes(self, values: NDArray[Any]) -> Floats:
        numbers = {level: float(number) for number, level in enumerate(self.levels)}
        return np.array([numbers.get(_level(value), -1.0) for value in values.tolist()])

    def drawn(self, codes: Floats, rng: np.random.Generator) -> tuple[Floats, Floats | None]:
        return codes, None

    def condition(self, code: float) -> str:
        if code < 0:
            return f"{self.name} is new"
        level = self.levels[int(code)]
        return f"{self.name} is missing" if level is None else f"{self.name} = {level}"


@dataclass(frozen=True, eq=False)
class Scaled:
    """Numbers in standard deviations from the mean.

    Parameters
    ----------
    mean, deviation : of the background; a deviation of zero counts as one.
    """

    name: str
    mean: float
    deviation: float
    binary: bool = False

    def codes(self, values: NDArray[Any]) -> Floats:
        numbers = as_numbers(values)
        if np.isnan(numbers).any():
            raise InputError(
                f"column {self.name!r} has missing values, which are no number of standard deviations from the mean; "
                f"pass discretize='quartile', for which missing is a bin."
            )
        return np.asarray((numbers - self.mean) / self.deviation)

    def drawn(self, codes: Floats, rng: np.random.Generator) -> tuple[Floats, Floats | None]:
        steps = rng.standard_normal(len(codes))
        return steps, self.numbers(steps)

    def numbers(self, codes: Any) -> Any:
        """The inverse of :meth:`codes`."""
        return self.mean + self.deviation * codes

    def condition(self, code: float) -> str:
        return self.name


def read_column(name: str, kind: str, values: NDArray[Any], weights: Floats | None, discretize: str | None) -> Column:
    """A column as surrogates see it.

    Parameters
    ----------
    kind : ``"number"``, ``"date"``, or ``"category"`` or ``"boolean"``, which have levels.
    values : (rows,) of the background.
    weights : (rows,) of the background; None counts all alike.
    discretize : ``"quartile"`` or ``"decile"``; None leaves numbers as they are.

    Raises
    ------
    InputError : a number is infinite, or missing where columns are not cut into bins.
    """
    if kind not in ("number", "date"):
        found = {_level(value) for value in values.tolist()}
        return Levels(name, tuple(sorted(found, key=lambda level: (level is None, type(level).__name__, level))))
    numbers = as_numbers(values)
    if np.isinf(numbers).any():
        raise InputError(f"background: column {name!r} holds an infinite number; leave those rows out.")
    if discretize is None and kind == "number":
        mean = float(np.average(numbers, weights=weights))
        column = Scaled(name, mean, float(np.sqrt(np.average((numbers - mean) ** 2, weights=weights))) or 1.0)
        column.codes(values)
        return column
    return _binned(name, kind, numbers, weights, PERCENTILES[discretize or "quartile"])


def as_numbers(values: NDArray[Any]) -> Floats:
    """Numbers as float64, dates as microseconds since 1970, missing as NaN."""
    if values.dtype.kind == "M":
        return np.where(np.isnat(values), np.nan, values.astype(np.int64).astype(np.float64))
    return values.astype(np.float64)


def _binned(name: str, kind: str, numbers: Floats, weights: Floats | None, percentiles: tuple[int, ...]) -> Column:
    here = ~np.isnan(numbers)
    if not here.any():
        return Levels(name, (None,))
    numbers, weights = numbers[here], None if weights is None else weights[here]
    edges = np.unique(_percentiles(numbers, weights, percentiles))
    mean, deviation = _moments(numbers, weights, np.searchsorted(edges, numbers), len(edges) + 1)
    ends = (np.array([numbers.min()]), edges, np.array([numbers.max()]))
    return Binned(
        name,
        edges,
        low=np.concatenate(ends[:2]),
        high=np.concatenate(ends[1:]),
        mean=mean,
        deviation=deviation,
        shown=_date if kind == "date" else "{:.4g}".format,
        made=kind == "number",
    )


def _moments(numbers: Floats, weights: Floats | None, bins: NDArray[np.intp], count: int) -> tuple[Floats, Floats]:
    """Mean and standard deviation within each bin, zero in an empty one; of one value exactly it and zero."""
    found = np.zeros((2, count))
    for b in np.unique(bins):
        inside = numbers[bins == b]
        if inside.min() == inside.max():
            found[0, b] = inside[0]
            continue
        shares = None if weights is None else weights[bins == b]
        found[0, b] = mean = np.average(inside, weights=shares)
        found[1, b] = np.sqrt(np.average((inside - mean) ** 2, weights=shares))
    return found[0], found[1]


def _percentiles(numbers: Floats, weights: Floats | None, percentiles: tuple[int, ...]) -> Floats:
    if weights is None:
        return np.asarray(np.percentile(numbers, percentiles))
    return np.asarray(np.percentile(numbers, percentiles, weights=weights, method="inverted_cdf"))


def _level(value: object) -> object:
    return None if value is None or value != value else value  # noqa: PLR0124


def _date(number: float) -> str:
    return str(np.datetime64(int(number), "us").astype("datetime64[s]"))
