"""Calibration: whether what is said to have a probability of 70% happens in 70% of the cases."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.core.card import Card
from pellucid.core.effect import Curve, Effect
from pellucid.core.effect_axis import Axis
from pellucid.core.effect_receipt import effect_receipt
from pellucid.core.errors import UnsupportedModelError
from pellucid.core.key_figure import KeyFigure
from pellucid.core.method import Method
from pellucid.core.params import Constraint, Fraction, OneOf, Whole
from pellucid.core.receipt import Completeness
from pellucid.core.target import TargetSpec, resolve_target
from pellucid.performance.judged import NO_SUM, judge

__all__ = ["Calibration"]

Floats = NDArray[np.float64]

#: what a curve's values are
OBSERVED = "observed frequency"


class Calibration(Method):
    """How often a class occurs among rows to which the model gives about the same probability.

    ``o_b = Σ_{i ∈ b} w_i [y_i = c] / W_b`` over ``p_b = Σ_{i ∈ b} w_i p_i / W_b``, ``W_b = Σ_{i ∈ b} w_i``

    of the rows i in bin b. The Brier score ``Σ_i w_i (p_i − [y_i = c])² / Σ_i w_i`` and the expected calibration error
    ``Σ_b (W_b / W) |o_b − p_b|`` are key figures.

    Parameters
    ----------
    model : a trained classifier with probabilities, or a function from rows to them.
    X : rows.
    y : (rows,) class of each.
    bins : how many; those that hold no row are left out.
    strategy : ``"quantile"``: bins of about as many rows; ``"uniform"``: bins of one width.
    confidence : of the band, Wilson's interval of a share; with weights of the effective number of rows
        ``(Σ w)² / Σ w²``.
    sample_weight : (rows,) how much each counts.

    Raises
    ------
    InputError, ColumnsError : rows that do not fit the model; y or weights that do not fit the rows, or one class.
    UnsupportedModelError : the model gives no probabilities.

    Source
    ------
    DeGroot & Fienberg (1983), "The comparison and evaluation of forecasters", The Statistician 32; Brier (1950),
    Monthly Weather Review 78; Naeini, Cooper & Hauskrecht (2015), "Obtaining well calibrated probabilities using
    Bayesian binning", AAAI, section 4 (expected calibration error); Wilson (1927), JASA 22.

    Deviations
    ----------
    Without weights the bins are those of scikit-learn's ``calibration_curve``; weighted quantiles are steps of the
    weights' sum, since numpy has no others. scikit-plot stretches probabilities to reach from 0 to 1 first.
    """

    card: ClassVar[Card] = Card(
        summary="How often a class occurs where the model gives it about the same probability; Brier score and error",
        paper="DeGroot & Fienberg (1983), The comparison and evaluation of forecasters",
        explains="Effect",
        needs="predict",
        background="none",
        completeness="not promised",
        cost="one model evaluation a row",
        limits="a bin's mean hides what differs within it; the calibration error depends on the bins",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "bins": Whole(1),
        "strategy": OneOf(("quantile", "uniform")),
        "confidence": Fraction(0, 1),
    }

    def __init__(
        self,
        model: Any,
        X: Any,
        y: Any,
        *,
        bins: int = 10,
        strategy: str = "quantile",
        confidence: float = 0.95,
        sample_weight: Any = None,
    ) -> None:
        self.bins, self.strategy, self.confidence = bins, strategy, confidence
        self.check_settings()
        self._judged = judge(model, X, y, sample_weight)
        self._weighted = sample_weight is not None

    def explain(self, classes: Any = None, target: TargetSpec = None) -> Effect:
        """One curve a class, against the rest.

        Parameters
        ----------
        classes : a class by its label, or several in a list; None is all, and of two the second.
        target : None, or ``"observed frequency"``, the only target.

        Returns
        -------
        Effect with a curve over ``"probability of fraud"`` for each class, at the mean probability of each bin; the
        ``share`` of its axis is the bin's part of the rows. Key figures are ``"Brier score of fraud"`` and
        ``"expected calibration error of fraud"``.

        Raises
        ------
        ParameterError : no such class.
        UnsupportedModelError : the model's answers are no probabilities.
        """
        started = perf_counter()
        judged, chances = self._judged, self._chances()
        curves: list[Curve] = []
        figures: list[KeyFigure] = []
        for number in judged.chosen(classes):
            name = str(judged.labels[number])
            p, held = chances[:, number], (judged.truth == number).astype(np.float64)
            curve = self._curve(f"probability of {name}", p, held)
            error = float(curve.share @ np.abs(curve.values[:, 0] - curve.axes[0].at))
            brier = float(judged.weights @ (p - held) ** 2 / judged.weights.sum())
            curves.append(curve)
            figures += [
                KeyFigure(f"Brier score of {name}", brier),
                KeyFigure(f"expected calibration error of {name}", error),
            ]
        receipt = effect_receipt(
            self,
            judged.model,
            resolve_target(None, (OBSERVED,), n_rows=0),
            Completeness("not promised", reason=NO_SUM),
            probe=judged.table,
            evaluations=len(judged.table),
            started=started,
            unit="frequency",
            notes=tuple(map(_meaning, figures)),
        )
        effect = Effect(receipt, tuple(curves), "calibration", tuple(figures))
        return effect if target is None else effect.target(target)  # type: ignore[arg-type]

    def _chances(self) -> Floats:
        chances = self._judged.scores()
        if self._judged.model.unit in ("probability", "output") and chances.min() >= 0 and chances.max() <= 1:
            return chances
        raise UnsupportedModelError(
            f"Calibration compares probabilities with frequencies, and {self._judged.model.kind} gives "
            f"{self._judged.model.unit} from {chances.min():.3g} to {chances.max():.3g}; calibrate it first, as with "
            f"scikit-learn's CalibratedClassifierCV."
        )

    def _curve(self, name: str, p: Floats, held: Floats) -> Curve:
        weights = self._judged.weights
        place = np.searchsorted(self._edges(p)[1:-1], p)
        total, sure, seen, squares = (
            np.bincount(place, weights=part, minlength=self.bins)
            for part in (weights, weights * p, weights * held, weights**2)
        )
        filled = total > 0
        total, observed = total[filled], (seen[filled] / total[filled])[:, np.newaxis]
        effective = (total**2 / squares[filled])[:, np.newaxis]
        low, high = _wilson(observed, effective, self.confidence)
        axis = Axis(name, "points", sure[filled] / total, False, total / total.sum())
        return Curve((axis,), observed, None, low, high)

    def _edges(self, p: Floats) -> Floats:
        """(bins + 1,)"""
        shares = np.linspace(0.0, 1.0, self.bins + 1)
        if self.strategy == "uniform":
            return shares
        if self._weighted:
            return np.asarray(np.quantile(p, shares, weights=self._judged.weights, method="inverted_cdf"))
        return np.asarray(np.percentile(p, shares * 100))


def _wilson(share: Floats, rows: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Ends of Wilson's interval of a share seen among so many rows."""
    z2 = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    middle = (share + z2 / (2 * rows)) / (1 + z2 / rows)
    half = np.sqrt(z2 / rows * (share * (1 - share) + z2 / (4 * rows))) / (1 + z2 / rows)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def _meaning(figure: KeyFigure) -> str:
    if figure.name.startswith("Brier"):
        return f"{figure.name} {figure.value:.3g}: mean squared distance of the probability from 1 or 0, 0 at best"
    return f"{figure.name} {figure.value:.3g}: mean distance of bins from the diagonal, in probability, 0 at best"
