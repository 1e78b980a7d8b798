"""What is true of rows, and how much each counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import InputError

__all__ = ["sample_weights", "true_values"]


def true_values(y: Any, n: int) -> NDArray[Any]:
    """(n,) or (n, outputs).

    Raises
    ------
    InputError : not one a row.
    """
    values = np.asarray(y)
    if values.ndim not in (1, 2) or len(values) != n:
        raise InputError(f"y must hold one value for each of the {n} rows, got shape {values.shape}.")
    return values


def sample_weights(given: Any, n: int) -> NDArray[np.float64]:
    """(n,)

    Raises
    ------
    InputError : not one finite number a row from 0 on, or all 0.
    """
    try:
        weights = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"sample_weight must be numbers, got {type(given).__name__}; pass one a row.") from error
    if weights.shape != (n,) or not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise InputError(f"sample_weight must be {n} finite numbers from 0, not all 0, got shape {weights.shape}.")
    return weights
