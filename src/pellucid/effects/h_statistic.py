"""Friedman's H: how much of what features do, they do only together."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.core.card import Card
from pellucid.core.completeness import Check
from pellucid.core.effect_receipt import effect_receipt
from pellucid.core.importance import Importance
from pellucid.core.method import Method
from pellucid.core.params import Constraint, Either, Flag, Nothing, Whole
from pellucid.core.receipt import Completeness
from pellucid.core.target import Target, TargetSpec
from pellucid.effects.background_source import RowsSource, in_memory, model_and_source
from pellucid.effects.check import check_curves
from pellucid.effects.features import feature_sets, output_target
from pellucid.effects.forest_background import Passes
from pellucid.effects.jackknife import GROUPS, error_over_rows, group_of_rows
from pellucid.effects.joint_effects import ForestParts, GameParts
from pellucid.maskers.background import Background

__all__ = ["HStatistic"]

Floats = NDArray[np.float64]
#: a variance below this part of the prediction's own is rounding
ROUNDING = 1e-18


class HStatistic(Method):
    """The share of variance that features owe to acting together.

    ``H²_jk = Σ_b w_b [F_jk − F_j − F_k]² / Σ_b w_b F_jk²`` for a pair and, for one feature against all others,
    ``H²_j = Σ_b w_b [f − F_j − F_∖j]² / Σ_b w_b f²``; F are partial dependences, each centred to mean 0, at the
    background rows b. 0: they add up; 1: all they do, they do together. For a sum of trees everything is exact, at the
    cost of a few passes; other models are asked about every pair of background rows.

    Parameters
    ----------
    model : any model, or a function from rows to predictions.
    background : rows, or ``(rows, weights)``. All rows count.
    normalised : True for the shares H², False for the root of the upper sum, in the model's own unit: strengths that
        can be compared between pairs, where a share can be large because both features do little.
    groups : None, or into how many groups the rows are parted for a standard error over rows: H is computed again
        without each of them.
    seed : of the groups.
    batch_size : for models that are no sum of trees, the most rows the model is asked about at once.
    threads : for trees; None takes what the machine grants. The values have the same bits for any number.

    Raises
    ------
    ParameterError : no background.
    InputError, ColumnsError : the background does not fit the model.

    Source
    ------
    Friedman & Popescu (2008), "Predictive learning via rule ensembles", Annals of Applied Statistics 2, section 8.1,
    equations 44 to 46.
    """

    card: ClassVar[Card] = Card(
        summary="Friedman's H: the share of variance that features owe to acting together, pairs or one against all",
        paper="Friedman & Popescu (2008), Predictive learning via rule ensembles",
        explains="Importance",
        needs="predict",
        background="required",
        completeness="checked",
        cost="trees: a pass over the background and one surface a pair; others: B² evaluations a pair and feature",
        limits="shares of features that do little are unstable: see normalised=False; correlated features inflate H",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "normalised": Flag(),
        "groups": GROUPS,
        "seed": Whole(0),
        "batch_size": Whole(1),
        "threads": Either(Nothing(), Whole(1)),
    }

    def __init__(
        self,
        model: Any,
        background: Any = None,
        *,
        normalised: bool = True,
        groups: int | None = None,
        seed: int = 0,
        batch_size: int = 65_536,
        threads: int | None = None,
    ) -> None:
        self.normalised, self.batch_size, self.threads = normalised, batch_size, threads
        self.groups, self.seed = groups, seed
        self.check_settings()
        self.model, self._source = model_and_source(model, background)
        self._background = in_memory(self._source, "H, which looks at every background row,")
        self._passes = Passes(self.model, self._source, threads)

    def explain(self, features: Any = None, target: TargetSpec = None, *, check: Check = "sample") -> Importance:
        """H of single features against all others, and of pairs.

        Parameters
        ----------
        features : a name or number, a pair as a tuple, or a list of these; None is every feature against all others.
        target : which outputs, or for models that are no sum of trees any function of them; None is every output.
        check : for trees, of the partial dependences, as in
            :meth:`PartialDependence.explain <pellucid.effects.partial_dependence.PartialDependence.explain>`.

        Returns
        -------
        Importance with one value a feature or pair, named ``"age × income"``; 0 where the features do nothing. With
        ``groups`` its standard error is that over rows.

        Raises
        ------
        ColumnsError, ParameterError : no such feature or target, or surfaces too large.
        CompletenessError : a partial dependence is not the model's own mean prediction.
        """
        names = self._background.table.names
        return self._explained(feature_sets(features, names, most=2), target, check)

    def pairs(self, features: Any = None, target: TargetSpec = None, *, check: Check = "sample") -> Importance:
        """H of every pair.

        Parameters
        ----------
        features : names or numbers whose pairs are meant; None is all.
        target, check : as in :meth:`explain`.

        Returns
        -------
        Importance, as of :meth:`explain`.

        Raises
        ------
        As :meth:`explain`.
        """
        single = feature_sets(features, self._background.table.names, most=1)
        return self._explained(list(combinations([j for (j,) in single], 2)), target, check)

    def _explained(self, sets: list[tuple[int, ...]], target: TargetSpec, check: Check) -> Importance:
        started = perf_counter()
        resolved = output_target(target, self.model)
        table = self._background.table
        completeness = Completeness("by construction")
        passes = self._passes if self.model.trees is not None and resolved.linear else None
        if passes is not None:
            counted = passes.counted(pairs=any(len(numbers) > 1 for numbers in sets))
            completeness = check_curves(self.model, table, counted.places, sets, resolved, check, threads=self.threads)
        parts = self._parts(self._background, passes, sets, resolved)
        values = self._values(parts, sets)
        left = [
            self._parts(background, passes and Passes(self.model, RowsSource(background), self.threads), sets, resolved)
            for background in self._left()
        ]
        stderr = np.full(values.shape, np.nan)
        if left:
            stderr = error_over_rows(np.array([self._values(part, sets) for part in left]))
        receipt = effect_receipt(
            self,
            self.model,
            resolved,
            completeness,
            probe=table,
            background=self._background.describe(),
            evaluations=completeness.rows + sum(part.evaluations for part in (parts, *left)),
            started=started,
            unit="H²" if self.normalised else self.model.unit,
        )
        labels = tuple(" × ".join(table.names[j] for j in numbers) for numbers in sets)
        return Importance(receipt, values=values, stderr=stderr, feature_names=labels)

    def _left(self) -> list[Background]:
        """The background without each group of its rows."""
        table, weights = self._background.table, self._background.weights
        group = group_of_rows(len(table), self.groups, self.seed)
        kept = [np.flatnonzero(group != g) for g in range(self.groups or 0)]
        return [Background(table.rows(rows).native, None if weights is None else weights[rows]) for rows in kept]

    def _parts(
        self, background: Background, passes: Passes | None, sets: list[tuple[int, ...]], target: Target
    ) -> ForestParts | GameParts:
        """What H is made of; ``passes`` over the same background for a sum of trees."""
        if passes is None:
            return GameParts(self.model, background, target, self.batch_size)
        counted = passes.counted(pairs=any(len(numbers) > 1 for numbers in sets))
        return ForestParts(self.model, background, counted, target, singles=[s[0] for s in sets if len(s) == 1])

    def _values(self, parts: ForestParts | GameParts, sets: list[tuple[int, ...]]) -> Floats:
        """(sets, targets)"""
        whole = parts.variance(parts.predictions())
        rows = []
        for numbers in sets:
            together, beyond = parts.of_pair(*numbers) if len(numbers) > 1 else parts.of_one(numbers[0])
            upper, lower = parts.variance(beyond), parts.variance(together)
            upper = np.where(upper <= ROUNDING * whole, 0.0, upper)
            share = np.divide(upper, lower, out=np.zeros_like(upper), where=lower > ROUNDING * whole)
            rows.append(share if self.normalised else np.sqrt(upper))
        return np.array(rows).reshape(len(sets), -1)
