"""Shapley values of what is no sum over trees: probabilities, responses, scores and losses, from every coalition."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.shapley.coalitions import shapley_values, shares
from pellucid.core.completeness import Check, check_completeness, rows_to_check
from pellucid.core.errors import ParameterError
from pellucid.core.forest import Forest
from pellucid.core.forest_coalitions import MOST_USED_PLAYERS, ForestCoalitions
from pellucid.core.losses import Loss, loss_of
from pellucid.core.method import Computed
from pellucid.core.model import Model, Response, TreeForm
from pellucid.core.receipt import Completeness
from pellucid.core.tables import Table
from pellucid.core.target import Target
from pellucid.maskers.background import Background
from pellucid.maskers.groups import Grouping

__all__ = ["OUTPUTS", "Output", "explained_output", "output_of", "response_of"]

NOTE = "all {:,} coalitions of the {} players that the trees read, each against every background row"
OUTPUTS = ("raw", "probability", "target", "score", "loss")

Index = slice | NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Output:
    """What is explained instead of the raw scores.

    Parameters
    ----------
    raw : the model on its raw scale.
    model : the model as the receipt shows it: with the output's names and unit.
    loss : where the output is one.
    """

    raw: Model
    model: Model
    loss: Loss | None

    def of(self, raw: NDArray[np.float64], rows: Index) -> NDArray[np.float64]:
        """(rows, …, outputs) from raw scores of some rows."""
        if self.loss is not None:
            return self.loss(raw, rows)[..., np.newaxis]
        return raw if self.raw.response is None else self.raw.response.link(raw)

    def native(self, table: Table, rows: Index) -> NDArray[np.float64]:
        """(rows, outputs) from the library's own prediction."""
        return self.of(self.raw.predict(table), rows) if self.loss is not None else self.model.predict(table)

    def moved(self, table: Table, rows: Index, gap: float) -> float:
        """How far the output moves when the raw scores do, by the part ``gap`` of the largest."""
        raw = self.raw.predict(table)
        step = gap * np.abs(raw).max()
        return float(np.abs(self.of(raw + step, rows) - self.of(raw - step, rows)).max())


def response_of(model: Model, output: str) -> Response | None:
    """The scale that an output other than ``"raw"`` and ``"loss"`` is on; None where the raw scores are on it.

    Raises
    ------
    ParameterError : the model has no such output.
    """
    if output in ("raw", "loss") or (model.response is None and model.unit == output):
        return None
    if model.response is None or model.response.name != output:
        known = ["raw", *([model.response.name] if model.response is not None else [])]
        shown = " or ".join(f"output={name!r}" for name in known)
        raise ParameterError(f"output={output!r}: {model.kind} has none, its raw scores are {model.unit}; use {shown}.")
    return model.response


def output_of(model: Model, output: str, y: Any, n: int) -> Output:
    """The output of n rows.

    Raises
    ------
    ParameterError, InputError : as :func:`pellucid.core.losses.loss_of`.
    """
    if output != "loss":
        return Output(model, model.responding(), None)
    loss = loss_of(model, y, n)
    return Output(model, replace(model, output_names=("loss",), unit=loss.unit), loss)


def explained_output(
    output: Output,
    form: TreeForm,
    forest: Forest,
    background: Background,
    grouping: Grouping,
    table: Table,
    target: Target,
    *,
    check: Check,
    relative: float,
    threads: int | None,
) -> Computed:
    """Values of an output that is no sum of trees, checked on the output's own scale.

    Parameters
    ----------
    form, forest : the model's trees.
    grouping : the players.
    table, target : the rows, and which of the output's columns.
    check : which rows to compare.
    relative : the part of its raw scores by which the library itself may be off, and of the output's scale.

    Raises
    ------
    ParameterError : more than 15 players are read.
    CompletenessError : base + Σ values is not what the library itself predicts.
    """
    coalitions = ForestCoalitions(forest, grouping.players(form.players))
    values, base = _enumerated(
        coalitions,
        form.encode(table),
        form.encode(background.table),
        background.shares,
        output,
        target,
        players=len(grouping.names),
        threads=threads,
    )
    raw_gap = relative if form.float32_sums else 0.0
    total = base + values.sum(axis=1)
    checked = _checked(output, table, target, total, base, check, relative=relative, raw_gap=raw_gap)
    return Computed(
        values=values,
        base=base,
        evaluations=2 * checked.rows,
        completeness=checked,
        notes=(NOTE.format(coalitions.count, len(coalitions.used)),),
        shown=grouping.shown(table),
    )


def _checked(
    output: Output,
    table: Table,
    target: Target,
    total: NDArray[np.float64],
    base: NDArray[np.float64],
    check: Check,
    *,
    relative: float,
    raw_gap: float,
) -> Completeness:
    """base + Σ values against the library's own prediction on the output's scale.

    Allowed is the part ``relative`` of the output's scale, or what moving the raw scores by the part ``raw_gap`` of
    theirs does to the output, for libraries that round those.

    Raises
    ------
    CompletenessError : the gap is larger.
    """
    rows = rows_to_check(check, len(table))
    if not len(rows):
        return Completeness("not promised", reason="the check was turned off")
    subset = table if len(rows) == len(table) else table.rows(rows)
    predicted = target.select(output.native(subset, rows), rows)
    scale = float(max(np.abs(base[rows]).max(), np.abs(predicted).max()))
    moved = output.moved(subset, rows, raw_gap) if raw_gap else 0.0
    allowed = max(relative, moved / scale) if scale > 0 else relative
    return check_completeness(total[rows], base[rows], predicted, relative=allowed, unit=output.model.unit, rows=rows)


def _enumerated(
    coalitions: ForestCoalitions,
    rows: NDArray[np.float64],
    background: NDArray[np.float64],
    weights: NDArray[np.float64],
    output: Output,
    target: Target,
    *,
    players: int,
    threads: int | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shapley values of ``v(S) = Σ_b w_b · g(f(x_S, b_rest))``, where g is the output.

    Parameters
    ----------
    rows, background : encoded, as the trees see them.
    weights : of the background rows, adding up to one.
    players : how many there are; those that no tree reads get 0.

    Returns
    -------
    values (rows, players, targets) and base (rows, targets).

    Raises
    ------
    ParameterError : more than 15 players are read.
    """
    used = coalitions.used
    if len(used) > MOST_USED_PLAYERS:
        raise ParameterError(
            f"this output is no sum of trees, so all 2^m coalitions of the m players that the trees read are asked "
            f"about, and {len(used)} are too many (at most {MOST_USED_PLAYERS}); make fewer with groups=, or use "
            f"PermutationSHAP on a function from rows to the output, such as model.predict_proba, which samples them."
        )
    background, weights = background[weights > 0], weights[weights > 0]
    factors = shares(len(used))
    values = np.zeros((len(rows), players, len(target.names)))
    base = np.empty((len(rows), len(target.names)))
    for some, against, raw in coalitions.blocks(rows, background, threads=threads):
        worth = target.rows(some).select(output.of(raw, some))
        if against.start == 0:
            total = np.zeros((worth.shape[0], *worth.shape[2:]))
        for k, weight in enumerate(weights[against]):
            worth[:, k] *= weight
            total += worth[:, k]
        if against.stop == len(background):
            base[some] = total[:, 0]
            values[some, used] = shapley_values(factors, total[:, 1:] - total[:, :1])
    return values, base
