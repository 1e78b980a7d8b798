"""The cheapest cut of an image's pixels into two sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["largest_piece", "source_side"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

#: steps to half of the eight neighbours; the others are the same pairs
STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))
#: the most that all capacities may add up to, and the finest steps they are rounded to
TOTAL, FINEST = 2.0**30, 1_000.0


def source_side(odds: Floats, colours: Floats, smoothness: float) -> NDArray[np.bool_]:
    """The side of the minimum cut that pixels of positive odds are drawn to.

    Parameters
    ----------
    odds : (height, width) what it costs to leave a pixel off the side; negative, on it.
    colours : (height, width, channels).
    smoothness : what it costs to part two neighbours of one colour.
    """
    from scipy.sparse import coo_array, csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    first, second, near = _neighbours(colours)
    pixels = odds.size
    source, sink = pixels, pixels + 1
    flat = odds.ravel()
    drawn, off = np.flatnonzero(flat > 0), np.flatnonzero(flat < 0)
    tails = np.concatenate([first, second, np.full(len(drawn), source), off])
    heads = np.concatenate([second, first, drawn, np.full(len(off), sink)])
    costs = np.concatenate([smoothness * near, smoothness * near, flat[drawn], -flat[off]])
    steps = min(FINEST, TOTAL / max(1.0, float(costs.sum())))
    capacities = csr_array(
        coo_array((np.rint(costs * steps).astype(np.int32), (tails, heads)), shape=(pixels + 2, pixels + 2))
    )
    left = csr_array(capacities - maximum_flow(capacities, source, sink).flow)
    left.eliminate_zeros()
    reached = breadth_first_order(left, source, return_predecessors=False)
    side = np.zeros(pixels + 2, dtype=np.bool_)
    side[reached] = True
    return side[:pixels].reshape(odds.shape)


def largest_piece(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest part that hangs together, over corners too; nothing where there is nothing."""
    from scipy.ndimage import label

    pieces, count = label(mask, structure=np.ones((3, 3)))
    if not count:
        return mask
    return np.asarray(pieces == 1 + np.argmax(np.bincount(pieces.ravel())[1:]))


def _neighbours(colours: Floats) -> tuple[Indices, Indices, Floats]:
    """Pairs of neighbouring pixels, and how alike each is, over their distance."""
    height, width = colours.shape[:2]
    numbers = np.arange(height * width).reshape(height, width)
    first, second, apart, far = [], [], [], []
    for down, across in STEPS:
        here = (slice(0, height - down), slice(max(0, -across), width - max(0, across)))
        there = (slice(down, height), slice(max(0, across), width + min(0, across)))
        first.append(numbers[here].ravel())
        second.append(numbers[there].ravel())
        apart.append(np.square(colours[here] - colours[there]).sum(axis=-1).ravel())
        far.append(np.full(len(first[-1]), np.hypot(down, across)))
    squares = np.concatenate(apart)
    spread = float(squares.mean()) or 1.0
    return np.concatenate(first), np.concatenate(second), np.exp(-squares / (2 * spread)) / np.concatenate(far)
