"""Target plot: what happened among the rows where a feature takes its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any, ClassVar

import numpy as np

from pellucid.core.card import Card
from pellucid.core.effect import Effect
from pellucid.core.effect_receipt import effect_receipt
from pellucid.core.errors import InputError
from pellucid.core.method import Method
from pellucid.core.params import Constraint, Either, Fraction, Nothing, OneOf, Whole
from pellucid.core.receipt import Completeness
from pellucid.core.selection import column_number
from pellucid.core.tables import read_table
from pellucid.core.target import TargetSpec, resolve_target
from pellucid.core.truth import sample_weights
from pellucid.effects.binned import binned_curves, means
from pellucid.effects.bins import SPACINGS, Binning, Edges
from pellucid.effects.features import feature_sets
from pellucid.effects.outcomes import outcomes

__all__ = ["TargetPlot"]


class TargetPlot(Method):
    """Mean of the true values in bins of one feature, or of two crossed ones, with how many rows each bin holds.

    ``m_k = Σ_{i in bin k} w_i y_i / Σ_{i in bin k} w_i``; of classes each one's share. No model is asked.

    The band is the confidence interval of each mean by itself: Wilson's where y is 0 or 1 or a class, otherwise
    ``m_k ± z · s_k / √n_k``; with weights n is Kish's effective number ``(Σw)² / Σw²``.

    Parameters
    ----------
    X : rows.
    y : (rows,) numbers or classes, or (rows, outputs) numbers; rows without one are left out, and a note says so.
    bins : of numbers and dates at most; with fewer values each is a bin of its own.
    spacing : ``"quantile"``: about as many rows a bin; ``"equal"``: bins of one width.
    edges : feature → ends of its bins, each closed on the left; values outside have bins of their own.
    levels : categories at most, the most frequent; the others stand together at one place, and a note says so.
    confidence : of the intervals.
    sample_weight : (rows,) how much each counts.

    Raises
    ------
    ParameterError : a setting outside what it may be.
    InputError, ColumnsError : y or weights do not fit the rows, or a feature of ``edges`` is not there.

    Source
    ------
    The named view of PDPbox 0.3 (``TargetPlot``, ``InteractTargetPlot``); Wilson (1927), "Probable inference, the law
    of succession, and statistical inference", Journal of the American Statistical Association 22; Kish (1965), "Survey
    sampling", section 11.7.

    Deviations
    ----------
    PDPbox has no intervals, leaves missing values and values outside given ends out unless asked, takes categories as
    columns of 0 and 1, and joins the two largest of few values. Its ``num_grid_points`` is ``bins + 1``.
    """

    card: ClassVar[Card] = Card(
        summary="Mean of the true values in bins of one or two features, with counts and confidence intervals",
        paper="Wilson (1927), Probable inference, the law of succession, and statistical inference",
        explains="Effect",
        needs="none",
        background="none",
        completeness="by construction",
        cost="one pass over the rows a feature; no model is asked",
        limits="what goes together in the data, not what a feature does: other features differ between bins too",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "bins": Whole(1),
        "spacing": OneOf(SPACINGS),
        "edges": Either(Nothing(), Edges()),
        "levels": Whole(1),
        "confidence": Fraction(0, 1),
    }

    def __init__(
        self,
        X: Any,
        y: Any,
        *,
        bins: int = 10,
        spacing: str = "quantile",
        edges: Mapping[str | int, Sequence[Any]] | None = None,
        levels: int = 40,
        confidence: float = 0.95,
        sample_weight: Any = None,
    ) -> None:
        self.bins, self.spacing, self.edges = bins, spacing, edges
        self.levels, self.confidence = levels, confidence
        self.check_settings()
        table = read_table(X, what="X")
        found = outcomes(y, len(table))
        weights = np.ones(len(table)) if sample_weight is None else sample_weights(sample_weight, len(table))
        known = found.known[weights[found.known] > 0]
        if not len(known):
            raise InputError("sample_weight is 0 on every row that has a y; pass weights that leave rows to look at.")
        self._left_out = len(table) - len(known)
        self._table, self._weights = (table.rows(known) if self._left_out else table), weights[known]
        self._outcomes, self._true = found, found.values[known]
        given = {column_number(name, table.names): ends for name, ends in (edges or {}).items()}
        self._binning = Binning(bins, spacing, given, levels)

    def explain(self, features: Any = None, target: TargetSpec = None) -> Effect:
        """Curves of features and surfaces of pairs.

        Parameters
        ----------
        features : a name or number, a pair as a tuple, or a list of these; None is every feature by itself.
        target : which classes or columns of y, or any function of them; None is every one.

        Returns
        -------
        Effect with one curve (bins, targets) a feature and one surface (bins, bins, targets) a pair, their ``counts``
        and intervals; nan in a bin without rows, and ends nan where a single row tells nothing of its spread. The
        unit is y's own, ``"probability"`` for classes.

        Raises
        ------
        ColumnsError, ParameterError : no such feature or target.
        InputError : infinite values.
        """
        started = perf_counter()
        resolved = resolve_target(target, self._outcomes.names, n_rows=0)
        sets = feature_sets(features, self._table.names, most=2)
        answers = resolved.select(self._true)
        curves, notes = binned_curves(self._table, sets, answers, self._weights, self._binning, means(self.confidence))
        gone = (f"{self._left_out:,} rows have no y or no weight and are left out",) if self._left_out else ()
        receipt = effect_receipt(
            self,
            None,
            resolved,
            Completeness("by construction"),
            probe=self._table,
            evaluations=0,
            started=started,
            unit=self._outcomes.unit,
            notes=(*gone, *notes),
        )
        return Effect(receipt, curves, "target_plot")
