"""Where dots go that would hide each other: spread sideways as far as they are dense, never at random."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["spread"]

Floats = NDArray[np.float64]
_FEW = 500


def spread(along: Floats, *, dot: float, lane: float) -> Floats:
    """Offsets across a lane for dots at given places along it.

    Up to 500 dots are put one after the other, each as near the middle as it touches none before it, when the lane
    has room for that. More dots follow their density: where k dots share the width of one, they need k dots of the
    lane, so wide is the swarm there. When that is more than the lane has, every width is scaled down,
    w = lane·(k / max k)^0.6, which keeps the order of densities and thin tails visible. Neighbours take their places
    in the order of van der Corput's sequence, which fills a width evenly.

    Parameters
    ----------
    along : (n,) places, in points.
    dot : diameter of a dot in points.
    lane : width of the lane in points.

    Returns
    -------
    (n,) offsets in points, within ± lane / 2; the same for the same input.

    Source
    ------
    van der Corput (1935), "Verteilungsfunktionen"; the swarm is the quasirandom one of Clarke, Sherrill-Mix and Dawson,
    the R package *vipor*.
    """
    if len(along) < 2:
        return np.zeros(len(along))
    if len(along) <= _FEW:
        apart = _side_by_side(along, dot, lane)
        if apart is not None:
            return apart
    width = np.maximum(_crowd(along, dot) - 1, 0) * dot
    widest = float(width.max())
    if widest > lane:
        width = np.minimum(width, lane * (width / widest) ** 0.6)
    order = np.argsort(along, kind="stable")
    offsets = np.empty(len(along))
    offsets[order] = (_van_der_corput(len(along)) - 0.5) * width[order]
    return offsets


def _side_by_side(along: Floats, dot: float, lane: float) -> Floats | None:
    """Offsets at which no dot overlaps another; None when the lane is too narrow."""
    offsets = np.zeros(len(along))
    order = np.argsort(along, kind="stable")
    first = 0
    for number, i in enumerate(order):
        while along[i] - along[order[first]] >= dot:
            first += 1
        near = order[first:number]
        gap = along[i] - along[near]
        beside = np.sqrt(np.maximum(dot**2 - gap**2, 0))
        tried = np.concatenate([[0.0], offsets[near] + beside, offsets[near] - beside])
        tried = tried[np.argsort(np.abs(tried), kind="stable")]
        distance = (tried[:, np.newaxis] - offsets[near]) ** 2 + gap**2
        offset = float(tried[(distance >= dot**2 * (1 - 1e-9)).all(axis=1)][0])
        if abs(offset) > lane / 2:
            return None
        offsets[i] = offset
    return offsets


def _crowd(along: Floats, dot: float) -> Floats:
    """How many dots share the width of one, at each dot: a Gaussian kernel on a grid of a third of a dot."""
    low = float(along.min())
    bins = np.minimum(((along - low) * (3 / dot)).astype(np.int64), 20_000)
    counts = np.bincount(bins, minlength=int(bins.max()) + 1).astype(np.float64)
    kernel = np.exp(-0.5 * (np.arange(-7, 8) / 2.5) ** 2)
    smooth = np.convolve(counts, 3 * kernel / kernel.sum(), mode="full")[7:-7]
    return np.asarray(smooth[bins])


def _van_der_corput(n: int) -> Floats:
    """The first n terms in base two: 1/2, 1/4, 3/4, 1/8 … (the bits of 1, 2, 3 … mirrored at the point)."""
    number, value, part = np.arange(1, n + 1), np.zeros(n), 0.5
    while number.any():
        value += part * (number & 1)
        number = number >> 1
        part /= 2
    return value
