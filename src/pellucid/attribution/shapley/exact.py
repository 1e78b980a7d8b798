"""Shapley values of any model with few columns, by asking about every coalition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from pellucid.attribution.shapley.by_predictions import ByPredictions
from pellucid.attribution.shapley.enumeration import MOST_PLAYERS, enumerated
from pellucid.core.batching import Game
from pellucid.core.card import Card
from pellucid.core.errors import ParameterError
from pellucid.core.method import Computed
from pellucid.core.params import Constraint, Either, Flag, Nothing, Whole
from pellucid.maskers.groups import Groups

__all__ = ["ExactSHAP"]


class ExactSHAP(ByPredictions):
    """Exact Shapley values of any model with at most 15 columns.

    ``φ_j = Σ_{S ⊆ N∖j} |S|! (p−|S|−1)! / p! · (v(S ∪ j) − v(S))`` over all 2^p coalitions, where
    ``v(S) = Σ_b w_b · f(x_S, b_rest)`` over all background rows (interventional).

    Parameters
    ----------
    model : any model, or a function from rows to predictions.
    background : rows, ``(rows, weights)``, or a Masker: what absent columns look like. All rows count.
    groups : name → columns that are present or absent together and get one value; all others stay single.
    batch_size : the most rows the model is asked about at once; the values have the same bits for any.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : no background, a setting outside what it may be, or more than 15 columns or groups.
    InputError, ColumnsError : the background, or a group, does not fit the model.

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
        takes="tables, texts, images",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "groups": Either(Nothing(), Groups()),
        "batch_size": Whole(1),
        "progress": Either(Nothing(), Flag()),
    }

    def __init__(
        self,
        model: Any,
        background: Any = None,
        *,
        groups: Mapping[str, Iterable[str | int]] | None = None,
        batch_size: int = 16_384,
        progress: bool | None = None,
    ) -> None:
        self.groups = groups
        self.batch_size = batch_size
        self.progress = progress
        self.set_model(model, background)

    def values(self, game: Game) -> Computed:
        p = len(game.players)
        if p > MOST_PLAYERS:
            raise ParameterError(
                f"ExactSHAP asks about all 2^p coalitions and {p} columns are too many (at most {MOST_PLAYERS}); "
                f"group columns, or use KernelSHAP, which samples them."
            )
        return enumerated(game, label="ExactSHAP", progress=self.progress)
