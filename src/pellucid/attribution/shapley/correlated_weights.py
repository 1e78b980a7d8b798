"""Weights of a linear model whose columns are correlated: what each player owes to each column."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.shapley.coalitions import all_coalitions, shares

__all__ = ["correlated_weights"]

Floats = NDArray[np.float64]


def correlated_weights(weights: Floats, covariance: Floats, players: NDArray[np.int32], count: int) -> Floats:
    """``B`` with ``φ_i(x) = Σ_c B[i, c] (x_c − μ_c)``, for the game ``v(S) = E[f(X) | X_S = x_S]`` of Gaussian columns.

    Given its present columns P a linear function of all columns is expected to be away from its mean by
    ``(w_P + Σ_PP⁻¹ Σ_PA w_A)ᵀ (x_P − μ_P)``, A being absent; a Shapley value is linear in that.

    Parameters
    ----------
    weights : (columns, outputs).
    covariance : (columns, columns).
    players : (columns,) which player each column belongs to.
    count : of players; all 2^count coalitions are gone through.

    Returns
    -------
    (players, columns, outputs)
    """
    factors, coalitions = shares(count), all_coalitions(count)
    out = np.zeros((count, *weights.shape))
    for number, present in enumerate(coalitions):
        here, gone = np.flatnonzero(present[players]), np.flatnonzero(~present[players])
        inside = np.linalg.pinv(covariance[np.ix_(here, here)], hermitian=True)
        pulled = weights[here] + inside @ covariance[np.ix_(here, gone)] @ weights[gone]
        out[:, here] += factors[:, number, np.newaxis, np.newaxis] * pulled
    return out
