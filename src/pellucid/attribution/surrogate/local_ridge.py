"""Weighted ridge regression around one row, and how far its coefficients can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.surrogate.feature_selection import select_features

__all__ = ["LocalFit", "LocalRidge"]

ROUNDING = 1e-12

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class LocalFit:
    """A surrogate of one output around one row.

    Parameters
    ----------
    prediction : the surrogate's own, at the row.
    coefficients, stderr : (features,) zero for features that are not used.
    r2 : weighted R² on the perturbed rows.
    """

    prediction: float
    coefficients: Floats
    stderr: Floats
    r2: float


@dataclass(frozen=True, eq=False)
class LocalRidge:
    """Perturbed rows of one row and what each counts; everything that does not depend on the answers is kept.

    ``min over β₀, β: Σ_s w_s (y_s − β₀ − β·u_s)² + α |β|²`` with ``u_s = z_s − z``, so that β₀ is the prediction at the
    row.

    The standard error is that of another draw of as many perturbed rows: ``A⁻¹ (Σ_s k_s² e_s² c_s c_sᵀ) A⁻¹`` with
    ``A = Σ w c cᵀ + α``, c the centred rows and e the residuals (White's estimator).

    Parameters
    ----------
    steps : (features, samples) u; a feature's steps lie side by side, so that a few features are quick to take out.
    kernel : (samples,) weight of one such perturbed row.
    draws : (samples,) how often each was drawn.
    itself : number of the sample that is the row itself and counts once beside its draws.
    """

    steps: Floats
    kernel: Floats
    draws: Floats
    itself: int = 0

    @cached_property
    def weights(self) -> Floats:
        """(samples,)"""
        weights = self.kernel * self.draws
        weights[self.itself] += self.kernel[self.itself]
        return np.asarray(weights)

    @cached_property
    def total(self) -> float:
        return float(self.weights.sum())

    @cached_property
    def mean(self) -> Floats:
        """(features,)"""
        return np.asarray(self.steps @ self.weights / self.total)

    @cached_property
    def centred(self) -> Floats:
        """(features, samples) c"""
        return self.steps - self.mean[:, np.newaxis]

    @cached_property
    def gram(self) -> Floats:
        """(features, features) ``Σ w c cᵀ``"""
        return np.asarray((self.centred * self.weights) @ self.centred.T)

    def fit(self, answers: Floats, own: Floats, *, most: int, selection: str, alpha: float) -> LocalFit:
        """The surrogate of one output.

        Parameters
        ----------
        answers : (samples,) what the model says of each.
        own : (features,) z.
        most, selection : see :func:`~pellucid.attribution.surrogate.feature_selection.select_features`.
        alpha : ridge penalty.
        """
        level = float(self.weights @ answers / self.total)
        wanted = answers - level
        moments = self.centred @ (self.weights * wanted)
        used = select_features(self.gram, moments, own, most, selection, len(answers))
        steps = self.centred if len(used) == len(own) else self.centred[used]
        inverse = np.linalg.inv(self.gram[used[:, np.newaxis], used] + alpha * np.eye(len(used)))
        coefficients = inverse @ moments[used]
        residuals = wanted - coefficients @ steps
        spread = (steps * (self.draws * (self.kernel * residuals) ** 2)) @ steps.T
        variance = ((inverse @ spread) * inverse).sum(axis=1)
        return LocalFit(
            prediction=level - float(self.mean[used] @ coefficients),
            coefficients=self._placed(used, coefficients),
            stderr=self._placed(used, np.sqrt(np.maximum(variance, 0.0))),
            r2=self._r2(residuals, wanted, level),
        )

    def _r2(self, residuals: Floats, wanted: Floats, level: float) -> float:
        """Answers that differ by rounding alone are imitated in full."""
        left, total = (float(self.weights @ (part * part)) for part in (residuals, wanted))
        return 1.0 - left / total if total > self.total * (ROUNDING * level) ** 2 else 1.0

    def _placed(self, used: Numbers, values: Floats) -> Floats:
        placed = np.zeros(len(self.steps))
        placed[used] = values
        return placed
