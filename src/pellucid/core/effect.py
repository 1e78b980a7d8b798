"""Effects: how the prediction moves when an input moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect_axis import Axis, pack_axis, unpack_axis
from pellucid.core.errors import ColumnsError, ParameterError
from pellucid.core.explanation import Explanation, as_float, check_shape
from pellucid.core.importance import Importance
from pellucid.core.key_figure import KeyFigure, pack_figures, unpack_figures
from pellucid.core.receipt import Receipt
from pellucid.core.selection import receipt_of_target, target_number
from pellucid.core.storage import Arrays

__all__ = ["Curve", "Effect"]

Floats = NDArray[np.float64]
Feature = str | tuple[str, ...]

#: what a curve may have beside its values
_PARTS = ("rows", "low", "high")


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
        for name, shape in zip(_PARTS, ((None, *self.values.shape), self.values.shape, self.values.shape), strict=True):
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
        parts = {name: getattr(self, name) for name in ("values", *_PARTS)}
        chosen: dict[str, Any] = {name: part if part is None else part[..., [number]] for name, part in parts.items()}
        return replace(self, **chosen)

    def _parts(self) -> dict[str, Floats]:
        """What there is beside the values, by name."""
        names = (*_PARTS, "counts", "points")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    def at(self, *values: Any) -> Floats:
        """(n, targets) the effect at given values of each feature, nan for a category that was not looked at."""
        if len(values) != len(self.axes):
            raise ParameterError(f"at: {' × '.join(self.names)} needs {len(self.axes)} arrays, got {len(values)}.")
        places = [axis.find(column) for axis, column in zip(self.axes, values, strict=True)]
        found = self.values[tuple(places)]
        return np.where(np.stack(places).min(axis=0)[:, np.newaxis] < 0, np.nan, found)


@dataclass(frozen=True, eq=False, repr=False)
class Effect(Explanation):
    """Curves over features and surfaces over pairs of them, in ``receipt.unit``.

    Parameters
    ----------
    curves : one a feature or pair that was asked for.
    drawn : name of the plot that shows it.
    figures : numbers that sum it up, where its method has any.

    Examples
    --------
    ``effect["age"]`` is one feature's curve alone, ``effect["age", "income"]`` the surface of a pair,
    ``effect.at("age", [30, 40])`` its values, ``effect.target("fraud")`` one target.
    """

    curves: tuple[Curve, ...]
    drawn: str = "partial_dependence"
    figures: tuple[KeyFigure, ...] = ()

    def __post_init__(self) -> None:
        targets = len(self.target_names)
        for curve in self.curves:
            check_shape("Effect", "values", curve.values, (*curve.values.shape[:-1], targets))

    def __len__(self) -> int:
        return len(self.curves)

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """The features of each curve or surface."""
        return tuple(curve.names for curve in self.curves)

    def __getitem__(self, features: Feature | Sequence[Feature]) -> Effect:
        """Some of the curves: a name, a pair as a tuple, or a list of these."""
        asked = features if isinstance(features, list) else [features]
        return replace(self, curves=tuple(self.curve(name) for name in asked))  # type: ignore[arg-type]

    def curve(self, feature: Feature) -> Curve:
        """The curve of a feature, or the surface of a pair in the order it was asked for.

        Raises
        ------
        ColumnsError : there is none.
        """
        wanted = (feature,) if isinstance(feature, str) else tuple(feature)
        for curve in self.curves:
            if curve.names == wanted:
                return curve
        shown = ", ".join(" × ".join(names) for names in self.names[:8]) + (", …" if len(self) > 8 else "")
        raise ColumnsError(f"there is no effect of {' × '.join(map(str, wanted))}; this one has {shown}.")

    def at(self, feature: Feature, *values: Any) -> Floats:
        """(n, targets) the effect at any values of a feature, or at values of both features of a pair."""
        return self.curve(feature).at(*values)

    def target(self, name: str | int) -> Effect:
        """One target, by name or number; the target axis stays, with length one.

        Raises
        ------
        ParameterError : there is no such target.
        """
        j = target_number(name, self.target_names)
        curves = tuple(curve.target(j) for curve in self.curves)
        return replace(self, receipt=receipt_of_target(self.receipt, j), curves=curves)

    def figure(self, name: str) -> KeyFigure:
        """The key figure of that name.

        Raises
        ------
        ParameterError : there is none.
        """
        for figure in self.figures:
            if figure.name == name:
                return figure
        shown = ", ".join(repr(figure.name) for figure in self.figures) or "none"
        raise ParameterError(f"there is no key figure {name!r}; this effect has {shown}.")

    def importance(self) -> Importance:
        """How much each curve moves: its standard deviation over the background (Greenwell et al. 2018)."""
        sizes = np.array([_spread(curve) for curve in self.curves]).reshape(len(self), len(self.target_names))
        names = tuple(" × ".join(names) for names in self.names)
        return Importance(self.receipt, values=sizes, stderr=np.full(sizes.shape, np.nan), feature_names=names)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One line a place, row and target: ``feature``, ``above`` and ``up to`` or ``value``, ``share``, ``effect``.

        Surfaces have these once for each of the two features; curves of single rows a column ``row``, others ``low``
        and ``high`` where they have a band, and ``rows`` where rows were counted.
        """
        parts = [_lines(curve, self.target_names) for curve in self.curves]
        keys = list(dict.fromkeys(key for part in parts for key in part))
        sizes = [len(part["effect"]) for part in parts]
        filled = [
            [part.get(key, np.full(n, _absent(key), dtype=object)) for part, n in zip(parts, sizes, strict=True)]
            for key in keys
        ]
        return {key: _joined(columns) for key, columns in zip(keys, filled, strict=True)}

    def default_plot(self) -> str:
        return self.drawn

    def pack(self) -> tuple[dict[str, object], Arrays]:
        arrays: Arrays = {}
        described = []
        for c, curve in enumerate(self.curves):
            arrays[f"values.{c}"] = curve.values
            arrays |= {f"{name}.{c}": part for name, part in curve._parts().items()}
            described.append([pack_axis(axis, f"{c}.{a}", arrays) for a, axis in enumerate(curve.axes)])
        return {"curves": described, "drawn": self.drawn, "figures": pack_figures(self.figures)}, arrays

    @classmethod
    def unpack(cls, receipt: Receipt, meta: Mapping[str, Any], arrays: Arrays) -> Effect:
        curves = [
            Curve(
                tuple(unpack_axis(axis, f"{c}.{a}", arrays) for a, axis in enumerate(axes)),
                arrays[f"values.{c}"],
                *(arrays.get(f"{name}.{c}") for name in (*_PARTS, "counts", "points")),
            )
            for c, axes in enumerate(meta["curves"])
        ]
        return cls(receipt, tuple(curves), meta.get("drawn", "partial_dependence"), unpack_figures(meta))


