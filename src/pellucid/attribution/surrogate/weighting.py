"""How much each perturbed row counts: less, the farther it is from the row explained."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["DISTANCES", "distances", "exponential_kernel"]

DISTANCES = ("euclidean", "cosine")

Floats = NDArray[np.float64]


def distances(steps: Floats, own: Floats, metric: str) -> Floats:
    """(samples,) distance of each perturbed row from the row itself.

    Parameters
    ----------
    steps : (features, samples) perturbed row less row, both in their interpretable form.
    own : (features,) the row's interpretable form.
    metric : ``"euclidean"``, or ``"cosine"``: ``1 − cos``, which is 1 where nothing of a row is left.
    """
    if metric == "euclidean":
        return np.asarray(np.sqrt(np.einsum("js,js->s", steps, steps)))
    perturbed = steps + own[:, np.newaxis]
    lengths = np.sqrt(np.einsum("js,js->s", perturbed, perturbed)) * np.sqrt((own * own).sum())
    products = np.einsum("js,j->s", perturbed, own)
    return np.asarray(1.0 - np.divide(products, lengths, out=np.zeros(steps.shape[1]), where=lengths > 0))


def exponential_kernel(distance: Floats, width: float) -> Floats:
    """``√exp(−d² / width²)``."""
    return np.asarray(np.exp(distance * distance * (-0.5 / width**2)))
