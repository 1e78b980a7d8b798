"""Prediction plot: what a model says of the rows where a feature takes its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any, ClassVar

import numpy as np

from pellucid.core.card import Card
from pellucid.core.effect import Effect
from pellucid.core.effect_receipt import effect_receipt
from pellucid.core.method import Method
from pellucid.core.params import Constraint, Either, Fraction, Nothing, OneOf, Whole
from pellucid.core.receipt import Completeness
from pellucid.core.selection import column_number
from pellucid.core.target import TargetSpec
from pellucid.core.truth import sample_weights
from pellucid.effects.binned import binned_curves, middles
from pellucid.effects.bins import SPACINGS, Binning, Edges
from pellucid.effects.exchange import Exchange
from pellucid.effects.features import feature_sets, output_target
from pellucid.models import as_model

__all__ = ["PredictionPlot"]


class PredictionPlot(Method):
    """Median of the predictions in bins of one feature, or of two crossed ones, and between where most of them lie.

    ``q_k(p)``: the p-quantile of ``f(x_i)`` over the rows i of bin k, linear between two predictions; p is ½ for the
    curve and ``(1 ∓ spread) / 2`` for the ends of its band. Nothing is changed in the rows. A row of weight w counts as
    w rows that are alike.

    Parameters
    ----------
    model : any model, or a function from rows to predictions.
    X : rows.
    bins : of numbers and dates at most; with fewer values each is a bin of its own.
    spacing : ``"quantile"``: about as many rows a bin; ``"equal"``: bins of one width.
    edges : feature → ends of its bins, each closed on the left; values outside have bins of their own.
    levels : categories at most, the most frequent; the others stand together at one place, and a note says so.
    spread : part of a bin's predictions between the ends of the band.
    sample_weight : (rows,) how much each counts; rows of weight 0 are left out.
    batch_size : the most rows the model is asked about at once.

    Raises
    ------
    ParameterError : a setting outside what it may be.
    InputError, ColumnsError : the rows do not fit the model, or the weights the rows.

    Source
    ------
    The named view of PDPbox 0.3 (``PredictPlot``, "actual plot"); Hyndman & Fan (1996), "Sample quantiles in
    statistical packages", The American Statistician 50, definition 7.

    Deviations
    ----------
    PDPbox leaves missing values and values outside given ends out unless asked, takes categories as columns of 0 and
    1, joins the two largest of few values, and of two crossed features has no quartiles.
    """

    card: ClassVar[Card] = Card(
        summary="Median and spread of the predictions in bins of one or two features, with counts",
        paper="Hyndman & Fan (1996), Sample quantiles in statistical packages",
        explains="Effect",
        needs="predict",
        background="required",
        completeness="by construction",
        cost="one model evaluation a row",
        limits="predictions of different rows: what a feature does by itself is told by ALE and PartialDependence",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "bins": Whole(1),
        "spacing": OneOf(SPACINGS),
        "edges": Either(Nothing(), Edges()),
        "levels": Whole(1),
        "spread": Fraction(0, 1),
        "batch_size": Whole(1),
    }

    def __init__(
        self,
        model: Any,
        X: Any,
        *,
        bins: int = 10,
        spacing: str = "quantile",
        edges: Mapping[str | int, Sequence[Any]] | None = None,
        levels: int = 40,
        spread: float = 0.5,
        sample_weight: Any = None,
        batch_size: int = 65_536,
    ) -> None:
        self.bins, self.spacing, self.edges = bins, spacing, edges
        self.levels, self.spread, self.batch_size = levels, spread, batch_size
        self.check_settings()
        self.model = as_model(model, rows=X)
        table = self.model.table(X, what="X")
        weights = np.ones(len(table)) if sample_weight is None else sample_weights(sample_weight, len(table))
        counted = np.flatnonzero(weights > 0)
        self._table = table if len(counted) == len(table) else table.rows(counted)
        self._weights = weights[counted]
        given = {column_number(name, self._table.names): ends for name, ends in (edges or {}).items()}
        self._binning = Binning(bins, spacing, given, levels)

    def explain(self, features: Any = None, target: TargetSpec = None) -> Effect:
        """Curves of features and surfaces of pairs.

        Parameters
        ----------
        features : a name or number, a pair as a tuple, or a list of these; None is every feature by itself.
        target : which outputs, or any function of them; None is every output.

        Returns
        -------
        Effect with one curve (bins, targets) a feature and one surface (bins, bins, targets) a pair, their ``counts``
        and bands, in the model's unit; nan in a bin without rows.

        Raises
        ------
        ColumnsError, ParameterError : no such feature or target.
        ModelFailedError : the model raised, or answered with something that is not a number.
        """
        started = perf_counter()
        resolved = output_target(target, self.model)
        sets = feature_sets(features, self._table.names, most=2)
        exchange = Exchange(self.model, resolved, self._table, self._table, self.batch_size)
        answers = exchange.answers(np.arange(len(self._table)), {})
        summary = middles(self.spread)
        curves, notes = binned_curves(self._table, sets, answers, self._weights, self._binning, summary)
        receipt = effect_receipt(
            self,
            self.model,
            resolved,
            Completeness("by construction"),
            probe=self._table,
            evaluations=exchange.evaluations,
            started=started,
            notes=notes,
        )
        return Effect(receipt, curves, "target_plot")
