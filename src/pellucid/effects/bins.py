"""A column in bins: each row in one of a few intervals, at a category, or where the missing value stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect_axis import Axis, levels
from pellucid.core.errors import InputError, ParameterError
from pellucid.core.tables import Table
from pellucid.effects.grid import missing_cells
from pellucid.effects.ladders import frequent

__all__ = ["SPACINGS", "Binning", "Bins", "Edges"]

Floats = NDArray[np.float64]
SPACINGS = ("quantile", "equal")


@dataclass(frozen=True)
class Edges:
    """The constraint of an ``edges`` setting: features with the ends of their bins."""

    words: str = "a mapping from features to two or more ends of bins, such as {'age': [18, 30, 65]}"

    def allows(self, value: object) -> bool:
        return isinstance(value, Mapping) and all(
            isinstance(name, str | int)
            and isinstance(ends, Sequence | np.ndarray)
            and not isinstance(ends, str)
            and len(set(ends)) > 1
            for name, ends in value.items()
        )


@dataclass(frozen=True, eq=False)
class Bins:
    """Where each row stands.

    Parameters
    ----------
    axis : the bins as places, the missing value last.
    place : (rows,) rows of rare categories stand together.
    """

    axis: Axis
    place: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Binning:
    """How columns are put in bins.

    Numbers and dates with more than ``count`` different values stand in intervals ``[e_k, e_{k+1})``, the last one
    closed; the ends ``e`` are quantiles (linear between two values, each row counting once), or evenly spaced. With
    fewer values each is a bin of its own. Values outside ends that were given have bins of their own.

    Parameters
    ----------
    count : bins of numbers and dates, at most.
    spacing : ``"quantile"`` or ``"equal"``.
    edges : column → ends of its bins.
    most : categories at most, the most frequent; the others stand together.
    """

    count: int
    spacing: str
    edges: Mapping[int, Sequence[Any]]
    most: int

    def bins(self, table: Table, j: int, shares: Floats) -> Bins:
        """Where the rows of column j stand.

        Raises
        ------
        InputError : infinite values.
        ParameterError : ends of bins for categories, or that are none.
        """
        values, kind, name = table.column(j), table.kinds[j], table.names[j]
        gone, others = missing_cells(values, kind), 0
        if kind in ("category", "boolean"):
            if j in self.edges:
                raise ParameterError(f"edges: {name!r} holds categories, which have no ends of bins; leave it out.")
            found = frequent(values, shares, self.most)
            others = len(set(values[~gone].tolist())) - len(found)
            at, how = levels([bool(level) for level in found] if kind == "boolean" else found), "levels"
        else:
            if kind == "number" and np.isinf(values.astype(np.float64)).any():
                raise InputError(f"column {name!r} holds infinite values; replace them or make them missing.")
            at, how = self._at(values[~gone], self.edges.get(j), name)
        places = len(at) + (how == "steps") + (others > 0) + bool(gone.any())
        axis = Axis(name, how, at, bool(gone.any()), np.zeros(places), others)
        place = axis.find(values)
        place = np.where(place < 0, len(at), place)
        share = np.bincount(place, shares, minlength=axis.places).astype(np.float64)
        return Bins(replace(axis, share=share), place)

    def _at(self, present: NDArray[Any], given: Sequence[Any] | None, name: str) -> tuple[NDArray[Any], str]:
        """Places of an axis, and their kind."""
        dates = present.dtype.kind == "M"
        numbers = _as_numbers(present)
        if given is not None:
            ends = _given(given, dates, name)
            below, above = (numbers < ends[0]).any(), (numbers > ends[-1]).any()
            starts = _before(ends[:-1] if below else ends[1:-1], dates)
            cuts = np.append(starts, ends[-1]) if above else starts
            return _as_values(cuts, dates), "steps"
        distinct = np.unique(numbers)
        if len(distinct) <= self.count:
            return _as_values(distinct, dates), "points"
        if self.spacing == "equal":
            ends = np.linspace(distinct[0], distinct[-1], self.count + 1)
        else:
            ends = np.unique(np.percentile(numbers, np.linspace(0, 100, self.count + 1)))
        return _as_values(_before(ends[1:-1], dates), dates), "steps"


def _given(ends: Sequence[Any], dates: bool, name: str) -> Floats:
    try:
        numbers = np.unique(_as_numbers(np.asarray(ends, dtype="datetime64[us]" if dates else np.float64)))
    except (TypeError, ValueError) as error:
        kind = "dates" if dates else "numbers"
        raise ParameterError(f"edges: the ends of bins of {name!r} must be {kind}, got {list(ends)!r}.") from error
    if not np.isfinite(numbers).all():
        raise ParameterError(f"edges: the ends of bins of {name!r} must be finite, got {list(ends)!r}.")
    return numbers


def _before(ends: Floats, dates: bool) -> Floats:
    """The last number before each end: pieces of an axis are closed on the right and bins on the left."""
    return np.ceil(ends) - 1 if dates else np.nextafter(ends, -np.inf)


def _as_numbers(values: NDArray[Any]) -> Floats:
    if values.dtype.kind == "M":
        return values.astype("datetime64[us]").astype(np.int64).astype(np.float64)
    return values.astype(np.float64)


def _as_values(numbers: Floats, dates: bool) -> NDArray[Any]:
    return numbers.astype(np.int64).astype("datetime64[us]") if dates else numbers
