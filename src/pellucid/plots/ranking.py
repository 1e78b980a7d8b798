"""Which features are shown, and which are summed into one row of others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ranking", "leading", "rank"]


@dataclass(frozen=True, eq=False)
class Ranking:
    """Numbers of the features shown, the most important first, and of the others."""

    shown: NDArray[np.intp]
    others: NDArray[np.intp]

    def fold(self, values: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
        """Those shown, in order, with the sum of the others last where there are any."""
        kept = np.take(values, self.shown, axis=axis)
        if not len(self.others):
            return kept
        summed = np.take(values, self.others, axis=axis).sum(axis=axis, keepdims=True)
        return np.concatenate([kept, summed], axis=axis)


def rank(sizes: NDArray[np.float64], most: int) -> Ranking:
    """The largest first, equal ones in their order; with more than ``most``, the last row is the others'.

    Parameters
    ----------
    sizes : (features,) importance, such as mean |value|.
    most : rows that there is room for, at least two.
    """
    order = np.argsort(-sizes, kind="stable")
    cut = len(order) if len(order) <= most else most - 1
    return Ranking(order[:cut], order[cut:])


def leading(sizes: NDArray[np.float64], most: int) -> Ranking:
    """The largest first, the others not shown at all: for numbers that are no parts of a whole."""
    order = np.argsort(-sizes, kind="stable")
    return Ranking(order[:most], order[:0])
