"""How far a number would move with other rows: it is computed again without each of several groups of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError
from pellucid.core.params import Either, Nothing, Whole
from pellucid.core.rng import generator

__all__ = ["GROUPS", "error_over_rows", "group_of_rows"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]
#: the constraint of a ``groups`` setting
GROUPS = Either(Nothing(), Whole(2))


def group_of_rows(n: int, groups: int | None, seed: int) -> Numbers:
    """(rows,) which of so many random groups of one size each row is in; all in none, −1, for None.

    Raises
    ------
    ParameterError : more groups than rows.
    """
    if groups is None:
        return np.full(n, -1, dtype=np.intp)
    if groups > n:
        raise ParameterError(f"groups must be at most one a row, got {groups:,} for {n:,} rows; pass fewer.")
    return generator(seed, "groups left out").permutation(np.arange(n) % groups)


def error_over_rows(found: Floats) -> Floats:
    """Standard error ``√((G − 1)/G · Σ_g (θ_g − θ̄)²)`` of what was found without each of G groups (G, ...).

    Of a mean over rows it is the usual standard error, in groups of one row exactly.

    Source
    ------
    Efron & Tibshirani (1993), "An introduction to the bootstrap", sections 11.2 and 11.5.
    """
    groups = len(found)
    return np.asarray(np.sqrt((groups - 1) / groups * ((found - found.mean(axis=0)) ** 2).sum(axis=0)))
