"""Individual conditional expectation: the prediction of each row with a feature set to each of its values."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.core.batching import row_blocks
from pellucid.core.card import Card
from pellucid.core.completeness import Check
from pellucid.core.effect import Curve, Effect
from pellucid.core.effect_axis import Axis
from pellucid.core.effect_receipt import effect_receipt
from pellucid.core.errors import ParameterError
from pellucid.core.forest_effects import Domain, ForestEffects, individual
from pellucid.core.method import Method
from pellucid.core.params import Constraint, Either, Flag, Nothing, Whole
from pellucid.core.receipt import Completeness
from pellucid.core.rng import generator
from pellucid.core.rounding import library_gap
from pellucid.core.tables import Table
from pellucid.core.target import Target, TargetSpec
from pellucid.effects.background_source import in_memory, model_and_source
from pellucid.effects.check import POINTS, ROWS, compared, replaced, turned_off
from pellucid.effects.exchange import Exchange
from pellucid.effects.features import feature_sets, output_target
from pellucid.effects.forest_background import Passes
from pellucid.effects.grid import grid_rows
from pellucid.effects.rare_levels import Folding, others_notes
from pellucid.effects.slopes import slopes

__all__ = ["ICE"]

Floats = NDArray[np.float64]
#: most numbers of all curves together
LARGEST = 50_000_000


class ICE(Method):
    """Prediction of each row with one feature set to a value, for every value.

    ``f_r(z) = f(z, x_r without the feature)``; the mean over background rows is their partial dependence. For a sum of
    trees the curves are exact step functions over all pieces between the thresholds of the forest, a place for the
    missing value, and one for each category of the background. Other models are asked at values of a grid.

    Of very many categories the rarest stand together: a row's mean over them, each as often as it is in the background;
    on a grid the row's prediction with one of them, drawn so.

    Parameters
    ----------
    model : any model, or a function from rows to predictions.
    background : rows, or ``(rows, weights)``: where values lie, and the rows explained unless others are given.
    centred : let every curve start at 0: take off its value at the first place that the background holds.
    derivative : the slopes of the curves instead (d-ICE), per unit of the feature, of dates per day; steps of trees
        have none.
    grid : for models that are no sum of trees: at how many values numbers are looked at, evenly spaced quantiles.
    levels : categories at most, the most frequent; the others stand together at one place, and a note says so.
    batch_size : for these, the most rows the model is asked about at once.
    threads : for trees; None takes what the machine grants. The values have the same bits for any number.

    Raises
    ------
    ParameterError : no background.
    InputError, ColumnsError : the background does not fit the model.

    Source
    ------
    Goldstein, Kapelner, Bleich & Pitkin (2015), "Peeking inside the black box: visualizing statistical learning with
    plots of individual conditional expectation", Journal of Computational and Graphical Statistics 24, sections 3.1,
    3.2 (centred) and 3.3 (derivative).
    """

    card: ClassVar[Card] = Card(
        summary="Prediction of each row for every value of a feature; exact step functions of tree ensembles",
        paper="Goldstein et al. (2015), Peeking inside the black box",
        explains="Effect",
        needs="predict",
        background="required",
        completeness="checked",
        cost="trees: one pass over the rows a feature; others: grid model evaluations a row and feature",
        limits="a row's curve runs through values that it could never have; steps have no derivative",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "centred": Flag(),
        "derivative": Flag(),
        "grid": Whole(2),
        "levels": Whole(1),
        "batch_size": Whole(1),
        "threads": Either(Nothing(), Whole(1)),
    }

    def __init__(
        self,
        model: Any,
        background: Any = None,
        *,
        centred: bool = False,
        derivative: bool = False,
        grid: int = 40,
        levels: int = 40,
        batch_size: int = 65_536,
        threads: int | None = None,
    ) -> None:
        self.centred, self.derivative = centred, derivative
        self.grid, self.levels, self.batch_size, self.threads = grid, levels, batch_size, threads
        self.check_settings()
        if centred and derivative:
            raise ParameterError("ICE: slopes are the same for centred curves; pass centred=True or derivative=True.")
        self.model, self._source = model_and_source(model, background)
        self._passes = Passes(self.model, self._source, threads)

    def explain(
        self, rows: Any = None, target: TargetSpec = None, *, features: Any = None, check: Check = "sample"
    ) -> Effect:
        """A curve for each row and feature.

        Parameters
        ----------
        rows : the rows explained; None takes the background's.
        target : which outputs, or for models that are no sum of trees any function of them; None is every output.
        features : a name or number, or a list of these; None is every feature.
        check : for trees, compare 1,000 seeded points (the points of all rows for ``"all"``) with the model's own
            predictions, or not at all (False).

        Returns
        -------
        Effect whose curves hold (rows, places, targets) beside their mean, in the model's raw unit.

        Raises
        ------
        ColumnsError, ParameterError : no such feature or target, or more curves than memory is meant for.
        CompletenessError : a curve is not the model's own prediction.
        """
        started = perf_counter()
        resolved = output_target(target, self.model)
        table, weights = self._rows(rows)
        if self.model.trees is not None and resolved.linear:
            if self.derivative:
                raise ParameterError(
                    "ICE: the steps of trees have no slope; pass the model's predict function for slopes on a grid."
                )
            curves, completeness = self._of_trees(features, resolved, table, weights, check)
            evaluations = completeness.rows
        else:
            curves, evaluations = self._on_grid(features, resolved, table, weights)
            completeness = Completeness("by construction")
        receipt = effect_receipt(
            self,
            self.model,
            resolved,
            completeness,
            probe=table,
            background=self._source.describe(),
            evaluations=evaluations,
            started=started,
            rows=len(table),
            data_fingerprint=table.fingerprint(),
            unit=f"{self.model.unit} per unit" if self.derivative else self.model.unit,
            notes=others_notes(curves, "the background"),
        )
        return Effect(receipt, tuple(self._shifted(curve, weights) for curve in curves))

    def _rows(self, rows: Any) -> tuple[Table, Floats]:
        if rows is None:
            background = in_memory(self._source, "explaining the background's own rows")
            return background.table, background.shares
        table = self.model.table(rows)
        return table, np.full(len(table), 1 / len(table))

    def _of_trees(
        self, features: Any, target: Target, table: Table, weights: Floats, check: Check
    ) -> tuple[list[Curve], Completeness]:
        counted = self._passes.counted(pairs=False)
        sets = feature_sets(features, counted.names, most=1)
        domains = [counted.places(j).domain() for (j,) in sets]
        folds = [Folding([counted.places(j).axis(counted.names[j])], self.levels) for (j,) in sets]
        _check_size(len(table) * len(target.names) * sum(fold.axes[0].places for fold in folds))
        encoded, counts = self.model.tree_form.encode(table), counted.counts
        curves = []
        for fold, domain in zip(folds, domains, strict=True):
            found = [
                fold.of(target.select(self._individual(counts, domain, encoded[block])), first=1)
                for block in row_blocks(len(table), len(domain.points), most=LARGEST)
            ]
            curves.append(_curve(fold.axes[0], found[0] if len(found) == 1 else np.concatenate(found), weights))
        return curves, self._checked(curves, sets, target, table, check)

    def _individual(self, counts: ForestEffects, domain: Domain, encoded: Floats) -> Floats:
        """(rows, points, outputs)"""
        return individual(counts.forest, counts.players, counts.n_players, domain, encoded, threads=self.threads)

    def _checked(
        self, curves: list[Curve], sets: list[tuple[int, ...]], target: Target, table: Table, check: Check
    ) -> Completeness:
        if turned_off(check):
            return Completeness("not promised", reason="the check was turned off")
        random = generator(0, "ice")
        most = len(table) if check == "all" else ROWS
        gaps: list[tuple[Floats, Floats]] = []
        for number in random.integers(len(sets), size=POINTS):
            rows = random.choice(len(table), size=min(most, len(table)), replace=False)
            givers = random.integers(len(table), size=len(rows))
            places = curves[number].axes[0].find(table.column(sets[number][0])[givers])
            own = target.select(self.model.predict(replaced(table, rows, givers, sets[number])))
            on_axis = places >= 0
            gaps.append((_rows_of(curves[number])[rows[on_axis], places[on_axis]], own[on_axis]))
        ours, own = (np.concatenate([pair[side] for pair in gaps]) for side in (0, 1))
        if not len(ours):
            return Completeness("not promised", reason="no value of these rows is in the background")
        claim = "points of the curves equal the model's own predictions"
        return compared(ours, own, library_gap(self.model), self.model.unit, len(ours), claim)

    def _on_grid(self, features: Any, target: Target, table: Table, weights: Floats) -> tuple[list[Curve], int]:
        background = in_memory(self._source, "a grid")
        sets = feature_sets(features, background.table.names, most=1)
        exchange = Exchange(self.model, target, table, background.table, self.batch_size)
        asked = {"rows": len(table), "points": self.grid, "most": self.levels}
        curves = [_curve(*grid_rows(exchange, background, j, **asked), weights) for (j,) in sets]
        return curves, exchange.evaluations

    def _shifted(self, curve: Curve, weights: Floats) -> Curve:
        if self.derivative:
            return _curve(*slopes(curve.axes[0], _rows_of(curve)), weights)
        if not self.centred:
            return curve
        first = int(np.argmax(curve.axes[0].share > 0))
        rows = _rows_of(curve)
        return _curve(curve.axes[0], rows - rows[:, [first]], weights)


def _curve(axis: Axis, rows: Floats, weights: Floats) -> Curve:
    mean = np.tensordot(weights, rows, axes=1)
    return Curve((axis,), mean, rows)


def _rows_of(curve: Curve) -> Floats:
    if curve.rows is None:
        raise ParameterError("these curves have no single rows; explain them with ICE.")
    return curve.rows


def _check_size(numbers: int) -> None:
    if numbers > LARGEST:
        raise ParameterError(
            f"the curves of all rows take {numbers:,} numbers, more than {LARGEST:,}; explain fewer rows or features."
        )
