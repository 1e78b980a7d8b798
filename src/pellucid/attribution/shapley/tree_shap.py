"""Shapley values of tree ensembles, exactly, from the trees themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

import numpy as np

from pellucid.attribution.shapley.tree_game import Solver, TreeGame, check_linear
from pellucid.attribution.shapley.tree_outputs import OUTPUTS, explained_output, output_of, response_of
from pellucid.core.attribution import Attribution
from pellucid.core.card import Card
from pellucid.core.completeness import Check
from pellucid.core.errors import ParameterError
from pellucid.core.forest_interactions import interventional_interactions, path_dependent_interactions
from pellucid.core.forest_shapley import interventional_shapley, path_dependent_shapley
from pellucid.core.interactions import Interactions
from pellucid.core.links import Scaled
from pellucid.core.method import Computed, ComputedInteractions, Method, attribute, interact
from pellucid.core.params import Constraint, Either, Flag, Nothing, OneOf, Whole
from pellucid.core.streams import run_stream
from pellucid.core.tables import Table
from pellucid.core.target import Target, TargetSpec
from pellucid.maskers.adapt import rows_of
from pellucid.maskers.groups import Groups, plain
from pellucid.models import as_model

__all__ = ["TreeSHAP"]

DEFAULT_GAP = 1e-5
ADDITIVE = (
    "sets of {order} columns have their Shapley interaction index, and smaller ones n-Shapley values, what is left of "
    "theirs when all of it is to add up"
)
VALUES = Solver(path_dependent_shapley, interventional_shapley)
INTERACTIONS = Solver(path_dependent_interactions, interventional_interactions)


class TreeSHAP(Method):
    """Exact Shapley values of a sum of trees.

    ``φ_i = Σ_{S ⊆ N∖i} |S|! (n−|S|−1)! / n! · (v(S ∪ i) − v(S))``

    Without a background, ``v`` is *path-dependent*: a split on an absent feature takes the mean of its two sides,
    weighted by the training rows that went there. With one, ``v`` is *interventional*: absent features take the values
    of a background row, averaged over all background rows. Columns that a pipeline made from one column of the user
    (one-hot blocks, say) are one player, so its value is the exact Shapley value of the group; so are ``groups``.

    Raw scores are sums of trees. Any other output is no such sum: it has values against a background,
    ``v(S) = Σ_b w_b · g(f(x_S, b_rest))``, exactly, for up to 15 players that the trees read.

    Parameters
    ----------
    model : an XGBoost, LightGBM, CatBoost or scikit-learn tree model, a pipeline that ends in one, or a Model.
    background : rows, or ``(rows, weights)``, for interventional values; None for path-dependent ones. All rows count.
    exact : sum the tables of a tree in float64 rather than float32, which leaves above 1e34 need; outputs that are no
        sum of trees always are.
    output : ``"raw"`` scores; ``"probability"`` of classifiers; ``"target"``, the scale of ``predict``, where the raw
        scores are its logarithm or root; ``"score"`` of isolation forests, 2^(−h/c), which is −score_samples;
        ``"loss"``, log-loss of classifiers or squared error of regressions, on the labels that ``explain`` is given.
    groups : name → columns that are present or absent together and get one value; all others stay single.
    threads : how many to use; None takes what the machine grants. The values have the same bits for any number.

    Raises
    ------
    UnsupportedModelError : the model is not a sum of trees that can be read exactly; says what can explain it.
    ParameterError : the model has no such output, or it needs a background; groups overlap, are empty or bear the name
        of another column.
    ColumnsError : a group names a column that the model does not have.

    Source
    ------
    Lundberg, Erion, Chen, DeGrave, Prutkin, Nair, Katz, Himmelfarb, Bansal & Lee (2020), "From local explanations to
    global understanding with explainable AI for trees", Nature Machine Intelligence 2, 56–67: path-dependent and
    interventional values.
    """

    card: ClassVar[Card] = Card(
        summary="Exact Shapley values of tree ensembles from the trees themselves",
        paper="Lundberg et al. (2020), From local explanations to global understanding with explainable AI for trees",
        explains="Attribution",
        needs="forest",
        background="optional",
        completeness="checked",
        cost="Σ over leaves of 2^k for k distinct features on the path, then k look-ups a row; no model evaluations",
        limits="outputs that are no sum of trees, such as a boosted classifier's probability: up to 15 players",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "exact": Flag(),
        "output": OneOf(OUTPUTS),
        "groups": Either(Nothing(), Groups()),
        "threads": Either(Nothing(), Whole(1)),
    }

    def __init__(
        self,
        model: Any,
        background: Any = None,
        *,
        exact: bool = False,
        output: str = "raw",
        groups: Mapping[str, Iterable[str | int]] | None = None,
        threads: int | None = None,
    ) -> None:
        self.exact = exact
        self.output = output
        self.groups: Mapping[str, Any] | None = groups
        self.threads = threads
        self.check_settings()
        self.groups = plain(groups)
        self.model = as_model(model)
        self._game = TreeGame(self.model, background, self.groups, threads)
        self._response = response_of(self.model, output)
        if self._enumerates and background is None:
            raise ParameterError(
                f"output={output!r} is no sum of trees, and only against a background is it known what absent columns "
                f"are; pass background=, for instance 100 rows of the training data."
            )

    def explain(self, rows: Any, target: TargetSpec = None, y: Any = None, *, check: Check = "sample") -> Attribution:
        """Shapley values of each row.

        Parameters
        ----------
        rows : a frame or array with the model's columns.
        target : which outputs; None is every output. A function of outputs is not a sum of trees and is refused.
        y : labels of the rows, for ``output="loss"``: classes as the model knows them, or numbers of a regression.
        check : compare base + Σ values with the model's own prediction on ``"sample"`` (1,000 seeded rows; skipped for
            one row once this object has passed a check), on ``"all"`` rows, or not at all (False).

        Returns
        -------
        Attribution with values (rows, columns, targets), or (rows, groups and single columns, targets), in the unit of
        the output.

        Raises
        ------
        InputError, ColumnsError : the rows do not fit the model; labels are missing, unknown, or not one a row.
        ParameterError : no such target, or a function of outputs; labels without ``output="loss"``; more than 15
            players where the output is no sum of trees; leaves above 1e34 without ``exact``.
        CompletenessError : the values do not add up to the model's own prediction.
        """
        if y is not None and self.output != "loss":
            raise ParameterError(f"y: labels are for output='loss', and this explains output={self.output!r}.")
        table = self.model.table(rows)
        found = self._enumerate(table, target, y, check) if self._enumerates else self._sum(table, target, check)
        self._game.verified |= found.receipt.completeness.kind == "checked"
        return found

    def interactions(
        self, rows: Any, target: TargetSpec = None, *, order: int = 2, check: Check = "sample"
    ) -> Interactions:
        """Shapley interaction values of pairs of columns, or larger sets, and what each column does alone.

        ``I_ij = Σ_{S ⊆ N∖{i,j}} |S|! (n−|S|−2)! / (n−1)! · (v(S ∪ {i,j}) − v(S ∪ i) − v(S ∪ j) + v(S))``

        with the same ``v`` as the values. A column's main effect is ``φ_i − ½ Σ_j I_ij``.

        For a larger order, sets of so many columns get their Shapley interaction index
        ``I_T = Σ_{S ⊆ N∖T} |S|! (n−|S|−|T|)! / (n−|T|+1)! · Σ_{L ⊆ T} (−1)^{|T|−|L|} v(S ∪ L)``. Indices of all orders
        do not add up to anything, so smaller sets get what is left of theirs, their n-Shapley value
        ``Φ_S = Σ_{T ⊇ S, |T| ≤ order} B_{|T|−|S|} I_T`` with Bernoulli's numbers B = 1, −½, ⅙, 0, −1/30; and everything
        adds up to the prediction, as it does for pairs.

        Parameters
        ----------
        rows, target, check : as in :meth:`explain`.
        order : 2 to 6, columns in the largest sets. Their number grows with the paths' lengths as C(k, order).

        Returns
        -------
        Interactions with values (rows, sets, targets) and main effects (rows, columns, targets) in the model's raw
        unit. Sets that share no path of any tree have no interaction and are not listed.

        Raises
        ------
        As :meth:`explain`; ParameterError : no such order.
        UnsupportedModelError : the trees' paths hold more than 10 million sets of a size.

        Source
        ------
        Lundberg et al. (2020), Methods, "SHAP interaction values"; their Φ_ij = Φ_ji = I_ij / 2 is
        :meth:`Interactions.dense <pellucid.core.interactions.Interactions.dense>`. Larger sets: Grabisch & Roubens
        (1999), "An axiomatic approach to the concept of interaction among players in cooperative games"; n-Shapley
        values: Bordt & von Luxburg (2023), "From Shapley values to generalized additive models and back".
        """
        if self.output != "raw":
            raise ParameterError(
                f"interactions are of raw scores, and this explains output={self.output!r}; use 'raw'."
            )
        table = self.model.table(rows)
        frame = self._game.frame(check, len(table), self._relative_gap())
        compute = partial(self._compute_interactions, order)
        found = interact(self, self.model, table, target, compute, **frame)
        self._game.verified |= found.receipt.completeness.kind == "checked"
        return found

    def stream_interactions(
        self,
        source: Any,
        sink: Any,
        *,
        order: int = 2,
        chunk: int = 10_000,
        target: TargetSpec = None,
        progress: bool | None = None,
        check: Check = "sample",
    ) -> Any:
        """Interactions of any number of rows in bounded memory, each set as a feature of its own.

        Parameters
        ----------
        source, sink, chunk, progress : as in :meth:`stream <pellucid.core.method.Method.stream>`.
        order, target, check : as in :meth:`interactions`.

        Returns
        -------
        What the sink makes of :meth:`Interactions.as_attribution
        <pellucid.core.interactions.Interactions.as_attribution>`: columns such as ``"age"`` and ``"age × income"``.

        Raises
        ------
        As :meth:`interactions` and :meth:`stream <pellucid.core.method.Method.stream>`.
        """

        def explain(rows: Any) -> Attribution:
            return self.interactions(rows, target, order=order, check=check).as_attribution()

        return run_stream(explain, source, sink, chunk=chunk, progress=progress)

    @property
    def _enumerates(self) -> bool:
        """Whether the output is no sum of trees."""
        return self.output == "loss" or (self._response is not None and not isinstance(self._response.link, Scaled))

    def _sum(self, table: Table, target: TargetSpec, check: Check) -> Attribution:
        model = self.model if self._response is None else self.model.responding()
        return attribute(
            self, model, table, target, self._compute, **self._game.frame(check, len(table), self._relative_gap())
        )

    def _enumerate(self, table: Table, spec: TargetSpec, y: Any, check: Check) -> Attribution:
        background = rows_of(self._game.background, self.model)
        output = output_of(self.model, self.output, y, len(table))
        frame = self._game.frame(check, len(table), self._game.library_gap)

        def compute(table: Table, target: Target) -> Computed:
            check_linear(target, "TreeSHAP")
            return explained_output(
                output,
                self._game.form,
                self._game.forest,
                background,
                self._game.grouping(table),
                table,
                target,
                check=frame["check"],
                relative=frame["relative"],
                threads=self.threads,
            )

        return attribute(self, output.model, table, spec, compute, **frame)

    def _compute(self, table: Table, target: Target) -> Computed:
        check_linear(target, "TreeSHAP")
        values, base = self._game.solved(table, VALUES, exact=self.exact)
        if self._response is not None:
            values, base = self._response.link(values), self._response.link(base)
        bases = np.repeat(base[np.newaxis], len(table), axis=0)
        return Computed(
            values=target.select(values),
            base=target.select(bases),
            notes=self._game.notes,
            shown=self._game.grouping(table).shown(table),
        )

    def _compute_interactions(self, order: int, table: Table, target: Target) -> ComputedInteractions:
        check_linear(target, "TreeSHAP")
        sets, values, main, base = self._game.solved(table, INTERACTIONS, order=order, exact=self.exact)
        bases = np.repeat(base[np.newaxis], len(table), axis=0)
        return ComputedInteractions(
            index=sets,
            values=target.select(values),
            main=target.select(main),
            base=target.select(bases),
            notes=(*self._game.notes, ADDITIVE.format(order=order)) if order > 2 else self._game.notes,
            shown=self._game.grouping(table).shown(table),
        )

    def _relative_gap(self) -> float:
        """Allowed gap: rounding of float32 tables, and of the library's own float32 sums where it has them."""
        return self._game.library_gap if self.exact else max(self._game.library_gap, DEFAULT_GAP)
