"""Accumulated local effects: what a feature does among the rows where it takes its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.core.card import Card
from pellucid.core.effect import Curve, Effect
from pellucid.core.effect_receipt import effect_receipt
from pellucid.core.method import Method
from pellucid.core.params import Constraint, Either, Flag, Fraction, Nothing, Whole
from pellucid.core.progress import track
from pellucid.core.receipt import Completeness
from pellucid.core.selection import column_number
from pellucid.core.target import TargetSpec
from pellucid.effects.accumulation import accumulated, accumulated_pair, tallied
from pellucid.effects.background_source import in_memory, model_and_source
from pellucid.effects.exchange import Exchange
from pellucid.effects.features import feature_sets, output_target
from pellucid.effects.ladders import Ladder, Orders, climbs_of_both, ladder_of
from pellucid.effects.resamples import RowGroups, middle

__all__ = ["ALE"]

Floats = NDArray[np.float64]


class ALE(Method):
    """Mean steps of the prediction from one value of a feature to the next, among the rows that stand there, added up.

    ``g(z_k) = Σ_{i ≤ k} mean over rows r with z_{i−1} < x_rj ≤ z_i of f(z_i, x_r) − f(z_{i−1}, x_r)``, less its mean
    over the rows, for quantiles z of the feature. Unlike partial dependence it asks for no row far from where
    it is, so features that go together do not mislead it. Of an additive model it is the feature's own term.

    Categories climb to either neighbour, in an order that puts alike ones side by side. The missing value stands at
    ``mean over rows without a value of f(x_r) − Σ_k share_k f(z_k, x_r)``.

    For a pair, ``g(z_k, u_l)`` adds up the mean second differences of all cells below, less what either feature does by
    itself: what the two do together.

    Parameters
    ----------
    model : any model, or a function from rows to predictions.
    background : rows, or ``(rows, weights)``. All rows count.
    grid : intervals of a number or date, at most; evenly spaced quantiles of the background.
    levels : categories at most, the most frequent; rows of the others are left out, and a note says so.
    order : feature → its categories from the lowest to the highest.
    confidence : part of the curves of resampled rows that the band holds.
    resamples : how often the rows are drawn again for the band, in 100 groups; 0 gives none.
    seed : of the resamples.
    batch_size : the most rows the model is asked about at once.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : no background, or a setting outside what it may be.
    InputError, ColumnsError : the background does not fit the model.

    Source
    ------
    Apley & Zhu (2020), "Visualizing the effects of predictor variables in black box supervised learning models",
    Journal of the Royal Statistical Society B 82, equations 15 to 20; bands: Efron & Tibshirani (1993), "An
    introduction to the bootstrap", chapter 13.

    Deviations
    ----------
    The paper has no missing values and no bands. PyALE's band is of each step by itself, not of their sum; its
    quantiles are these where the rows are a multiple of ``grid``.
    """

    card: ClassVar[Card] = Card(
        summary="What a feature or a pair does among the rows where it takes its values, with a confidence band",
        paper="Apley & Zhu (2020), Visualizing the effects of predictor variables in black box supervised learning",
        explains="Effect",
        needs="predict",
        background="required",
        completeness="by construction",
        cost="2 model evaluations a row and feature, 3 for categories, 4 a row and pair",
        limits="differences of near values mean most; far ends are joined by rows that differ in all else",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "grid": Whole(1),
        "levels": Whole(2),
        "order": Either(Nothing(), Orders()),
        "confidence": Fraction(0, 1),
        "resamples": Whole(0),
        "seed": Whole(0),
        "batch_size": Whole(1),
        "progress": Either(Nothing(), Flag()),
    }

    def __init__(
        self,
        model: Any,
        background: Any = None,
        *,
        grid: int = 20,
        levels: int = 40,
        order: Mapping[str | int, Sequence[Any]] | None = None,
        confidence: float = 0.95,
        resamples: int = 200,
        seed: int = 0,
        batch_size: int = 65_536,
        progress: bool | None = None,
    ) -> None:
        self.grid, self.levels, self.order = grid, levels, order
        self.confidence, self.resamples, self.seed = confidence, resamples, seed
        self.batch_size, self.progress = batch_size, progress
        self.check_settings()
        self.model, source = model_and_source(model, background)
        self._background = in_memory(source, "steps between values")
        self._rows = RowGroups(self._background.shares, seed) if resamples else None
        self._draws = np.empty((0, 0)) if self._rows is None else self._rows.groups.drawn(resamples)
        names = self._background.table.names
        self._order = {column_number(name, names): list(levels) for name, levels in (order or {}).items()}

    def explain(self, features: Any = None, target: TargetSpec = None) -> Effect:
        """Curves of features and surfaces of pairs.

        Parameters
        ----------
        features : a name or number, a pair as a tuple, or a list of these; None is every feature by itself.
        target : which outputs, or any function of them; None is every output.

        Returns
        -------
        Effect with one curve (places, targets) and its band a feature, and one surface (places, places, targets) a
        pair, in the model's unit, as differences from the mean prediction over the background.

        Raises
        ------
        ColumnsError, ParameterError : no such feature or target.
        ModelFailedError : the model raised, or answered with something that is not a number.
        """
        started = perf_counter()
        resolved = output_target(target, self.model)
        sets = feature_sets(features, self._background.table.names, most=2)
        table = self._background.table
        exchange = Exchange(self.model, resolved, table, table, self.batch_size)
        ladders = {j: self._ladder(j) for j in dict.fromkeys(j for numbers in sets for j in numbers)}
        steps = track(sets, total=len(sets), label="ALE", show=self.progress)
        curves = [
            self._curve(exchange, numbers[0], ladders[numbers[0]])
            if len(numbers) == 1
            else self._surface(exchange, numbers, [ladders[j] for j in numbers])
            for numbers in steps
        ]
        receipt = effect_receipt(
            self,
            self.model,
            resolved,
            Completeness("by construction"),
            probe=self._background.table,
            background=self._background.describe(),
            evaluations=exchange.evaluations,
            started=started,
            seed=self.seed,
            notes=tuple(_left_out(ladder) for ladder in ladders.values() if ladder.left_out),
        )
        return Effect(receipt, tuple(curves), "ale")

    def _ladder(self, j: int) -> Ladder:
        return ladder_of(self._background, j, intervals=self.grid, most=self.levels, order=self._order.get(j))

    def _curve(self, exchange: Exchange, j: int, ladder: Ladder) -> Curve:
        below, above = self._both_ends(exchange, j, ladder)
        local, gone, shares = above - below, self._gone(exchange, j, ladder), self._background.shares
        sums = tallied(ladder, local, gone, shares, self._rows)
        curve = Curve((ladder.axis,), accumulated(sums.whole())[0])
        if self._rows is None:
            return curve
        low, high = middle(accumulated(sums.drawn(self._draws)), self.confidence)
        return replace(curve, low=low, high=high)

    @staticmethod
    def _both_ends(exchange: Exchange, j: int, ladder: Ladder) -> Floats:
        """(2, climbs, targets) predictions where each climb begins and where it ends."""
        givers = ladder.givers[np.stack([ladder.step, ladder.step + 1])]
        if ladder.axis.kind != "levels":
            return exchange.in_turn(ladder.climbers, {j: givers})
        # a category is both where one row's climb ends and where its next begins
        return np.stack(np.split(exchange.different(np.tile(ladder.climbers, 2), j, givers.ravel()), 2))

    def _gone(self, exchange: Exchange, j: int, ladder: Ladder) -> Floats:
        """(missing rows, targets) the prediction without a value, less its mean over the rungs."""
        rows, rungs = ladder.missing, ladder.rungs
        own = exchange.answers(rows, {})
        if not rungs or not len(rows):
            return np.zeros_like(own)
        share = ladder.axis.share[:rungs] / ladder.axis.share[:rungs].sum()
        at = exchange.in_turn(rows, {j: ladder.givers[:, np.newaxis]})
        return np.asarray(own - np.tensordot(share, at, axes=1))

    def _surface(self, exchange: Exchange, numbers: tuple[int, ...], ladders: list[Ladder]) -> Curve:
        rows, steps = climbs_of_both(*ladders)
        ups = np.array([(0, 0), (0, 1), (1, 0), (1, 1)])
        corners = exchange.in_turn(
            rows,
            {
                j: ladder.givers[step + up[:, np.newaxis]]
                for j, ladder, step, up in zip(numbers, ladders, steps.T, ups.T, strict=True)
            },
        )
        local = corners[3] - corners[2] - corners[1] + corners[0]
        axes = tuple(ladder.without_missing() for ladder in ladders)
        return Curve(axes, accumulated_pair(ladders, steps, local, self._background.shares[rows]))


def _left_out(ladder: Ladder) -> str:
    return (
        f"{ladder.axis.name}: the {ladder.rungs} most frequent categories; rows of the others, "
        f"{ladder.left_out:.1%} of the background, are left out"
    )
