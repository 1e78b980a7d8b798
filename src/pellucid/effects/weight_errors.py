"""Standard errors of a linear model's weights, where a closed form exists."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["logistic_errors", "ols_errors", "weight_errors"]

Floats = NDArray[np.float64]
#: a weight this close, in its own standard errors, is the one that these rows give
SOLVED = 0.02


def weight_errors(x: Floats, y: Floats, weights: Floats, intercept: float, unit: str) -> tuple[Floats | None, str]:
    """Standard errors of the weights, or None, and a sentence that says which or why not.

    Parameters
    ----------
    x : (rows, columns) as the weights meet them.
    y : (rows,) the target; 0 or 1 where the unit is log-odds.
    weights : (columns,)
    unit : ``"target"`` for least squares, ``"log-odds"`` for logistic regression; no other has a closed form here.
    """
    if unit not in ("target", "log-odds"):
        return None, f"no standard errors of the weights: none has a closed form for a model in {unit}"
    of = ols_errors if unit == "target" else logistic_errors
    errors = of(x, y, weights, intercept)
    if errors is None:
        why = "these rows do not give these weights by an unpenalised fit with an intercept, or not uniquely"
        return None, f"no standard errors of the weights: {why}"
    law = "ordinary least squares" if unit == "target" else "the Fisher information of logistic regression"
    return errors, f"standard errors of the weights by {law}, as if the model were true"


def ols_errors(x: Floats, y: Floats, weights: Floats, intercept: float) -> Floats | None:
    """``sqrt(s² (XᵀX)⁻¹_jj)`` with ``s² = Σ r² / (n − p − 1)``; None unless the weights solve ``XᵀX w = Xᵀy``."""
    free = len(x) - x.shape[1] - 1
    if free < 1:
        return None
    design = np.column_stack([np.ones(len(x)), x])
    residual = y - intercept - x @ weights
    return _errors(design, np.ones(len(x)), residual, float(residual @ residual) / free)


def logistic_errors(x: Floats, y: Floats, weights: Floats, intercept: float) -> Floats | None:
    """``sqrt((Xᵀ diag(p(1−p)) X)⁻¹_jj)``; None unless the weights solve ``Xᵀ(y − p) = 0``."""
    design = np.column_stack([np.ones(len(x)), x])
    chance = np.exp(-np.logaddexp(0.0, -(intercept + x @ weights)))
    return _errors(design, chance * (1 - chance), y - chance, 1.0)


def _errors(design: Floats, curvature: Floats, residual: Floats, dispersion: float) -> Floats | None:
    size = np.sqrt(curvature @ design**2)
    if (size == 0).any():
        return None
    scaled = design / size
    information = scaled.T @ (scaled * curvature[:, np.newaxis])
    if np.linalg.cond(information) > 1e12:
        return None
    inverse = np.linalg.inv(information)
    errors = np.sqrt(dispersion * np.diag(inverse))
    step = np.abs(inverse @ (scaled.T @ residual))
    if (step > SOLVED * errors + 1e-9 * np.abs(residual).max()).any():
        return None
    return np.asarray((errors / size)[1:])
