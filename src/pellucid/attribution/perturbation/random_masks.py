"""Smooth random masks: a coarse grid of cells that are seen or not, enlarged and shifted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError
from pellucid.core.rng import generator

__all__ = ["RandomMasks"]


class RandomMasks:
    """Masks of one size with values from 0 to 1, each of mean p.

    A grid of h × w cells is enlarged to ``(h + 1) · C_h`` × ``(w + 1) · C_w`` pixels, C being the size of a cell,
    ``⌈H / h⌉``, by bilinear interpolation between the centres of cells (beyond the outermost, their own value), and cut
    to H × W at a place drawn uniformly from the first cell.

    Parameters
    ----------
    shape : (H, W) of the image.
    cells : (h, w).
    p : probability that a cell is 1.
    count : how many masks.
    seed : of grids and places.

    Raises
    ------
    ParameterError : more cells than pixels along a side.
    """

    def __init__(self, shape: tuple[int, int], cells: tuple[int, int], p: float, count: int, seed: int) -> None:
        if any(many > pixels for many, pixels in zip(cells, shape, strict=True)):
            raise ParameterError(
                f"RISE: cells must be at most as many as there are pixels along each side, {shape[0]} × {shape[1]}, "
                f"got {cells[0]} × {cells[1]}."
            )
        rng = generator(seed, "RISE")
        size = [-(-pixels // many) for pixels, many in zip(shape, cells, strict=True)]
        self.shape = shape
        self.grids = rng.random((count, *cells)) < p
        self.places = rng.integers(0, size, size=(count, 2))
        self._down, self._across = (_enlarging(many, each) for many, each in zip(cells, size, strict=True))

    def __len__(self) -> int:
        return len(self.grids)

    def some(self, numbers: NDArray[np.intp]) -> NDArray[np.float64]:
        """(masks, H, W) a few of them."""
        height, width = self.shape
        down = self._down[self.places[numbers, :1] + np.arange(height)]
        across = self._across[self.places[numbers, 1:] + np.arange(width)]
        return np.asarray(down @ self.grids[numbers].astype(np.float64) @ across.swapaxes(1, 2))


def _enlarging(cells: int, size: int) -> NDArray[np.float64]:
    """((cells + 1) · size, cells) weights of each cell in each pixel; they sum to one."""
    pixels = (cells + 1) * size
    at = np.clip((np.arange(pixels) + 0.5) * cells / pixels - 0.5, 0, cells - 1)
    return np.maximum(0.0, 1.0 - np.abs(at[:, np.newaxis] - np.arange(cells)))
