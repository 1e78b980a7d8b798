"""Images of which some regions are painted over."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import InputError
from pellucid.core.native import engine

__all__ = ["Painter"]


class Painter:
    """Makes copies of one image in which absent regions show another image.

    Pixels are copied run by run: the numbers that lie side by side in memory and in one region.

    Parameters
    ----------
    image : (height, width) or (height, width, channels).
    other : the same shape and type, what absent regions show.
    regions : (height, width) the number of each pixel's region, from 0 without gaps.

    Raises
    ------
    InputError : the three do not fit each other.
    """

    def __init__(self, image: NDArray[Any], other: NDArray[Any], regions: NDArray[np.int32]) -> None:
        if (other.shape, other.dtype) != (image.shape, image.dtype) or regions.shape != image.shape[:2]:
            raise InputError(
                f"an image of shape {image.shape} of {image.dtype} is painted over with another and by regions of the "
                f"same size, got {other.shape} of {other.dtype} and regions {regions.shape}."
            )
        self._shape, self._type = image.shape, image.dtype
        self._image, self._other = _bytes(image), _bytes(other)
        flat = regions.ravel()
        starts = np.flatnonzero(np.diff(flat, prepend=-1))
        self._region = np.ascontiguousarray(flat[starts], dtype=np.int32)
        self._ends = np.append(starts[1:], flat.size).astype(np.int64) * (len(self._image) // flat.size)
        self._count = int(flat.max()) + 1

    def paint(self, coalitions: NDArray[np.bool_]) -> NDArray[Any]:
        """(coalitions, height, width, …) one image for each coalition, in an array of its own.

        Parameters
        ----------
        coalitions : (coalitions, regions) which regions are present.

        Raises
        ------
        InputError : another number of regions.
        """
        if coalitions.shape[1:] != (self._count,):
            raise InputError(f"coalitions are of {self._count} regions each, got shape {coalitions.shape}.")
        painted = np.empty((len(coalitions), *self._shape), dtype=self._type)
        present = np.ascontiguousarray(coalitions, dtype=np.bool_).view(np.uint8)
        out = painted.view(np.uint8).reshape(len(coalitions), len(self._image))
        engine.paint_over(self._ends, self._region, self._image, self._other, present, out)
        return painted


def _bytes(image: NDArray[Any]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(image).reshape(-1).view(np.uint8)
