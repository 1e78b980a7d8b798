"""Correlations of two arrays without missing values, of rows that count alike or of rows that are weighted.

A row of weight w counts as w rows that are alike, so whole weights give what repeated rows do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["covariance", "kendall", "pearson", "spearman"]

Floats = NDArray[np.float64]


def covariance(a: Floats, b: Floats, weights: Floats | None = None) -> float:
    """``Σ w (a − ā)(b − b̄) / (Σ w − 1)``; nan where the weights sum to one or less."""
    each = np.ones(len(a)) if weights is None else weights
    total = float(each.sum())
    if total <= 1:
        return float("nan")
    return float((each * _centred(a, each)) @ _centred(b, each) / (total - 1))


def pearson(a: Floats, b: Floats, weights: Floats | None = None) -> float:
    """``Σ w (a − ā)(b − b̄) / √(Σ w (a − ā)² · Σ w (b − b̄)²)``"""
    each = np.ones(len(a)) if weights is None else weights
    a, b = _centred(a, each), _centred(b, each)
    return float(np.clip((each * a) @ b / np.sqrt((each * a) @ a * ((each * b) @ b)), -1, 1))


def spearman(a: Floats, b: Floats, weights: Floats | None = None) -> float:
    """Pearson's of the ranks, those of equal values being their mean."""
    each = np.ones(len(a)) if weights is None else weights
    return pearson(_ranks(a, each), _ranks(b, each), weights)


def kendall(a: Floats, b: Floats, weights: Floats | None = None) -> float:
    """Kendall's ``τ_b = Σ_ij w_i w_j s_ij t_ij / √(Σ_ij w_i w_j s_ij² · Σ_ij w_i w_j t_ij²)``.

    s and t are the signs of ``a_i − a_j`` and ``b_i − b_j``. With weights it takes n² steps.

    Source
    ------
    Kendall (1945), "The treatment of ties in ranking problems", Biometrika 33.
    """
    if weights is None:
        from scipy import stats

        return float(stats.kendalltau(a, b).statistic)
    sums = np.zeros(3)
    for i in range(len(a) - 1):
        s, t, w = np.sign(a[i + 1 :] - a[i]), np.sign(b[i + 1 :] - b[i]), weights[i] * weights[i + 1 :]
        sums += [w @ (s * t), w @ np.abs(s), w @ np.abs(t)]
    return float(sums[0] / np.sqrt(sums[1] * sums[2]))


def _centred(values: Floats, weights: Floats) -> Floats:
    return values - np.average(values, weights=weights)


def _ranks(values: Floats, weights: Floats) -> Floats:
    """Mean rank of each value among rows laid side by side as often as they weigh."""
    _, number = np.unique(values, return_inverse=True)
    held = np.bincount(number, weights)
    return np.asarray((np.cumsum(held) - held + (held + 1) / 2)[number])
