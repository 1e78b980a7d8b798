"""Shapley values of linear models, from their weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.shapley.correlated_weights import correlated_weights
from pellucid.core.attribution import Attribution
from pellucid.core.card import Card
from pellucid.core.completeness import Check
from pellucid.core.errors import ParameterError
from pellucid.core.method import Computed, Method, attribute
from pellucid.core.model import Model
from pellucid.core.params import Constraint, Either, Flag, Nothing
from pellucid.core.rounding import FLOAT32_GAP, FLOAT64_GAP
from pellucid.core.tables import Table
from pellucid.core.target import Target, TargetSpec
from pellucid.maskers.adapt import rows_of
from pellucid.maskers.groups import Groups, grouping_of, plain
from pellucid.models import as_model

__all__ = ["LinearSHAP"]

MOST_CORRELATED = 15


class LinearSHAP(Method):
    """Exact Shapley values of a weighted sum of columns.

    ``φ_i = w_i · (x_i − Σ_b ω_b · b_i)``, the weight of a column times how far it is from its mean over the background
    rows b of weights ω. It is the Shapley value of ``v(S) = Σ_b ω_b · f(x_S, b_rest)`` (interventional). A column of
    which a pipeline makes several, or a group, has the sum over all of them.

    With ``correlated`` the game is ``v(S) = E[f(X) | X_S = x_S]``, X Gaussian with mean and covariance of the
    background. A column also gets credit for what it tells about others, even one that has no weight. Values are
    then ``φ_i = Σ_c B_ic (x_c − μ_c)``, exact, for at most 15 players.

    Parameters
    ----------
    model : XGBoost's gblinear, a linear model of scikit-learn, or a pipeline that ends in one and keeps columns apart.
        Classifiers are explained on the scale of their sum: log-odds or logits of a logistic regression.
    background : rows, or ``(rows, weights)``: what absent columns look like. All rows count.
    groups : name → columns that are present or absent together and get one value; all others stay single.
    correlated : condition on the present columns instead of leaving the absent ones as they are in the background.

    Raises
    ------
    UnsupportedModelError : the model is not linear; says what can explain it.
    ParameterError, ColumnsError : no background; groups that do not fit the columns.

    Source
    ------
    Štrumbelj & Kononenko (2014), "Explaining prediction models and individual predictions with feature contributions",
    Knowledge and Information Systems 41, 647–665: the situational importance of a column in an additive model; Lundberg
    & Lee (2017), "A unified approach to interpreting model predictions", NeurIPS 30, corollary 1 (Linear SHAP); Aas,
    Jullum & Løland (2021), "Explaining individual predictions when features are dependent", Artificial Intelligence
    298, 103502, section 3.1: Gaussian columns.
    """

    card: ClassVar[Card] = Card(
        summary="Exact Shapley values of linear models, from their weights",
        paper="Štrumbelj & Kononenko (2014), Explaining prediction models with feature contributions",
        explains="Attribution",
        needs="linear",
        background="required",
        completeness="checked",
        cost="one product a column and row; no model evaluations",
        limits="the scale of the sum: a logistic regression's log-odds; ExactSHAP explains its probabilities",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {"groups": Either(Nothing(), Groups()), "correlated": Flag()}

    def __init__(
        self,
        model: Any,
        background: Any = None,
        *,
        groups: Mapping[str, Iterable[str | int]] | None = None,
        correlated: bool = False,
    ) -> None:
        self.groups: Mapping[str, Any] | None = groups
        self.correlated = correlated
        self.check_settings()
        self.groups = plain(groups)
        self.model = as_model(model)
        self._form = self.model.linear_form
        self._linear = self._form.parse()
        self._background = rows_of(background, self.model)
        if self.model.feature_names is not None:
            grouping_of(self.groups, self.model.feature_names)

    def explain(self, rows: Any, target: TargetSpec = None, *, check: Check = "sample") -> Attribution:
        """Shapley values of each row.

        Parameters
        ----------
        rows : a frame or array with the model's columns.
        target : which outputs; None is every output. A function of outputs is not linear and is refused.
        check : compare base + Σ values with the model's own prediction on ``"sample"`` (1,000 seeded rows), on
            ``"all"`` rows, or not at all (False).

        Returns
        -------
        Attribution with values (rows, columns, targets) in the unit of the model's sum.

        Raises
        ------
        InputError, ColumnsError : the rows do not fit the model.
        ParameterError : no such target, or a function of outputs.
        CompletenessError : the values do not add up to the model's own prediction.
        """
        table = self.model.table(rows)
        return attribute(
            self,
            self._on_its_scale(),
            table,
            target,
            self._compute,
            check=check,
            relative=self._relative_gap(table),
            background=self._background.describe(),
        )

    def _on_its_scale(self) -> Model:
        return replace(
            self.model,
            output_names=self._form.output_names or self.model.output_names,
            unit=self._form.unit or self.model.unit,
            predict_native=self._form.predict_native or self.model.predict_native,
        )

    def _compute(self, table: Table, target: Target) -> Computed:
        if not target.linear:
            raise ParameterError(
                "LinearSHAP explains outputs and their differences, which are linear, and a function of outputs is "
                "not; use ExactSHAP or PermutationSHAP for it."
            )
        grouping = grouping_of(self.groups, table.names)
        players = grouping.players(self._form.players)
        away = self._form.encode(table) - self._centre
        values = np.zeros((len(table), len(grouping.names), len(self._linear.intercept)))
        if self.correlated:
            for column, weights in enumerate(self._correlated_weights(players, len(grouping.names))):
                values += away[:, column, np.newaxis, np.newaxis] * weights
        else:
            for column, player in enumerate(players):
                values[:, player] += away[:, column, np.newaxis] * self._linear.weights[column]
        bases = np.broadcast_to(self._base, (len(table), len(self._base)))
        return Computed(values=target.select(values), base=target.select(bases), shown=grouping.shown(table))

    def _correlated_weights(self, players: NDArray[np.int32], count: int) -> NDArray[np.float64]:
        """(columns, players, outputs)"""
        if count > MOST_CORRELATED:
            raise ParameterError(
                f"LinearSHAP goes through all 2^p coalitions of correlated players and {count} are too many (at most "
                f"{MOST_CORRELATED}); group columns, or use PermutationSHAP with the masker Gaussian."
            )
        return correlated_weights(self._linear.weights, self._covariance, players, count).transpose(1, 0, 2)

    def _relative_gap(self, table: Table) -> float:
        """Allowed gap: rounding of the library's own sum, whose terms may be much larger than what they add up to."""
        weights, intercept = self._linear.weights, self._linear.intercept
        encoded = self._form.encode(table)
        sums = max(np.abs(encoded @ weights + intercept).max(), np.abs(self._base).max())
        terms = (np.abs(encoded) @ np.abs(weights) + np.abs(intercept)).max() * (len(weights) + 1)
        unit, least = (2.0**-24, FLOAT32_GAP) if self._form.float32_sums else (2.0**-53, FLOAT64_GAP)
        return max(least, unit * float(terms / sums)) if sums > 0 else least

    @cached_property
    def _base(self) -> NDArray[np.float64]:
        """(outputs,)"""
        return np.asarray(self._linear.intercept + (self._centre[:, np.newaxis] * self._linear.weights).sum(axis=0))

    @cached_property
    def _covariance(self) -> NDArray[np.float64]:
        """(encoded columns, encoded columns) weighted covariance of the background."""
        away = self._form.encode(self._background.table) - self._centre
        return np.asarray((away * self._background.shares[:, np.newaxis]).T @ away)

    @cached_property
    def _centre(self) -> NDArray[np.float64]:
        """(encoded columns,) weighted mean of the background."""
        background = self._background
        encoded = self._form.encode(background.table)
        if background.weights is None:
            return np.asarray(encoded.mean(axis=0))
        return np.asarray((encoded * background.weights[:, np.newaxis]).sum(axis=0))
