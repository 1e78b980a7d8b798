"""What becomes of gradients as they stream in: their mean, and how far they scatter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.core.network import Leaf
from pellucid.core.tensors import Points

__all__ = ["Moments"]


class Moments:
    """Mean and variance of what is added for each row, in float64, never negative (Welford 1962, Chan et al. 1979).

    Parameters
    ----------
    leaf : gives the shapes.
    targets : how many.
    spread : whether the variance is kept too.
    """

    def __init__(self, leaf: Leaf, targets: int, *, spread: bool = False) -> None:
        shapes = {name: (*values.shape, targets) for name, values in leaf.values.items()}
        self.counts = np.zeros(len(next(iter(leaf.values.values()))))
        self.means = {name: np.zeros(shape) for name, shape in shapes.items()}
        self.squares = {name: np.zeros(shape) for name, shape in shapes.items()} if spread else None

    def add(self, rows: NDArray[np.intp], values: Points) -> None:
        """``values``, part → (rows · draws, *shape, targets), the draws of a row one after the other."""
        draws = len(next(iter(values.values()))) // len(rows)
        before = self.counts[rows[0]]
        share = draws / (before + draws)
        for name, array in values.items():
            drawn = array.reshape(len(rows), draws, *array.shape[1:])
            mean = drawn.mean(axis=1, dtype=np.float64)
            ahead = mean - self.means[name][rows]
            if self.squares is not None:
                around = np.square(drawn - mean[:, np.newaxis]).sum(axis=1, dtype=np.float64)
                self.squares[name][rows] += around + before * share * ahead**2
            self.means[name][rows] += share * ahead
        self.counts[rows] += draws

    @property
    def variances(self) -> Points:
        """Of the draws, with n − 1 below."""
        squares = self.squares or {}
        return {name: array / max(1.0, self.counts[0] - 1) for name, array in squares.items()}

    @property
    def stderr(self) -> Points:
        """Of the means."""
        return {name: np.sqrt(variance / self.counts[0]) for name, variance in self.variances.items()}
