"""Shapley values from the worth of every coalition."""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import NDArray

__all__ = ["all_coalitions", "shapley_values", "shares"]


def all_coalitions(p: int) -> NDArray[np.bool_]:
    """(2^p − 1, p) every coalition but the empty one: player j is in the coalition whose number has bit j."""
    numbers = np.arange(1, 2**p)
    return np.asarray((numbers[:, np.newaxis] >> np.arange(p)) & 1, dtype=np.bool_)


def shares(p: int) -> NDArray[np.float64]:
    """(p, 2^p − 1) factor of v(S) in φ_j: ``1 / (p·C(p−1, |S|−1))`` with j in S, ``−1 / (p·C(p−1, |S|))`` without.

    With the factor of the empty coalition they add up to zero, so a game counted from its base does without that one.
    """
    coalitions = all_coalitions(p)
    ways = [comb(p - 1, size) for size in range(p)]
    joined = np.array([0.0, *(1 / (p * count) for count in ways)])
    left = np.array([*(-1 / (p * count) for count in ways), 0.0])
    size = coalitions.sum(axis=1)
    return np.asarray(np.where(coalitions.T, joined[size], left[size]))


def shapley_values(factors: NDArray[np.float64], worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """``Σ_S factors[j, S] · worth[i, S, t]``; not a matrix product, whose bits depend on how many rows there are.

    Parameters
    ----------
    factors : (players, coalitions), some columns of :func:`shares`.
    worth : (rows, coalitions, targets) counted from the worth of the empty coalition.

    Returns
    -------
    (rows, players, targets)
    """
    columns = np.ascontiguousarray(worth.transpose(0, 2, 1))
    if not len(factors):
        return np.zeros((len(worth), 0, worth.shape[2]))
    return np.stack([(columns * share).sum(axis=2) for share in factors], axis=1)
