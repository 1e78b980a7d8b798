"""A model as a weighted sum of its columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Linear"]


@dataclass(frozen=True, eq=False)
class Linear:
    """``f(x)[o] = intercept[o] + Σ_j x_j · weights[j, o]``.

    Parameters
    ----------
    weights : (columns, outputs).
    intercept : (outputs,).
    """

    weights: NDArray[np.float64]
    intercept: NDArray[np.float64]
