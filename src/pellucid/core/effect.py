"""Effects: how the prediction moves when an input moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.curve import PARTS, Curve, lines, spread
from pellucid.core.effect_axis import pack_axis, unpack_axis
from pellucid.core.errors import ColumnsError, ParameterError
from pellucid.core.explanation import Explanation, check_shape
from pellucid.core.importance import Importance
from pellucid.core.key_figure import KeyFigure, pack_figures, unpack_figures
from pellucid.core.receipt import Receipt
from pellucid.core.selection import receipt_of_target, target_number
from pellucid.core.storage import Arrays

__all__ = ["Curve", "Effect"]

Floats = NDArray[np.float64]
Feature = str | tuple[str, ...]


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
        sizes = np.array([spread(curve) for curve in self.curves]).reshape(len(self), len(self.target_names))
        names = tuple(" × ".join(names) for names in self.names)
        return Importance(self.receipt, values=sizes, stderr=np.full(sizes.shape, np.nan), feature_names=names)

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One line a place, row and target: ``feature``, ``above`` and ``up to`` or ``value``, ``share``, ``effect``.

        Surfaces have these once for each of the two features; curves of single rows a column ``row``, others ``low``
        and ``high`` where they have a band, and ``rows`` where rows were counted.
        """
        parts = [lines(curve, self.target_names) for curve in self.curves]
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
            arrays |= {f"{name}.{c}": part for name, part in curve.parts().items()}
            described.append([pack_axis(axis, f"{c}.{a}", arrays) for a, axis in enumerate(curve.axes)])
        return {"curves": described, "drawn": self.drawn, "figures": pack_figures(self.figures)}, arrays

    @classmethod
    def unpack(cls, receipt: Receipt, meta: Mapping[str, Any], arrays: Arrays) -> Effect:
        curves = [
            Curve(
                tuple(unpack_axis(axis, f"{c}.{a}", arrays) for a, axis in enumerate(axes)),
                arrays[f"values.{c}"],
                *(arrays.get(f"{name}.{c}") for name in (*PARTS, "counts", "points")),
            )
            for c, axes in enumerate(meta["curves"])
        ]
        return cls(receipt, tuple(curves), meta.get("drawn", "partial_dependence"), unpack_figures(meta))


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
