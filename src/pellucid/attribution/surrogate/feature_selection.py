"""Which few features a surrogate may use."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["SELECTIONS", "select_features"]

SELECTIONS = ("auto", "forward_selection", "highest_weights", "lasso_path", "none")
#: up to so many features ``"auto"`` is forward selection
FEW = 6
#: ridge penalty of the fit whose weights are compared
LIGHT_RIDGE = 0.01

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]


def select_features(gram: Floats, moments: Floats, own: Floats, most: int, selection: str, samples: int) -> Numbers:
    """Numbers of the features to use, in order.

    Parameters
    ----------
    gram : (features, features) ``Σ w (z − z̄)(z − z̄)ᵀ``.
    moments : (features,) ``Σ w (z − z̄)(y − ȳ)``.
    own : (features,) the row's interpretable form.
    most : how many.
    selection : ``"forward_selection"`` adds the feature that raises R² most, again and again; ``"highest_weights"``
        takes the largest ``|β_j z_j|`` of a fit to all; ``"lasso_path"`` the largest set along it that is small enough;
        ``"auto"`` is the first for up to six features, else the second; ``"none"`` takes all.
    samples : how many perturbed rows there are.
    """
    if selection == "none" or most >= len(own):
        return np.arange(len(own))
    if selection == "auto":
        selection = "forward_selection" if most <= FEW else "highest_weights"
    if selection == "forward_selection":
        return np.sort(_forward(gram, moments, most))
    if selection == "lasso_path":
        return _lasso_path(gram, moments, most, samples)
    weights = np.linalg.solve(gram + LIGHT_RIDGE * np.eye(len(gram)), moments)
    return np.sort(np.argsort(-np.abs(weights * own), kind="stable")[:most])


def _forward(gram: Floats, moments: Floats, most: int) -> Numbers:
    """After each choice the others are made orthogonal to it, so the gain in R² of each is one division."""
    left, unexplained = gram.copy(), moments.copy()
    floor = 1e-10 * np.diag(gram).copy()
    free = np.ones(len(gram), dtype=np.bool_)
    chosen = []
    for _ in range(most):
        spread = np.diag(left)
        usable = free & (spread > floor)
        gain = np.where(usable, unexplained**2 / np.where(usable, spread, 1.0), np.where(free, 0.0, -1.0))
        best = int(np.argmax(gain))
        chosen.append(best)
        free[best] = False
        if usable[best]:
            share = left[best] / spread[best]
            unexplained = unexplained - share * unexplained[best]
            left = left - np.outer(share, left[best])
    return np.array(chosen)


def _lasso_path(gram: Floats, moments: Floats, most: int, samples: int) -> Numbers:
    from sklearn.linear_model import lars_path_gram

    path = lars_path_gram(Xy=moments.copy(), Gram=gram.copy(), n_samples=samples, method="lasso")[2]
    small = [step for step in range(path.shape[1]) if np.count_nonzero(path[:, step]) <= most]
    return np.flatnonzero(path[:, max(small)])
