"""Maps at the size of the image."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["enlarged"]


def enlarged(maps: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Bilinear interpolation between the centres of a map's places, constant beyond the outer ones.

    Parameters
    ----------
    maps : (…, height, width).
    size : (height, width) wanted.
    """
    if maps.shape[-2:] == size:
        return maps
    down, across = (
        _between(small, large).astype(maps.dtype) for small, large in zip(maps.shape[-2:], size, strict=True)
    )
    return np.asarray(down @ maps @ across.T)


@lru_cache(maxsize=32)
def _between(small: int, large: int) -> NDArray[np.float64]:
    """(large, small) share of each place in each pixel."""
    centres = np.clip((np.arange(large) + 0.5) * small / large - 0.5, 0, small - 1)
    low = np.floor(centres).astype(np.intp)
    high = np.minimum(low + 1, small - 1)
    shares = np.zeros((large, small))
    pixels = np.arange(large)
    np.add.at(shares, (pixels, low), 1 - (centres - low))
    np.add.at(shares, (pixels, high), centres - low)
    return shares
