"""Regions in a regular grid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.params import Either, Nothing, check_settings
from pellucid.core.sides import Sides, two_sides
from pellucid.maskers.regions import Regions

__all__ = ["Patches"]

#: patches along each side, where no size is given
ACROSS = 6


class Patches(Regions):
    """Every rectangle of a regular grid over the image is a player.

    Patches start at the upper left corner and are numbered line by line; the last ones of a line or column are smaller
    where the size does not divide the image's.

    Parameters
    ----------
    size : pixels along each side, or (height, width); None is a sixth of each side of the image.
    absent : what stands in absent pixels' place: ``"mean"``, the image's mean colour; ``"region mean"``, each
        patch's own, which leaves a patch of one colour as it is; ``"blur"``, the image under a Gaussian of a tenth
        of its shorter side; a number; a colour, one number for each channel; or an image of the same shape.

    Raises
    ------
    ParameterError : a setting outside what it may be.

    Source
    ------
    Zeiler & Fergus (2014), "Visualizing and understanding convolutional networks", ECCV, section 4.2: square parts of
    an image are covered in turn.
    """

    def __init__(self, size: int | tuple[int, int] | None = None, absent: Any = "mean") -> None:
        check_settings("Patches", {"size": Either(Nothing(), Sides())}, {"size": size})
        super().__init__(absent)
        self.size = size

    def regions(self, image: NDArray[Any]) -> NDArray[Any]:
        """The number of each pixel's patch."""
        height, width = image.shape[:2]
        high, wide = two_sides(self.size) if self.size is not None else (-(-height // ACROSS), -(-width // ACROSS))
        across = -(-width // wide)
        return np.asarray((np.arange(height) // high)[:, np.newaxis] * across + np.arange(width) // wide)

    def words(self) -> str:
        if self.size is None:
            return f"patches of a grid, {ACROSS} along each side,"
        return "patches of {} × {} pixels".format(*two_sides(self.size))
