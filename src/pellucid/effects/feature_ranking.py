"""Feature ranking: one number a feature, from the data alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, ClassVar

import numpy as np

from pellucid.core.card import Card
from pellucid.core.effect_receipt import effect_receipt
from pellucid.core.errors import InputError, ParameterError
from pellucid.core.importance import Importance
from pellucid.core.method import Method
from pellucid.core.params import Constraint
from pellucid.core.receipt import Completeness
from pellucid.core.tables import read_table
from pellucid.core.target import TargetSpec, resolve_target
from pellucid.core.truth import sample_weights
from pellucid.effects.associations import PAIRS, SINGLES, Algorithm, between, number_columns, of_one
from pellucid.effects.outcomes import outcomes

__all__ = ["FeatureRanking"]


class FeatureRanking(Method):
    """A measure of each feature by itself, or of how it goes together with y. No model is asked.

    ``s_j = s(x_j)`` or ``s_j = ρ(x_j, y)`` over the rows that have the values: the Shapiro–Wilk statistic
    ``W = (Σ a_i x_(i))² / Σ (x_i − x̄)²``, 1 for a normal shape; the variance (of n − 1); with y Pearson's,
    Spearman's or Kendall's correlation or the covariance, one a class where y holds classes (1 in it, 0 outside); or a
    function of one array, with y of two.

    Parameters
    ----------
    X : rows.
    y : (rows,) numbers or classes, for measures that need it.
    algorithm : ``"shapiro"``, ``"variance"``; ``"pearson"``, ``"spearman"``, ``"kendalltau"``, ``"covariance"``
        with y; or a function, which is handed the weights last where there are any.
    sample_weight : (rows,) a row of weight w counts as w rows that are alike; Shapiro–Wilk knows no weights.

    Raises
    ------
    ParameterError : no such algorithm, one that needs y without it, or weights for one that knows none.
    InputError : y or weights do not fit the rows.

    Source
    ------
    The named view of yellowbrick 1.5 (``Rank1D``); Shapiro & Wilk (1965), "An analysis of variance test for normality",
    Biometrika 52; W as scipy has it (Royston 1995).

    Deviations
    ----------
    yellowbrick knows Shapiro–Wilk alone, and answers columns with missing values with nan.
    """

    card: ClassVar[Card] = Card(
        summary="One number a feature from the data alone: shape, spread, or how it goes together with y",
        paper="Shapiro & Wilk (1965), An analysis of variance test for normality",
        explains="Importance",
        needs="none",
        background="none",
        completeness="by construction",
        cost="one pass over the rows a feature; no model is asked",
        limits="each feature by itself: what matters only together with others is not seen",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {"algorithm": Algorithm((*SINGLES, *PAIRS))}

    def __init__(
        self,
        X: Any,
        y: Any = None,
        *,
        algorithm: str | Callable[..., float] = "shapiro",
        sample_weight: Any = None,
    ) -> None:
        self.algorithm = algorithm
        self.check_settings()
        self._table = read_table(X, what="X")
        if y is None and algorithm in PAIRS:
            raise ParameterError(f"FeatureRanking: {algorithm!r} is of a feature and y; pass y as well.")
        if algorithm == "shapiro" and sample_weight is not None:
            raise ParameterError(
                "FeatureRanking: 'shapiro' knows no weights; choose another algorithm or leave them out."
            )
        self._weights = None if sample_weight is None else sample_weights(sample_weight, len(self._table))
        alone = y is None or algorithm in SINGLES
        self._measure = of_one(algorithm) if alone else between(algorithm)
        self._outcomes = None if alone else outcomes(y, len(self._table))

    def explain(self, features: Any = None, target: TargetSpec = None) -> Importance:
        """The measure of each feature.

        Parameters
        ----------
        features : names or numbers in a list; None is every column that holds no categories.
        target : which class or column of y; None is every one.

        Returns
        -------
        Importance (features, 1), or (features, classes) with classes as y. Features without a value, such as those with
        one value again and again, are left out, and a note says so.

        Raises
        ------
        ColumnsError, ParameterError : no such feature or target, or a feature of categories.
        InputError : no feature has a value.
        ModelFailedError : a function raised, or answered with something that is not a number.
        """
        started = perf_counter()
        chosen, values, notes = number_columns(self._table, features)
        names = (self._measure.label,) if self._outcomes is None else self._outcomes.names
        resolved = resolve_target(target, names, n_rows=0)
        if self._outcomes is None:
            sizes = np.array([[self._measure(column, weights=self._weights)] for column in values.T])
        else:
            true = resolved.select(self._outcomes.values)
            sizes = np.array(
                [[self._measure(column, one, weights=self._weights) for one in true.T] for column in values.T]
            )
        kept = np.flatnonzero(np.isfinite(sizes).all(axis=1))
        if not len(kept):
            raise InputError(f"{self._measure.label} is known of no feature here; pass columns with several values.")
        lacking = [self._table.names[j] for k, j in enumerate(chosen) if k not in kept]
        without = (f"left out, as {self._measure.label} is not known of them: {', '.join(lacking)}",) if lacking else ()
        receipt = effect_receipt(
            self,
            None,
            resolved,
            Completeness("by construction"),
            probe=self._table,
            evaluations=0,
            started=started,
            unit=self._measure.label,
            notes=(*notes, *without),
        )
        labels = tuple(self._table.names[chosen[k]] for k in kept)
        return Importance(receipt, values=sizes[kept], stderr=np.full(sizes[kept].shape, np.nan), feature_names=labels)
