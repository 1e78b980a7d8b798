"""Cumulative gain: which share of a class is found by asking the rows that the model ranks first."""

from __future__ import annotations

from time import perf_counter
from typing import Any, ClassVar

from pellucid.core.card import Card
from pellucid.core.effect import Effect
from pellucid.core.target import TargetSpec
from pellucid.performance.ranked_effect import RankedRows

__all__ = ["CumulativeGain"]


class CumulativeGain(RankedRows):
    """The share of a class that is found among the share q of the rows with its highest scores.

    ``gain_c(q) = Σ_{i among the first q} w_i [y_i = c] / Σ_i w_i [y_i = c]``

    Asking rows in random order finds q of the class; a perfect model of a class that makes up π of the rows finds
    min(q / π, 1).

    Parameters
    ----------
    model : a trained classifier, or a function from rows to scores.
    X : rows.
    y : (rows,) class of each.
    points : the curve is given at q = 0, 1/points, … 1.
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
    Ling & Li (1998), "Data mining for direct marketing: problems and solutions", KDD; Engelmann, Hayden & Tasche
    (2003), "Testing rating accuracy", Risk 16 (the accuracy ratio).

    Deviations
    ----------
    Rows of one score count as asked in random order, so that the curve is straight across them; scikit-plot orders them
    as they happen to stand.
    """

    card: ClassVar[Card] = Card(
        summary="Share of a class that is found among the rows the model ranks first",
        paper="Ling & Li (1998), Data mining for direct marketing: problems and solutions",
        explains="Effect",
        needs="predict",
        background="none",
        completeness="not promised",
        cost="one model evaluation a row",
        limits="about the order of the rows alone: probabilities may be far off",
    )

    def explain(self, classes: Any = None, target: TargetSpec = None) -> Effect:
        """One curve, whose targets are the classes.

        Parameters
        ----------
        classes : a class by its label, or several in a list; None is all that some row has, and of two
            the second.
        target : name of one of these classes; None is all of them.

        Returns
        -------
        Effect with one curve over ``"share of rows asked"``. Key figures are ``"accuracy ratio of fraud"``: 0 of a
        random order, 1 of a perfect one, 2 AUC − 1.

        Raises
        ------
        ParameterError : no such class.
        InputError : no row is of a class that was asked for.
        """
        started = perf_counter()
        return self.effect(*self.gains(classes), target, started, unit="share", drawn="cumulative_gain")
