"""Shapley values of tree ensembles, exactly, from the trees themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.shapley.tree_outputs import OUTPUTS, explained_output, output_of, response_of
from pellucid.core.attribution import Attribution
from pellucid.core.card import Card
from pellucid.core.completeness import Check
from pellucid.core.errors import ParameterError
from pellucid.core.forest import (
    Background,
    interventional_interactions,
    interventional_shapley,
    path_dependent_interactions,
    path_dependent_shapley,
)
from pellucid.core.interactions import Interactions
from pellucid.core.links import Scaled
from pellucid.core.method import Computed, ComputedInteractions, Method, attribute, interact
from pellucid.core.params import Constraint, Either, Flag, Nothing, OneOf, Whole
from pellucid.core.tables import Table
from pellucid.core.target import Target, TargetSpec
from pellucid.maskers.adapt import background_rows, rows_of
from pellucid.maskers.background import Background as Rows
from pellucid.maskers.groups import Grouping, Groups, grouping_of, plain
from pellucid.models import as_model

__all__ = ["TreeSHAP"]

FLOAT32_GAP = 2e-6
DEFAULT_GAP = 1e-5
EXACT_GAP = 1e-10
PATH_DEPENDENT = "path-dependent: an absent column follows the training rows down both sides of its splits"


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
    exact : sum the tables of a tree in float64 rather than float32; outputs that are no sum of trees always are.
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
        self._form = self.model.tree_form
        self._forest = self.model.forest
        self._verified = False
        self._response = response_of(self.model, output)
        self._background = background_rows(background, self.model)
        self._counts: dict[bytes, Background] = {}
        if self.model.feature_names is not None:
            grouping_of(self.groups, self.model.feature_names)
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
            players where the output is no sum of trees.
        CompletenessError : the values do not add up to the model's own prediction.
        """
        if y is not None and self.output != "loss":
            raise ParameterError(f"y: labels are for output='loss', and this explains output={self.output!r}.")
        table = self.model.table(rows)
        found = self._enumerate(table, target, y, check) if self._enumerates else self._sum(table, target, check)
        self._verified = self._verified or found.receipt.completeness.kind == "checked"
        return found

    def interactions(self, rows: Any, target: TargetSpec = None, *, check: Check = "sample") -> Interactions:
        """Shapley interaction values of pairs of columns, and what each column does alone.

        ``I_ij = Σ_{S ⊆ N∖{i,j}} |S|! (n−|S|−2)! / (n−1)! · (v(S ∪ {i,j}) − v(S ∪ i) − v(S ∪ j) + v(S))``

        with the same ``v`` as the values. A column's main effect is ``φ_i − ½ Σ_j I_ij``. Always in float64.

        Parameters
        ----------
        rows, target, check : as in :meth:`explain`.

        Returns
        -------
        Interactions with values (rows, pairs, targets) and main effects (rows, columns, targets) in the model's raw
        unit. Pairs that share no path of any tree have no interaction and are not listed.

        Raises
        ------
        As :meth:`explain`.

        Source
        ------
        Lundberg et al. (2020), Methods, "SHAP interaction values"; their Φ_ij = Φ_ji = I_ij / 2 is
        :meth:`Interactions.dense <pellucid.core.interactions.Interactions.dense>`.
        """
        if self.output != "raw":
            raise ParameterError(
                f"interactions are of raw scores, and this explains output={self.output!r}; use 'raw'."
            )
        table = self.model.table(rows)
        frame = self._frame(check, len(table), self._library_gap())
        found = interact(self, self.model, table, target, self._compute_interactions, **frame)
        self._verified = self._verified or found.receipt.completeness.kind == "checked"
        return found

    @property
    def _enumerates(self) -> bool:
        """Whether the output is no sum of trees."""
        return self.output == "loss" or (self._response is not None and not isinstance(self._response.link, Scaled))

    def _sum(self, table: Table, target: TargetSpec, check: Check) -> Attribution:
        model = self.model if self._response is None else self.model.responding()
        return attribute(
            self, model, table, target, self._compute, **self._frame(check, len(table), self._relative_gap())
        )

    def _enumerate(self, table: Table, spec: TargetSpec, y: Any, check: Check) -> Attribution:
        background = rows_of(self._background, self.model)
        output = output_of(self.model, self.output, y, len(table))
        frame = self._frame(check, len(table), self._library_gap())

        def compute(table: Table, target: Target) -> Computed:
            _check_linear(target)
            return explained_output(
                output,
                self._form,
                self._forest,
                background,
                grouping_of(self.groups, table.names),
                table,
                target,
                check=frame["check"],
                relative=frame["relative"],
                threads=self.threads,
            )

        return attribute(self, output.model, table, spec, compute, **frame)

    def _frame(self, check: Check, rows: int, relative: float) -> dict[str, Any]:
        return {
            "check": False if check == "sample" and self._verified and rows == 1 else check,
            "relative": relative,
            "background": None if self._background is None else self._background.describe(),
        }

    def _grouping(self, table: Table) -> tuple[Grouping, NDArray[np.int32]]:
        """The players, and which of them each encoded column belongs to."""
        grouping = grouping_of(self.groups, table.names)
        return grouping, grouping.players(self._form.players)

    def _compute(self, table: Table, target: Target) -> Computed:
        _check_linear(target)
        grouping, players = self._grouping(table)
        encoded, n_players = self._form.encode(table), len(grouping.names)
        if self._background is None:
            values, base = path_dependent_shapley(
                self._forest, encoded, players, n_players=n_players, exact=self.exact, threads=self.threads
            )
        else:
            counts = self._counted(self._background, players, n_players)
            values, base = interventional_shapley(self._forest, encoded, counts, exact=self.exact, threads=self.threads)
        if self._response is not None:
            values, base = self._response.link(values), self._response.link(base)
        bases = np.broadcast_to(base, (len(table), len(base)))
        return Computed(
            values=target.select(values),
            base=target.select(bases),
            notes=self._notes(),
            shown=grouping.shown(table),
        )

    def _compute_interactions(self, table: Table, target: Target) -> ComputedInteractions:
        _check_linear(target)
        grouping, players = self._grouping(table)
        encoded, n_players = self._form.encode(table), len(grouping.names)
        if self._background is None:
            pairs, values, main, base = path_dependent_interactions(
                self._forest, encoded, players, n_players=n_players, threads=self.threads
            )
        else:
            counts = self._counted(self._background, players, n_players)
            pairs, values, main, base = interventional_interactions(self._forest, encoded, counts, threads=self.threads)
        bases = np.broadcast_to(base, (len(table), len(base)))
        return ComputedInteractions(
            index=pairs,
            values=target.select(values),
            main=target.select(main),
            base=target.select(bases),
            notes=self._notes(),
            shown=grouping.shown(table),
        )

    def _notes(self) -> tuple[str, ...]:
        return (PATH_DEPENDENT,) if self._background is None else ()

    def _counted(self, background: Rows, players: NDArray[np.int32], n_players: int) -> Background:
        """The background as counts for these players; the last ones are kept."""
        key = players.tobytes()
        if key not in self._counts:
            counts = Background(self._forest, players, n_players=n_players)
            encoded = self._form.encode(background.table)
            self._counts = {key: counts.add(encoded, background.weights, threads=self.threads)}
        return self._counts[key]

    def _relative_gap(self) -> float:
        """Allowed gap: rounding of float32 tables, and of the library's own float32 sums where it has them."""
        return self._library_gap() if self.exact else max(self._library_gap(), DEFAULT_GAP)

    def _library_gap(self) -> float:
        return max(FLOAT32_GAP, self._forest.n_trees * 2.0**-24) if self._form.float32_sums else EXACT_GAP


def _check_linear(target: Target) -> None:
    if not target.linear:
        raise ParameterError(
            "TreeSHAP explains outputs and their differences, which are sums of trees, and a function of outputs "
            "is not; use ExactSHAP or PermutationSHAP for it."
        )
