"""One curve or surface: values over one or two axes, and what belongs to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect_axis import Axis
from pellucid.core.errors import ParameterError
from pellucid.core.explanation import as_float, check_shape

__all__ = ["PARTS", "Curve", "lines", "spread"]

Floats = NDArray[np.float64]

#: what a curve may have beside its values
PARTS = ("rows", "low", "high")


@dataclass(frozen=True, eq=False)
class Curve:
    """The effect of one feature, or the surface of two.

    Parameters
    ----------
    axes : one or two.
    values : (places of each axis, targets).
    rows : (rows, places, targets) the curves of single rows, whose mean ``values`` is; None where there are none.
    low, high : ends of a confidence band, of the shape of ``values``, both or neither; the receipt's settings say how
        sure it is.
    counts : (places of each axis) rows at each place, where the values are of those rows alone; values of no rows are
        nan.
    points : (n, 3) single rows to draw on a surface: where each stands on either axis (a category by its place, a date
        in microseconds), and its true value, of classes the number of the target; nan where unknown.
    """

    axes: tuple[Axis, ...]
    values: Floats
    rows: Floats | None = None
    low: Floats | None = None
    high: Floats | None = None
    counts: Floats | None = None
    points: Floats | None = None

    def __post_init__(self) -> None:
        places = tuple(axis.places for axis in self.axes)
        object.__setattr__(self, "values", as_float(self.values))
        check_shape("Curve", "values", self.values, (*places, None))
        for name, shape in zip(PARTS, ((None, *self.values.shape), self.values.shape, self.values.shape), strict=True):
            part = getattr(self, name)
            if part is not None:
                object.__setattr__(self, name, as_float(part))
                check_shape("Curve", name, getattr(self, name), shape)
        if (self.low is None) != (self.high is None):
            raise ParameterError("Curve: a band needs both ends, low= and high=.")
        if self.counts is not None:
            object.__setattr__(self, "counts", as_float(self.counts))
            check_shape("Curve", "counts", self.counts, places)
        if self.points is not None:
            object.__setattr__(self, "points", as_float(self.points))
            check_shape("Curve", "points", self.points, (None, 3))

    @property
    def names(self) -> tuple[str, ...]:
        """The features."""
        return tuple(axis.name for axis in self.axes)

    @property
    def share(self) -> Floats:
        """(places of each axis) the background's weight at each place.

        Of two features as if they were independent, but where rows of each pair were counted.
        """
        if len(self.axes) > 1 and self.counts is not None:
            return np.asarray(self.counts / max(self.counts.sum(), 1.0))
        share = self.axes[0].share
        return share if len(self.axes) == 1 else np.asarray(np.multiply.outer(share, self.axes[1].share))

    def target(self, number: int) -> Curve:
        """One target's; the target axis stays."""
        parts = {name: getattr(self, name) for name in ("values", *PARTS)}
        chosen: dict[str, Any] = {name: part if part is None else part[..., [number]] for name, part in parts.items()}
        return replace(self, **chosen)

    def parts(self) -> dict[str, Floats]:
        """What there is beside the values, by name."""
        names = (*PARTS, "counts", "points")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    def at(self, *values: Any) -> Floats:
        """(n, targets) the effect at given values of each feature, nan for a category that was not looked at."""
        if len(values) != len(self.axes):
            raise ParameterError(f"at: {' × '.join(self.names)} needs {len(self.axes)} arrays, got {len(values)}.")
        places = [axis.find(column) for axis, column in zip(self.axes, values, strict=True)]
        found = self.values[tuple(places)]
        return np.where(np.stack(places).min(axis=0)[:, np.newaxis] < 0, np.nan, found)


def spread(curve: Curve) -> Floats:
    """(targets,) standard deviation of the values over the background."""
    share = curve.share[..., np.newaxis]
    over = tuple(range(curve.values.ndim - 1))
    known = np.where(share > 0, curve.values, 0.0)
    mean = (share * known).sum(axis=over)
    return np.asarray(np.sqrt((share * (known - mean) ** 2).sum(axis=over)))


def lines(curve: Curve, targets: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Columns of a frame, one line a place, row and target."""
    values = curve.values[np.newaxis] if curve.rows is None else curve.rows
    n, t = len(values), len(targets)
    places = np.stack([grid.ravel() for grid in np.indices(curve.values.shape[:-1])])
    found: dict[str, NDArray[Any]] = {}
    for number, (axis, at) in enumerate(zip(curve.axes, places, strict=True)):
        mark = "" if len(curve.axes) == 1 else f" {number + 1}"
        for key, column in axis.columns().items():
            found[f"{key}{mark}"] = np.tile(np.repeat(column[at], t), n)
    if curve.rows is not None:
        found["row"] = np.repeat(np.arange(n), places.shape[1] * t)
    found["target"] = np.array(list(targets) * (n * places.shape[1]), dtype=object)
    found["effect"] = values.ravel()
    if curve.rows is None and curve.low is not None and curve.high is not None:
        found |= {"low": curve.low.ravel(), "high": curve.high.ravel()}
    if curve.counts is not None:
        found["rows"] = np.repeat(curve.counts.ravel(), t)
    return found
