"""Interactions of any model with few players, from every coalition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

import numpy as np

from pellucid.attribution.shapley.coalitions import all_coalitions
from pellucid.attribution.shapley.enumeration import MOST_PLAYERS
from pellucid.attribution.shapley.indices import EFFICIENT, INDICES, interaction_values, moebius, sets_up_to
from pellucid.core.batching import Game, row_blocks
from pellucid.core.card import Card
from pellucid.core.completeness import Check
from pellucid.core.errors import ParameterError
from pellucid.core.inputs import Inputs
from pellucid.core.interactions import NO_FEATURE, Interactions
from pellucid.core.method import ComputedInteractions, Method, interact
from pellucid.core.model import Model
from pellucid.core.params import Constraint, Either, Flag, Nothing, OneOf, Whole
from pellucid.core.progress import track
from pellucid.core.receipt import Completeness
from pellucid.core.rounding import PROBES, rounding_gap
from pellucid.core.tables import Table
from pellucid.core.target import Target, TargetSpec
from pellucid.maskers.adapt import model_and_masker
from pellucid.maskers.grouped import grouped
from pellucid.maskers.groups import Groups, plain
from pellucid.models import as_model

__all__ = ["ShapleyInteractions"]

MOST_ORDER = 5


class ShapleyInteractions(Method):
    """Exact interaction indices of any model with at most 15 players.

    With the Möbius transform ``a(T) = Σ_{L ⊆ T} (−1)^{|T|−|L|} v(L)`` of the game ``v(S) = Σ_b w_b · f(x_S, b_rest)``,
    every index is ``I(S) = Σ_{T ⊇ S} c(|S|, |T|) a(T)``:

    - ``"SII"`` ``c = 1/(t−s+1)``; ``"Banzhaf"`` ``c = 2^−(t−s)``; ``"Möbius"`` ``c = 1`` for T = S, else 0;
    - ``"k-SII"`` SII with the larger sets shared out by Bernoulli's numbers, so that all add up to the prediction;
    - ``"STII"`` the Möbius transform below the order k, and ``c = 1/C(t, k)`` at it;
    - ``"FSII"`` the fit to the game, by sets of up to k players, that Shapley's kernel weighs.

    Parameters
    ----------
    model : any model, or a function from rows to predictions.
    background : rows, ``(rows, weights)``, or a Masker of tables: what absent columns look like.
    index : which of these.
    order : players of the largest sets, 1 to 5.
    groups : name → columns that are present or absent together and get one value; all others stay single.
    batch_size : the most rows the model is asked about at once.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : no background, a setting outside what it may be, or texts and images, whose parts differ by row.
    InputError, ColumnsError : the background, or a group, does not fit the model.

    Source
    ------
    Grabisch & Roubens (1999), "An axiomatic approach to the concept of interaction among players in cooperative
    games", International Journal of Game Theory 28, 547–565 (SII, Banzhaf); Sundararajan, Dhamdhere & Agarwal (2020),
    "The Shapley Taylor interaction index", ICML 119, 9259–9268; Bordt & von Luxburg (2023), "From Shapley values to
    generalized additive models and back", AISTATS 206, 709–745 (k-SII); Tsai, Yeh & Ravikumar (2023), "Faith-Shap: The
    faithful Shapley interaction index", JMLR 24(94).
    """

    card: ClassVar[Card] = Card(
        summary="Exact interaction indices of any model with up to 15 columns: k-SII, STII, FSII, SII, Banzhaf, Möbius",
        paper="Grabisch & Roubens (1999), An axiomatic approach to the concept of interaction among players",
        explains="Interactions",
        needs="predict",
        background="required",
        completeness="checked",
        cost="(2^p − 2)·B + 1 model evaluations a row, for p columns and B background rows",
        limits="up to 15 columns; for sums of trees TreeSHAP.interactions gives k-SII without asking the model",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "index": OneOf(tuple(INDICES)),
        "order": Whole(1, MOST_ORDER),
        "groups": Either(Nothing(), Groups()),
        "batch_size": Whole(1),
        "progress": Either(Nothing(), Flag()),
    }

    def __init__(
        self,
        model: Any,
        background: Any = None,
        *,
        index: str = "k-SII",
        order: int = 2,
        groups: Mapping[str, Iterable[str | int]] | None = None,
        batch_size: int = 16_384,
        progress: bool | None = None,
    ) -> None:
        self.index = index
        self.order = order
        self.groups: Mapping[str, Any] | None = groups
        self.batch_size = batch_size
        self.progress = progress
        self.check_settings()
        self.groups = plain(groups)
        self.model, masker = model_and_masker(model, background)
        self.masker = grouped(masker, self.groups)
        if not self.masker.alike:
            raise ParameterError(
                "ShapleyInteractions needs the same players in every row, and parts of texts and images differ; "
                "explain their single parts with ExactSHAP."
            )

    def explain(self, rows: Any, target: TargetSpec = None, *, check: Check = "sample") -> Interactions:
        """Interactions of all sets of up to ``order`` players, of each row.

        Parameters
        ----------
        rows : a frame or array with the model's columns.
        target : which outputs, or any function of them; None is every output.
        check : compare base + Σ main + Σ values with the model's own prediction on ``"sample"`` (1,000 seeded rows), on
            ``"all"`` rows, or not at all (False); where the index adds up to it.

        Returns
        -------
        Interactions: ``main`` are the sets of one, ``values`` the others, in the model's unit.

        Raises
        ------
        InputError, ColumnsError : the rows do not fit the model or the background.
        ParameterError : no such target, or more than 15 players.
        ModelFailedError : the model raised, or answered with something that is not a number.
        CompletenessError : the values do not add up to the model's own prediction.
        """
        model = as_model(self.model, rows=rows)
        inputs = self.masker.read(rows, model)
        return interact(
            self,
            model,
            inputs,
            target,
            partial(self._compute, model),
            check=check,
            relative=rounding_gap(model, inputs),
            background=self.masker.describe(),
        )

    def _compute(self, model: Model, inputs: Inputs, target: Target) -> ComputedInteractions:
        game = Game(model, self.masker, inputs, target, batch_size=self.batch_size)
        players = len(game.players)
        if players > MOST_PLAYERS:
            raise ParameterError(
                f"ShapleyInteractions asks about all 2^p coalitions and {players} players are too many (at most "
                f"{MOST_PLAYERS}); group columns, or use TreeSHAP.interactions for a sum of trees."
            )
        found = self._values(game)
        shown = self.masker.shown(inputs)
        return replace(
            found,
            evaluations=game.evaluations + min(PROBES, len(inputs)),
            shown=shown if isinstance(shown, Table) else None,
        )

    def _values(self, game: Game) -> ComputedInteractions:
        base = game.base()
        players, order = len(game.players), min(self.order, len(game.players))
        coalitions, sets = all_coalitions(players), sets_up_to(players, order)
        values = np.zeros((len(game.rows), len(sets), base.shape[1]))
        blocks = row_blocks(len(game.rows), len(coalitions))
        for block in track(blocks, total=len(blocks), label="ShapleyInteractions", show=self.progress):
            worth = np.concatenate([base[block, np.newaxis], game.worth(block, coalitions)], axis=1)
            values[block] = interaction_values(moebius(worth), self.index, order)
        larger = sets[players:]
        return ComputedInteractions(
            index=_filled_up(larger, max(order, 2)),
            values=values[:, players:],
            main=values[:, :players],
            base=base,
            completeness=None if self._adds_up(order, players) else Completeness("not promised", reason=self._why()),
        )

    def _adds_up(self, order: int, players: int) -> bool:
        return self.index in EFFICIENT or (self.index == "Möbius" and order == players)

    def _why(self) -> str:
        return f"the {self.index} of sets of up to {self.order} players need not add up to the prediction"


def _filled_up(sets: list[tuple[int, ...]], width: int) -> np.ndarray:
    rows = [(*chosen, *[NO_FEATURE] * (width - len(chosen))) for chosen in sets]
    return np.array(rows, dtype=np.int32).reshape(-1, width)
