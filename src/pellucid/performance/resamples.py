"""Rows drawn again from the same rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pellucid.core.rng import generator

__all__ = ["resampled_weights"]

Floats = NDArray[np.float64]


def resampled_weights(truth: NDArray[np.intp], weights: Floats, count: int, seed: int) -> Iterator[Floats]:
    """``count`` times (rows,) weights × how often each row is drawn, in as many draws as there are rows.

    A draw in which a class has no weight is drawn again: nothing can be said of a class that is not there.
    """
    rng, n = generator(seed, "resamples"), len(truth)
    held = np.unique(truth)
    for _ in range(count):
        drawn = np.zeros(n)
        while (np.bincount(truth, weights=drawn)[held] == 0).any():
            drawn = weights * np.bincount(rng.integers(0, n, n), minlength=n)
        yield drawn
