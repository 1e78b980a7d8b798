"""Feature pair ranking: which features go together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.core.card import Card
from pellucid.core.effect import Curve, Effect
from pellucid.core.effect_axis import Axis, levels
from pellucid.core.effect_receipt import effect_receipt
from pellucid.core.errors import ParameterError
from pellucid.core.importance import Importance
from pellucid.core.method import Method
from pellucid.core.params import Constraint
from pellucid.core.receipt import Completeness, Receipt
from pellucid.core.tables import read_table
from pellucid.core.target import TargetSpec, resolve_target
from pellucid.core.truth import sample_weights
from pellucid.effects.associations import PAIRS, Algorithm, between, number_columns

__all__ = ["FeaturePairRanking"]

Floats = NDArray[np.float64]


class FeaturePairRanking(Method):
    """A measure of how two features go together, of every pair. No model is asked.

    ``R_jk = ρ(x_j, x_k)`` over the rows that have both values. ρ is Pearson's ``r``; Spearman's, the same of ranks,
    ties sharing their mean rank; Kendall's ``τ_b``; the covariance ``Σ (x_j − x̄_j)(x_k − x̄_k) / (n − 1)``; or a
    function of two arrays.

    Parameters
    ----------
    X : rows.
    algorithm : ``"pearson"``, ``"spearman"``, ``"kendalltau"``, ``"covariance"`` or a function, which is handed the
        weights last where there are any.
    sample_weight : (rows,) a row of weight w counts as w rows that are alike.

    Raises
    ------
    ParameterError : no such algorithm.
    InputError : weights that do not fit the rows.

    Source
    ------
    The named view of yellowbrick 1.5 (``Rank2D``); Kendall (1945), "The treatment of ties in ranking problems",
    Biometrika 33.

    Deviations
    ----------
    yellowbrick answers columns with missing values with nan, or for Kendall's τ not at all.
    """

    card: ClassVar[Card] = Card(
        summary="How any two features go together: Pearson, Spearman, Kendall, covariance or any function",
        paper="Kendall (1945), The treatment of ties in ranking problems",
        explains="Effect",
        needs="none",
        background="none",
        completeness="by construction",
        cost="one pass over the rows a pair; no model is asked",
        limits="one number a pair: two features can depend on each other and have a correlation of 0",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {"algorithm": Algorithm(tuple(PAIRS))}

    def __init__(self, X: Any, *, algorithm: str | Callable[..., float] = "pearson", sample_weight: Any = None) -> None:
        self.algorithm = algorithm
        self.check_settings()
        self._table = read_table(X, what="X")
        self._measure = between(algorithm)
        self._weights = None if sample_weight is None else sample_weights(sample_weight, len(self._table))

    def explain(self, features: Any = None, target: TargetSpec = None) -> Effect:
        """The matrix of all pairs.

        Parameters
        ----------
        features : names or numbers in a list; None is every column that holds no categories.
        target : None: the measure is the target.

        Returns
        -------
        Effect with one surface (features, features, 1), whose axes are called ``feature`` and ``other`` and whose
        ``counts`` are the rows that have both values; nan where there are fewer than two, or of a feature with one
        value alone. A function is asked about each pair once, the earlier column first.

        Raises
        ------
        ColumnsError, ParameterError : no such feature, one of categories, fewer than two, or a target.
        ModelFailedError : a function raised, or answered with something that is not a number.
        """
        started = perf_counter()
        names, values, notes = self._columns(features, target)
        matrix = np.full((len(names), len(names)), np.nan)
        for j in range(len(names)):
            for k in range(j, len(names)):
                matrix[j, k] = matrix[k, j] = self._measure(values[:, j], values[:, k], weights=self._weights)
        known = np.isfinite(values).astype(np.float64)
        share = np.full(len(names), 1 / len(names))
        axes = (
            Axis("feature", "levels", levels(names), False, share),
            Axis("other", "levels", levels(names), False, share),
        )
        curve = Curve(axes, matrix[..., np.newaxis], counts=known.T @ known)
        return Effect(self._receipt(started, notes), (curve,), "pair_ranking")

    def pairs(self, features: Any = None) -> Importance:
        """The same as a list.

        Parameters
        ----------
        features : as in :meth:`explain`.

        Returns
        -------
        Importance with one value a pair, named ``"age × income"``, without those that are nan.

        Raises
        ------
        As :meth:`explain`.
        """
        started = perf_counter()
        names, values, notes = self._columns(features, None)
        found = {
            f"{names[j]} × {names[k]}": self._measure(values[:, j], values[:, k], weights=self._weights)
            for j, k in combinations(range(len(names)), 2)
        }
        kept = {name: value for name, value in found.items() if np.isfinite(value)}
        sizes = np.array(list(kept.values()), dtype=np.float64).reshape(-1, 1)
        receipt = self._receipt(started, notes)
        return Importance(receipt, values=sizes, stderr=np.full(sizes.shape, np.nan), feature_names=tuple(kept))

    def _columns(self, features: Any, target: TargetSpec) -> tuple[list[str], Floats, tuple[str, ...]]:
        if target is not None:
            raise ParameterError(f"FeaturePairRanking: no model is asked, got target={target!r}; leave it out.")
        chosen, values, notes = number_columns(self._table, features)
        if len(chosen) < 2:
            raise ParameterError(f"features: a pair needs two columns, got {len(chosen)}; name more.")
        return [self._table.names[j] for j in chosen], values, notes

    def _receipt(self, started: float, notes: tuple[str, ...]) -> Receipt:
        return effect_receipt(
            self,
            None,
            resolve_target(None, (self._measure.label,), n_rows=0),
            Completeness("by construction"),
            probe=self._table,
            evaluations=0,
            started=started,
            unit=self._measure.label,
            notes=notes,
        )
