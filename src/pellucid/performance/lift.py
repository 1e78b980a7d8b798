"""Lift: how many times more of a class is found among the rows that the model ranks first than by chance."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any, ClassVar

import numpy as np

from pellucid.core.card import Card
from pellucid.core.effect import Effect
from pellucid.core.method import Method
from pellucid.core.params import Constraint, Fraction, Whole
from pellucid.core.target import TargetSpec
from pellucid.performance.judged import judge
from pellucid.performance.ranked import gains_of
from pellucid.performance.ranked_effect import ranked_effect

__all__ = ["Lift"]


class Lift(Method):
    """How many times more frequent a class is among the share q of the rows with its highest scores than among all.

    ``lift_c(q) = gain_c(q) / q``, with gain_c(q) the share of the class that is found among them

    Asking rows in random order has a lift of 1; a perfect model of a class that makes up π of the rows has
    min(1 / π, 1 / q).

    Parameters
    ----------
    model : a trained classifier, or a function from rows to scores.
    X : rows.
    y : (rows,) class of each.
    points : the curve is given at q = 1/points, 2/points, … 1.
    resamples : draws of the rows with replacement, from which the bands are taken; 0 for none.
    confidence : of the bands.
    sample_weight : (rows,) how much each counts.
    seed : of the draws.

    Raises
    ------
    InputError, ColumnsError : rows that do not fit the model; y or weights that do not fit the rows, or one class.
    UnsupportedModelError : the model gives no scores.

    Source
    ------
    Ling & Li (1998), "Data mining for direct marketing: problems and solutions", KDD, section 4 (lift);
    Engelmann, Hayden & Tasche (2003), "Testing rating accuracy", Risk 16 (the accuracy ratio).

    Deviations
    ----------
    Rows of one score count as asked in random order, and rows in part; scikit-plot orders them as they happen to stand.
    """

    card: ClassVar[Card] = Card(
        summary="How many times more frequent a class is among the rows the model ranks first than among all",
        paper="Ling & Li (1998), Data mining for direct marketing: problems and solutions",
        explains="Effect",
        needs="predict",
        background="none",
        completeness="not promised",
        cost="one model evaluation a row",
        limits="about the order of the rows alone; the first few shares rest on few rows",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "points": Whole(1),
        "resamples": Whole(0),
        "confidence": Fraction(0, 1),
        "seed": Whole(0),
    }

    def __init__(
        self,
        model: Any,
        X: Any,
        y: Any,
        *,
        points: int = 100,
        resamples: int = 200,
        confidence: float = 0.95,
        sample_weight: Any = None,
        seed: int = 0,
    ) -> None:
        self.points, self.resamples, self.confidence, self.seed = points, resamples, confidence, seed
        self.check_settings()
        self._judged = judge(model, X, y, sample_weight)

    def explain(self, classes: Any = None, target: TargetSpec = None) -> Effect:
        """One curve, whose targets are the classes.

        Parameters
        ----------
        classes : a class by its label, or several in a list; None is all, and of two the second.
        target : name of one of these classes; None is all of them.

        Returns
        -------
        Effect with one curve over ``"share of rows asked"``. Key figures are ``"accuracy ratio of fraud"``: 0 of a
        random order, 1 of a perfect one, 2 AUC − 1.

        Raises
        ------
        ParameterError : no such class.
        """
        started = perf_counter()
        asked = np.linspace(0.0, 1.0, self.points + 1)[1:]
        numbers = self._judged.chosen(classes)
        gains = gains_of(self._judged, numbers, asked, draws=self.resamples, confidence=self.confidence, seed=self.seed)
        effect = ranked_effect(self, self._judged, asked, gains.per(asked), started, unit="ratio", drawn="lift")
        return effect if target is None else effect.target(target)  # type: ignore[arg-type]