def _spread(curve: Curve) -> Floats:
    share = curve.share[..., np.newaxis]
    over = tuple(range(curve.values.ndim - 1))
    known = np.where(share > 0, curve.values, 0.0)
    mean = (share * known).sum(axis=over)
    return np.asarray(np.sqrt((share * (known - mean) ** 2).sum(axis=over)))


def _lines(curve: Curve, targets: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    values = curve.values[np.newaxis] if curve.rows is None else curve.rows
    n, t = len(values), len(targets)
    places = np.stack([grid.ravel() for grid in np.indices(curve.values.shape[:-1])])
    lines: dict[str, NDArray[Any]] = {}
    for number, (axis, at) in enumerate(zip(curve.axes, places, strict=True)):
        mark = "" if len(curve.axes) == 1 else f" {number + 1}"
        for key, column in axis.columns().items():
            lines[f"{key}{mark}"] = np.tile(np.repeat(column[at], t), n)
    if curve.rows is not None:
        lines["row"] = np.repeat(np.arange(n), places.shape[1] * t)
    lines["target"] = np.array(list(targets) * (n * places.shape[1]), dtype=object)
    lines["effect"] = values.ravel()
    if curve.rows is None and curve.low is not None and curve.high is not None:
        lines |= {"low": curve.low.ravel(), "high": curve.high.ravel()}
    if curve.counts is not None:
        lines["rows"] = np.repeat(curve.counts.ravel(), t)
    return lines


def _absent(key: str) -> Any:
    return None if key.startswith(("feature", "value")) else np.nan


def _joined(columns: list[NDArray[Any]]) -> NDArray[Any]:
    """Numbers stay numbers; where categories are among them, all become text."""
    joined = np.concatenate(columns)
    if joined.dtype != object:
        return joined
    kinds = {type(value) for value in joined.tolist() if value is not None}
    if kinds and kinds <= {int, float, bool}:
        return joined.astype(np.float64)
    return np.array([None if value is None else str(value) for value in joined.tolist()], dtype=object)
