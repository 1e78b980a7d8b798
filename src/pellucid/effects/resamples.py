"""Confidence bands of means over rows: the rows in groups, and the groups drawn again and again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.core.rng import generator

__all__ = ["MOST", "Groups", "RowGroups", "middle"]

Floats = NDArray[np.float64]
#: groups of rows; fewer rows are a group each
MOST = 100


class Groups:
    """Rows in random groups: a mean over rows is one over groups, and groups are drawn again instead of rows.

    So a band needs one mean a group and not one a row. With 100 groups its width is off by 7 % (one standard
    deviation); where rows are fewer than groups it is the bootstrap of rows.

    Parameters
    ----------
    shares : (groups,) how much each counts.
    seed : of the draws.

    Source
    ------
    Efron & Tibshirani (1993), "An introduction to the bootstrap", chapter 13 (percentiles).
    """

    def __init__(self, shares: Floats, seed: int) -> None:
        self.shares, self._seed = shares, seed

    def drawn(self, resamples: int) -> Floats:
        """(resamples, groups) how often each was drawn; draws without weight are left out."""
        count = len(self.shares)
        times = generator(self._seed, "groups drawn again").multinomial(count, np.full(count, 1 / count), resamples)
        return np.asarray(times[times @ self.shares > 0], dtype=np.float64)

    def band(self, sums: Floats, *, confidence: float, resamples: int) -> tuple[Floats, Floats]:
        """Ends of the middle ``confidence`` of the means of groups that were drawn again.

        Parameters
        ----------
        sums : (groups, ...) sum of answers times shares in each group.
        """
        times = self.drawn(resamples)
        means = np.tensordot(times, sums, axes=1) / (times @ self.shares).reshape(-1, *[1] * (sums.ndim - 1))
        return middle(means, confidence)


def middle(found: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Ends of the middle part along the first axis."""
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return low, high


class RowGroups:
    """Which rows belong to which group: at random, of one size as nearly as can be.

    Parameters
    ----------
    shares : (rows,) how much each counts.
    seed : of the groups and of their draws.
    """

    def __init__(self, shares: Floats, seed: int) -> None:
        self._order = generator(seed, "groups of rows").permutation(len(shares))
        self._starts = np.linspace(0, len(shares), min(MOST, len(shares)) + 1).astype(np.intp)[:-1]
        #: (rows,) number of the group
        self.of_row = np.empty(len(shares), dtype=np.intp)
        self.of_row[self._order] = np.repeat(np.arange(len(self._starts)), np.diff([*self._starts, len(shares)]))
        self.groups = Groups(np.add.reduceat(shares[self._order], self._starts), seed)

    def __len__(self) -> int:
        return len(self._starts)

    def sums(self, weighted: Floats) -> Floats:
        """(groups, places, targets) of (places, rows, targets), which are a row's answers times its share."""
        return np.asarray(np.add.reduceat(weighted[:, self._order], self._starts, axis=1).transpose(1, 0, 2))
