"""The one type that every data set comes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from pellucid.datasets.planted import PlantedTruth

__all__ = ["Dataset"]


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Rows, answers, and what is known about them.

    Parameters
    ----------
    name : short name.
    X : frame (rows, features), or a float array with `frame="numpy"`.
    y : array (rows,): class numbers as int64, or a float64 target.
    feature_names : the columns of X, in order.
    target_names : the classes in the order of their numbers; one name for a regression target.
    description : one or two sentences.
    categories : categorical column -> its levels; with ``frame="numpy"`` the column holds their positions.
    labels : column -> {"en": ..., "zh": ...}; empty where the column names are words already.
    units : column -> {"en": ..., "zh": ...}, only for columns that have a unit.
    truth : the planted contributions, for generated data.
    """

    name: str
    X: Any
    y: NDArray[Any]
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]
    description: str
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    units: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    truth: PlantedTruth | None = None

    def __repr__(self) -> str:
        frame = type(self.X).__module__.partition(".")[0]
        return f"Dataset({self.name!r}, {len(self.y)} rows x {len(self.feature_names)} features, {frame})"
