"""Projections: what in which images turns units of a network on most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.explanation import Explanation, as_float, check_shape
from pellucid.core.receipt import Receipt
from pellucid.core.storage import Arrays

__all__ = ["Projections"]

ARRAYS = ("values", "images", "strengths", "rows", "places", "windows", "units")


@dataclass(frozen=True, eq=False, repr=False)
class Projections(Explanation):
    """The strongest activations of each unit, projected back to the pixels, beside the images they come from.

    Parameters
    ----------
    values : (units, hits, channels, height, width), strongest hit first.
    images : same shape, the image of each hit.
    strengths : (units, hits) the activations.
    rows : (units, hits) number of each hit's image among all that were looked at.
    places : (units, hits, axes) where in the unit's map it stands; no axes for a unit that has no map.
    windows : (units, hits, 4) top, left, bottom and right of what the place sees, bottom and right excluded.
    units : (units,) their numbers in the layer.
    """

    values: NDArray[np.float64]
    images: NDArray[Any]
    strengths: NDArray[np.float64]
    rows: NDArray[np.intp]
    places: NDArray[np.intp]
    windows: NDArray[np.intp]
    units: NDArray[np.intp]

    def __post_init__(self) -> None:
        for name in ("values", "strengths"):
            object.__setattr__(self, name, as_float(getattr(self, name)))
        units, hits = len(self.units), self.strengths.shape[1]
        check_shape("Projections", "values", self.values, (units, hits, None, None, None))
        check_shape("Projections", "images", self.images, self.values.shape)
        check_shape("Projections", "strengths", self.strengths, (units, hits))
        check_shape("Projections", "rows", self.rows, (units, hits))
        check_shape("Projections", "places", self.places, (units, hits, None))
        check_shape("Projections", "windows", self.windows, (units, hits, 4))

    def __len__(self) -> int:
        return len(self.units)

    def patch(self, unit: int, hit: int) -> tuple[NDArray[np.float64], NDArray[Any]]:
        """(channels, height, width) the projection and the image, cut to what the place sees.

        Parameters
        ----------
        unit, hit : places along the first two axes.
        """
        top, left, bottom, right = self.windows[unit, hit].tolist()
        seen = (unit, hit, slice(None), slice(top, bottom), slice(left, right))
        return self.values[seen], self.images[seen]

    def columns(self) -> Mapping[str, NDArray[Any]]:
        """``unit``, ``hit``, ``row``, ``strength``, ``top``, ``left``, ``bottom``, ``right``; one line a hit."""
        hits = self.strengths.shape[1]
        sides = ("top", "left", "bottom", "right")
        return {
            "unit": np.repeat(self.units, hits),
            "hit": np.tile(np.arange(hits), len(self)),
            "row": self.rows.ravel(),
            "strength": self.strengths.ravel(),
            **{side: self.windows[..., k].ravel() for k, side in enumerate(sides)},
        }

    def default_plot(self) -> str:
        return "projections"

    def pack(self) -> tuple[dict[str, object], Arrays]:
        return {}, {name: getattr(self, name) for name in ARRAYS}

    @classmethod
    def unpack(cls, receipt: Receipt, meta: Mapping[str, Any], arrays: Arrays) -> Projections:
        return cls(receipt, **{name: arrays[name] for name in ARRAYS})

    def _headline(self) -> str:
        return f"Projections by {self.receipt.method}: {len(self)} units, {self.strengths.shape[1]} images each"
