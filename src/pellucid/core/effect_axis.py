"""Where a feature is looked at: every piece of a step function, points of a grid, or categories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError
from pellucid.core.explanation import as_float, check_shape
from pellucid.core.storage import Arrays

__all__ = ["Axis", "levels", "pack_axis", "sorting", "unpack_axis"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Axis:
    """Places of one feature.

    Parameters
    ----------
    name : the feature.
    kind : ``"steps"``: pieces of a step function, closed on the right: piece k holds the values above ``at[k − 1]`` up
        to and with ``at[k]``; the first everything up to ``at[0]``, the last everything above ``at[-1]``.
        ``"points"``: single numbers or dates. ``"levels"``: categories.
    at : (edges,), (points,) or (levels,).
    missing : whether one more place, the last, stands for the missing value.
    share : (places,) part of the background's weight at each place.
    others : how many rarer categories stand together at a place of their own after those of ``at``; 0 for none.
    """

    name: str
    kind: str
    at: NDArray[Any]
    missing: bool
    share: Floats
    others: int = 0

    def __post_init__(self) -> None:
        if self.kind not in ("steps", "points", "levels"):
            raise ParameterError(f"Axis: kind must be 'steps', 'points' or 'levels', got {self.kind!r}.")
        if self.others < 0 or (self.others and self.kind != "levels"):
            raise ParameterError(f"Axis: only categories have others, 0 or more, got {self.others} of {self.kind!r}.")
        object.__setattr__(self, "share", as_float(self.share))
        check_shape("Axis", "share", self.share, (self.places,))

    @property
    def present(self) -> int:
        """Places of values that are not missing."""
        return len(self.at) + (self.kind == "steps") + (self.others > 0)

    @property
    def others_name(self) -> str:
        """What the place of the rarer categories is called."""
        return f"{self.others:,} other{'s' if self.others > 1 else ''}"

    @property
    def places(self) -> int:
        """All places."""
        return self.present + self.missing

    def find(self, values: Any) -> NDArray[np.intp]:
        """(n,) the place of each value: its piece, the nearest point, its category; −1 where there is none.

        The rarer categories have none either: what stands at their common place is true of none of them by itself.
        """
        if self.kind == "levels":
            number = {level: k for k, level in enumerate(self.at.tolist())}
            cells = np.asarray(values, dtype=object).ravel().tolist()
            return np.array([self._missing if _gone(cell) else number.get(cell, -1) for cell in cells], dtype=np.intp)
        given = np.asarray(values).ravel()
        dates = self.at.dtype.kind == "M"
        numbers = given.astype(self.at.dtype) if dates else given.astype(np.float64)
        missing = np.isnat(numbers) if dates else np.isnan(numbers)
        places = np.searchsorted(self.at if self.kind == "steps" else _middles(self.at), numbers, side="left")
        return np.where(missing, self._missing, places).astype(np.intp)

    def ends(self) -> tuple[Floats, Floats]:
        """(places,) lower and upper ends of the pieces; nan for the missing value."""
        low = np.concatenate([[-np.inf], self.at, [np.nan] * self.missing])
        high = np.concatenate([self.at, [np.inf], [np.nan] * self.missing])
        return low, high

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """Names of the places, one line each, as a result's frame shows them."""
        common = {"feature": np.full(self.places, self.name, dtype=object), "share": self.share}
        if self.kind == "steps":
            low, high = self.ends()
            return {**common, "above": low, "up to": high}
        values = np.empty(self.places, dtype=object)
        values[: self.present] = [*self.at.tolist(), *([self.others_name] if self.others else [])]
        return {**common, "value": values}

    @property
    def _missing(self) -> int:
        return self.places - 1 if self.missing else -1


def pack_axis(axis: Axis, key: str, arrays: Arrays) -> dict[str, object]:
    """Manifest part of an axis, its arrays put among the others under names that end in ``key``."""
    described: dict[str, object] = {"name": axis.name, "kind": axis.kind, "missing": axis.missing}
    arrays[f"share.{key}"] = axis.share
    if axis.others:
        described["others"] = axis.others
    if axis.kind == "levels":
        described["levels"] = [value.item() if isinstance(value, np.generic) else value for value in axis.at.tolist()]
    elif axis.at.dtype.kind == "M":
        described["dates"] = True
        arrays[f"at.{key}"] = axis.at.astype("datetime64[us]").astype(np.int64)
    else:
        arrays[f"at.{key}"] = axis.at
    return described


def unpack_axis(meta: Mapping[str, Any], key: str, arrays: Arrays) -> Axis:
    """The inverse of :func:`pack_axis`."""
    at = levels(meta["levels"]) if meta["kind"] == "levels" else arrays[f"at.{key}"]
    if meta.get("dates"):
        at = at.astype("datetime64[us]")
    return Axis(meta["name"], meta["kind"], at, meta["missing"], arrays[f"share.{key}"], meta.get("others", 0))


def levels(values: list[Any]) -> NDArray[np.object_]:
    """Categories as an array of objects, whatever they are."""
    out = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        out[i] = value
    return out


def sorting(level: Any) -> tuple[int, str, float]:
    """Key that puts numbers before words and the missing value last."""
    if level is None:
        return (2, "", 0.0)
    if isinstance(level, bool | int | float | np.number | np.bool_):
        return (0, "", float(level))
    return (1, str(level), 0.0)


def _middles(at: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(at[:-1] + (at[1:] - at[:-1]) / 2)


def _gone(value: object) -> bool:
    return value is None or value != value  # noqa: PLR0124 - true of NaN alone
