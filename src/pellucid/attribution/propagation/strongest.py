"""The images that turn each unit on most, of any number, seen a block at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Strongest", "blocks"]


class Strongest:
    """Keeps the strongest activations of some units and their images; an image counts once for a unit.

    Parameters
    ----------
    units : (units,) their numbers.
    shape : of one unit's map; ``()`` where it has none.
    top : images for each unit.
    """

    def __init__(self, units: NDArray[np.intp], shape: tuple[int, ...], top: int) -> None:
        self.units, self.shape, self.top = units, shape, top
        self.strengths: NDArray[Any] = np.empty((len(units), 0))
        self.rows = self.flat = np.empty((len(units), 0), dtype=np.intp)
        self._kept: dict[int, NDArray[Any]] = {}

    def look(self, maps: NDArray[Any], images: NDArray[Any], first: int) -> None:
        """Look at the next images; of equal activations the earlier image and the earlier place is kept.

        Parameters
        ----------
        maps : (images, all units, *shape).
        first : number of the first image.
        """
        flat = maps[:, self.units].reshape(len(maps), len(self.units), -1)
        places = flat.argmax(axis=2).T
        rows = np.broadcast_to(np.arange(first, first + len(maps)), places.shape)
        strengths = np.concatenate([self.strengths, flat.max(axis=2).T], axis=1)
        best = np.argsort(-strengths, axis=1, kind="stable")[:, : self.top]
        self.strengths = np.take_along_axis(strengths, best, axis=1)
        self.rows = np.take_along_axis(np.concatenate([self.rows, rows], axis=1), best, axis=1)
        self.flat = np.take_along_axis(np.concatenate([self.flat, places], axis=1), best, axis=1)
        still = np.unique(self.rows).tolist()
        self._kept = {row: self._kept[row] if row < first else images[row - first].copy() for row in still}

    @property
    def images(self) -> NDArray[Any]:
        """(units, hits, *image)"""
        return np.stack([np.stack([self._kept[row] for row in rows]) for rows in self.rows.tolist()])

    @property
    def places(self) -> NDArray[np.intp]:
        """(units, hits, axes of the map)"""
        if not self.shape:
            return np.empty((*self.flat.shape, 0), dtype=np.intp)
        return np.stack(np.unravel_index(self.flat, self.shape), axis=-1)


def blocks(rows: Any, size: int) -> Iterator[Any]:
    """Rows of an array, or of an iterator of arrays, so many at a time at most."""
    for array in [rows] if hasattr(rows, "shape") or isinstance(rows, list | tuple) else rows:
        yield from (array[start : start + size] for start in range(0, len(array), size))
