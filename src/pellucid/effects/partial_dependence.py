"""Partial dependence: the mean prediction with one or two features set to each of their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.core.card import Card
from pellucid.core.completeness import Check
from pellucid.core.effect import Curve, Effect
from pellucid.core.effect_receipt import effect_receipt
from pellucid.core.method import Method
from pellucid.core.params import Constraint, Either, Flag, Fraction, Nothing, Whole
from pellucid.core.progress import track
from pellucid.core.receipt import Completeness
from pellucid.core.target import Target, TargetSpec
from pellucid.effects.background_source import in_memory, model_and_source
from pellucid.effects.check import check_curves
from pellucid.effects.exchange import Exchange
from pellucid.effects.features import asks_for_pairs, feature_sets, output_target
from pellucid.effects.forest_background import Passes
from pellucid.effects.grid import grid_curve
from pellucid.effects.rare_levels import Folding, others_notes
from pellucid.effects.resamples import MOST, Groups, RowGroups

__all__ = ["PartialDependence"]

Floats = NDArray[np.float64]


class PartialDependence(Method):
    """Mean prediction over a background with some features set to a value, for every value.

    ``F_S(z) = Σ_b w_b · f(z, b_rest) / Σ_b w_b`` for one feature or a pair S.

    For a sum of trees this is a step function, and all of it is given, exactly: a piece between any two thresholds of
    the forest, one for the missing value, one for each category. All features together take one pass over the
    background, ``F_i(z) = base + Σ_leaves v · (w(path without i) · 1[z on i's part of the path] − w(path))``. Other
    models are asked at values of a grid.

    Of very many categories the rarest stand together: ``F(others) = Σ_c n_c · F(c) / Σ_c n_c`` over these categories c,
    n_c being their weight in the background. So a row at the common place has one of the others, each as often as it
    occurs, and the curve's mean over the background is what it would be with a place for each. Of trees it is exact;
    on a grid each background row takes one other category, drawn by these weights.

    Parameters
    ----------
    model : any model, or a function from rows to predictions.
    background : rows, ``(rows, weights)``; for trees also the path of a parquet or npy file or an iterator of frames,
        which are read once, chunk by chunk. All rows count.
    grid : for models that are no sum of trees: at how many values numbers are looked at, evenly spaced quantiles.
    levels : categories at most, the most frequent; the others stand together at one place, and a note says so.
    confidence, resamples, seed : the band around each curve holds so large a part of the curves of the background drawn
        again so many times, in 100 groups of rows; 0 gives none.
    batch_size : for these, the most rows the model is asked about at once.
    threads : for trees; None takes what the machine grants. The values have the same bits for any number.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : no background.
    InputError, ColumnsError : the background does not fit the model.

    Source
    ------
    Friedman (2001), "Greedy function approximation: a gradient boosting machine", Annals of Statistics 29, section 8.2;
    for trees without recursion over covers: the brute-force definition, counted leaf by leaf.
    """

    card: ClassVar[Card] = Card(
        summary="Mean prediction for every value of a feature or a pair; the exact step function of tree ensembles",
        paper="Friedman (2001), Greedy function approximation: a gradient boosting machine",
        explains="Effect",
        needs="predict",
        background="required",
        completeness="checked",
        cost="trees: one pass over the background for all features; others: grid · B model evaluations a feature",
        limits="averages over combinations of values that may never occur together; ICE shows what a mean hides",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "grid": Whole(2),
        "levels": Whole(1),
        "confidence": Fraction(0, 1),
        "resamples": Whole(0),
        "seed": Whole(0),
        "batch_size": Whole(1),
        "threads": Either(Nothing(), Whole(1)),
        "progress": Either(Nothing(), Flag()),
    }

    def __init__(
        self,
        model: Any,
        background: Any = None,
        *,
        grid: int = 40,
        levels: int = 40,
        confidence: float = 0.95,
        resamples: int = 0,
        seed: int = 0,
        batch_size: int = 65_536,
        threads: int | None = None,
        progress: bool | None = None,
    ) -> None:
        self.grid, self.levels, self.batch_size = grid, levels, batch_size
        self.confidence, self.resamples, self.seed = confidence, resamples, seed
        self.threads, self.progress = threads, progress
        self.check_settings()
        self.model, self._source = model_and_source(model, background)
        self._passes = Passes(self.model, self._source, threads, groups=MOST if resamples else 0, seed=seed)

    def explain(self, features: Any = None, target: TargetSpec = None, *, check: Check = "sample") -> Effect:
        """Curves of features and surfaces of pairs.

        Parameters
        ----------
        features : a name or number, a pair as a tuple, or a list of these; None is every feature by itself.
        target : which outputs, or for models that are no sum of trees any function of them; None is every output.
        check : for trees, compare with the model's own mean predictions at 10 seeded points: of 100 seeded rows
            (``"sample"``), of ``"all"`` rows, or not at all (False).

        Returns
        -------
        Effect with one curve (places, targets) a feature and one surface (places, places, targets) a pair, in the
        model's raw unit.

        Raises
        ------
        ColumnsError, ParameterError : no such feature or target, or a surface too large to be given.
        UnsupportedModelError : a pipeline's encoding of a feature has no steps.
        CompletenessError : a curve is not the model's own mean prediction.
        """
        started = perf_counter()
        resolved = output_target(target, self.model)
        if self.model.trees is not None and resolved.linear:
            return self._of_trees(features, resolved, check, started)
        return self._on_grid(features, resolved, started)

    def _of_trees(self, features: Any, target: Target, check: Check, started: float) -> Effect:
        counted = self._passes.counted(pairs=asks_for_pairs(features))
        sets = feature_sets(features, counted.names, most=2)
        whole = counted.effects(sets, target)
        folds = [Folding(curve.axes, self.levels) for curve in whole]
        curves = [Curve(fold.axes, fold.of(curve.values)) for fold, curve in zip(folds, whole, strict=True)]
        if self.resamples:
            groups = Groups(counted.group_weights[counted.group_weights > 0], self.seed)
            found = [
                fold.of(means, first=1) for fold, means in zip(folds, counted.group_means(sets, target), strict=True)
            ]
            curves = [
                self._banded(curve, groups, means * groups.shares.reshape(-1, *[1] * (means.ndim - 1)))
                for curve, means in zip(curves, found, strict=True)
            ]
        sample = self._source.sample()
        completeness = check_curves(self.model, sample, counted.places, sets, target, check, threads=self.threads)
        receipt = effect_receipt(
            self,
            self.model,
            target,
            completeness,
            probe=sample,
            background=self._source.describe(),
            evaluations=completeness.rows,
            started=started,
            notes=others_notes(curves, "the background"),
        )
        return Effect(receipt, tuple(curves))

    def _on_grid(self, features: Any, target: Target, started: float) -> Effect:
        background = in_memory(self._source, "a grid")
        sets = feature_sets(features, background.table.names, most=2)
        exchange = Exchange(self.model, target, background.table, background.table, self.batch_size)
        rows = RowGroups(background.shares, self.seed) if self.resamples else None
        curves = []
        for numbers in track(sets, total=len(sets), label="PartialDependence", show=self.progress):
            curve, sums = grid_curve(exchange, background, numbers, points=self.grid, most=self.levels, groups=rows)
            if rows is not None and sums is not None:
                curve = self._banded(curve, rows.groups, sums)
            curves.append(curve)
        receipt = effect_receipt(
            self,
            self.model,
            target,
            Completeness("by construction"),
            probe=background.table,
            background=background.describe(),
            evaluations=exchange.evaluations,
            started=started,
            notes=others_notes(curves, "the background"),
        )
        return Effect(receipt, tuple(curves))

    def _banded(self, curve: Curve, groups: Groups, sums: Floats) -> Curve:
        low, high = groups.band(sums, confidence=self.confidence, resamples=self.resamples)
        return replace(curve, low=low, high=high)
