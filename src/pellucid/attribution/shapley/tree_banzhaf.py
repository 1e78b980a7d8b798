"""Banzhaf values of tree ensembles, exactly, from the trees themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.shapley.tree_game import Solver, TreeGame, check_linear
from pellucid.core.attribution import Attribution
from pellucid.core.card import Card
from pellucid.core.completeness import Check, check_completeness, rows_to_check
from pellucid.core.forest import predict
from pellucid.core.forest_banzhaf import interventional_banzhaf, path_dependent_banzhaf
from pellucid.core.method import Computed, Method, attribute
from pellucid.core.params import Constraint, Either, Flag, Nothing, Whole
from pellucid.core.receipt import Completeness
from pellucid.core.tables import Table
from pellucid.core.target import Target, TargetSpec
from pellucid.maskers.groups import Groups, plain
from pellucid.models import as_model

__all__ = ["TreeBanzhaf"]

VALUES = Solver(path_dependent_banzhaf, interventional_banzhaf)
NO_SUM = "Banzhaf values count every coalition alike and so do not add up to the prediction"
TREES = (
    "checked on {rows:,} rows: the trees themselves add up to the model's own prediction within {gap:.1e} "
    "(allowed {tolerance:.1e})"
)


class TreeBanzhaf(Method):
    """Exact Banzhaf values of a sum of trees.

    ``φ_i = 1/2^(n−1) Σ_{S ⊆ N∖i} (v(S ∪ i) − v(S))``

    A player's value is what it adds on average when a coin decides for each other player whether it is present. ``v``
    is that of TreeSHAP: *path-dependent* without a background, where a split on an absent feature takes the mean of its
    two sides, weighted by the training rows that went there; *interventional* with one, where absent features take the
    values of a background row, averaged over all background rows. Columns that a pipeline made from one column of the
    user are one player; so are ``groups``.

    Banzhaf values do not add up to the prediction, so there is no base and nothing is promised of their sum. That the
    trees were read right is checked all the same: they add up to the model's own prediction.

    Parameters
    ----------
    model : an XGBoost, LightGBM, CatBoost or scikit-learn tree model, a pipeline that ends in one, or a Model.
    background : rows, or ``(rows, weights)``, for interventional values; None for path-dependent ones. All rows count.
    exact : sum the tables of a tree in float64 rather than float32, which leaves above 1e34 need.
    groups : name → columns that are present or absent together and get one value; all others stay single.
    threads : how many to use; None takes what the machine grants. The values have the same bits for any number.

    Raises
    ------
    UnsupportedModelError : the model is not a sum of trees that can be read exactly; says what can explain it.
    ParameterError : groups overlap, are empty or bear the name of another column.
    ColumnsError : a group names a column that the model does not have.

    Source
    ------
    Banzhaf (1965), "Weighted voting doesn't work: a mathematical analysis", Rutgers Law Review 19, 317–343; of trees:
    Karczmarz, Michalak, Mukherjee, Sankowski & Wygocki (2022), "Improved feature importance computation for tree models
    based on the Banzhaf value", UAI, PMLR 180, 969–979.

    Deviations: the path-dependent game is the paper's; the interventional one, and groups, are added.
    """

    card: ClassVar[Card] = Card(
        summary="Exact Banzhaf values of tree ensembles from the trees themselves",
        paper="Karczmarz et al. (2022), Improved feature importance computation for tree models by the Banzhaf value",
        explains="Attribution",
        needs="forest",
        background="optional",
        completeness="not promised",
        cost="Σ over leaves of 2^k for k distinct features on the path, then k look-ups a row; no model evaluations",
        limits="raw scores; where the values should add up to the prediction, use TreeSHAP",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "exact": Flag(),
        "groups": Either(Nothing(), Groups()),
        "threads": Either(Nothing(), Whole(1)),
    }

    def __init__(
        self,
        model: Any,
        background: Any = None,
        *,
        exact: bool = False,
        groups: Mapping[str, Iterable[str | int]] | None = None,
        threads: int | None = None,
    ) -> None:
        self.exact = exact
        self.groups: Mapping[str, Any] | None = groups
        self.threads = threads
        self.check_settings()
        self.groups = plain(groups)
        self.model = as_model(model)
        self._game = TreeGame(self.model, background, self.groups, threads)

    def explain(self, rows: Any, target: TargetSpec = None, *, check: Check = "sample") -> Attribution:
        """Banzhaf values of each row.

        Parameters
        ----------
        rows : a frame or array with the model's columns.
        target : which outputs; None is every output. A function of outputs is not a sum of trees and is refused.
        check : compare the sum of the trees with the model's own prediction on ``"sample"`` (1,000 seeded rows; skipped
            for one row once this object has passed a check), on ``"all"`` rows, or not at all (False).

        Returns
        -------
        Attribution without a base, with values (rows, columns, targets), or (rows, groups and single columns, targets),
        in the model's raw unit.

        Raises
        ------
        InputError, ColumnsError : the rows do not fit the model.
        ParameterError : no such target, or a function of outputs; leaves above 1e34 without ``exact``.
        CompletenessError : the trees do not add up to the model's own prediction.
        """
        table = self.model.table(rows)
        frame = self._game.frame(check, len(table), self._game.library_gap)
        return attribute(self, self.model, table, target, partial(self._compute, frame["check"]), **frame)

    def _compute(self, check: Check, table: Table, target: Target) -> Computed:
        check_linear(target, "TreeBanzhaf")
        values, base = self._game.solved(table, VALUES, exact=self.exact)
        rows = rows_to_check(check, len(table))
        checked = self._check_trees(rows, table, target, base) if len(rows) else ()
        return Computed(
            values=target.select(values),
            base=None,
            evaluations=len(rows),
            completeness=Completeness("not promised", reason=NO_SUM),
            notes=(*self._game.notes, *checked),
            shown=self._game.grouping(table).shown(table),
        )

    def _check_trees(
        self, rows: NDArray[np.intp], table: Table, target: Target, base: NDArray[np.float64]
    ) -> tuple[str, ...]:
        """Compare the sum of the trees with the model's own prediction; what the receipt notes of it.

        Raises
        ------
        CompletenessError : the gap is larger than the library's own rounding.
        """
        subset = table if len(rows) == len(table) else table.rows(rows)
        trees = predict(self._game.forest, self._game.form.encode(subset), threads=self.threads)
        found = check_completeness(
            target.select(trees, rows),
            target.select(np.broadcast_to(base, trees.shape), rows),
            target.select(self.model.predict(subset), rows),
            relative=self._game.library_gap,
            unit=self.model.unit,
            rows=rows,
            summed="the sum of the trees",
        )
        self._game.verified = True
        return (TREES.format(rows=found.rows, gap=found.gap, tolerance=found.tolerance),)
