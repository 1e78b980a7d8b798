"""Shapley values of any model with few columns, by asking about every coalition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from pellucid.attribution.shapley.by_predictions import ByPredictions
from pellucid.attribution.shapley.coalitions import all_coalitions, shapley_values, shares
from pellucid.core.batching import Game, row_blocks
from pellucid.core.card import Card
from pellucid.core.errors import ParameterError
from pellucid.core.method import Computed
from pellucid.core.params import Constraint, Either, Flag, Nothing, Whole
from pellucid.core.progress import track

__all__ = ["MOST_PLAYERS", "ExactSHAP"]

MOST_PLAYERS = 15
#: coalitions in one sum; fixed, so that a row has the same bits whatever comes with it
PART = 4_096


class ExactSHAP(ByPredictions):
    """Exact Shapley values of any model with at most 15 columns.

    ``φ_j = Σ_{S ⊆ N∖j} |S|! (p−|S|−1)! / p! · (v(S ∪ j) − v(S))`` over all 2^p coalitions, where
    ``v(S) = Σ_b w_b · f(x_S, b_rest)`` over all background rows (interventional).

    Parameters
    ----------
    model : any model, or a function from rows to predictions.
    background : rows, ``(rows, weights)``, or a Masker: what absent columns look like. All rows count.
    batch_size : the most rows the model is asked about at once; the values have the same bits for any.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : no background, or more than 15 columns.
    InputError, ColumnsError : the background does not fit the model.

    Source
    ------
    Shapley (1953), "A value for n-person games", Contributions to the Theory of Games II, 307–317, equation 13;
    Lundberg & Lee (2017), "A unified approach to interpreting model predictions", NeurIPS 30, for predictions as games.
    """

    card: ClassVar[Card] = Card(
        summary="Exact Shapley values of any model with up to 15 columns, from every coalition",
        paper="Shapley (1953), A value for n-person games",
        explains="Attribution",
        needs="predict",
        background="required",
        completeness="checked",
        cost="(2^p − 2)·B + 1 model evaluations a row, for p columns and B background rows",
        limits="up to 15 columns; for sums of trees TreeSHAP gives the same values without asking the model",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "batch_size": Whole(1),
        "progress": Either(Nothing(), Flag()),
    }

    def __init__(
        self, model: Any, background: Any = None, *, batch_size: int = 16_384, progress: bool | None = None
    ) -> None:
        self.batch_size = batch_size
        self.progress = progress
        self.set_model(model, background)

    def values(self, game: Game) -> Computed:
        p = len(game.players)
        if p > MOST_PLAYERS:
            raise ParameterError(
                f"ExactSHAP asks about all 2^p coalitions and {p} columns are too many (at most {MOST_PLAYERS}); "
                f"use PermutationSHAP, which samples them."
            )
        base = game.base()
        coalitions, factors = all_coalitions(p), shares(p)
        values = np.zeros((len(game.rows), p, base.shape[1]))
        parts = [slice(start, start + PART) for start in range(0, len(coalitions), PART)]
        steps = [(block, part) for block in row_blocks(len(game.rows), len(coalitions)) for part in parts]
        for block, part in track(steps, total=len(steps), label="ExactSHAP", show=self.progress):
            worth = game.worth(block, coalitions[part]) - base[block, np.newaxis]
            values[block] += shapley_values(factors[:, part], worth)
        return Computed(values=values, base=base)
