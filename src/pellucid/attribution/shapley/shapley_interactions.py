"""Interactions of any model: from every coalition of few players, or of pairs from a sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

import numpy as np

from pellucid.attribution.shapley.coalitions import all_coalitions
from pellucid.attribution.shapley.enumeration import MOST_PLAYERS
from pellucid.attribution.shapley.indices import EFFICIENT, INDICES, interaction_values, moebius, sets_up_to
from pellucid.attribution.shapley.sampled_interactions import (
    least_budget,
    sampled_interactions,
    suggested_budget,
)
from pellucid.core.batching import Game, row_blocks
from pellucid.core.card import Card
from pellucid.core.completeness import Check
from pellucid.core.errors import ParameterError
from pellucid.core.inputs import Inputs
from pellucid.core.interactions import NO_FEATURE, Interactions
from pellucid.core.method import ComputedInteractions, Method, interact
from pellucid.core.model import Model
from pellucid.core.params import Constraint, Either, Flag, Nothing, OneOf, Whole
from pellucid.core.progress import quiet, track
from pellucid.core.receipt import Completeness
from pellucid.core.rounding import PROBES, rounding_gap
from pellucid.core.target import Target, TargetSpec
from pellucid.maskers.adapt import model_and_masker
from pellucid.maskers.grouped import grouped
from pellucid.maskers.groups import Groups, plain
from pellucid.models import as_model

__all__ = ["ShapleyInteractions"]

MOST_ORDER = 5
#: indices of which there are estimates
SAMPLED = ("k-SII", "SII")


class ShapleyInteractions(Method):
    """Interaction indices of any model: exact with at most 15 players, sampled of pairs with more.

    With the Möbius transform ``a(T) = Σ_{L ⊆ T} (−1)^{|T|−|L|} v(L)`` of the game ``v(S) = Σ_b w_b · f(x_S, b_rest)``,
    every index is ``I(S) = Σ_{T ⊇ S} c(|S|, |T|) a(T)``:

    - ``"SII"`` ``c = 1/(t−s+1)``; ``"Banzhaf"`` ``c = 2^−(t−s)``; ``"Möbius"`` ``c = 1`` for T = S, else 0;
    - ``"k-SII"`` SII with the larger sets shared out by Bernoulli's numbers, so that all add up to the prediction;
    - ``"STII"`` the Möbius transform below the order k, and ``c = 1/C(t, k)`` at it;
    - ``"FSII"`` the fit to the game, by sets of up to k players, that Shapley's kernel weighs.

    With a budget below 2^p, SII of pairs and k-SII of order 2 are estimated from pairs of complementary coalitions:
    half their sum holds what pairs do, half their difference the Shapley values. Both fits take larger sets into
    account, and every number has its standard error.

    Parameters
    ----------
    model : any model, or a function from rows to predictions.
    background : rows, ``(rows, weights)``, or a Masker: what absent columns, words or regions look like.
    index : which of these.
    order : players of the largest sets, 1 to 5.
    budget : coalitions a row at most, at least 4·p + 2 where that is not all 2^p; None asks about all of them.
    seed : of the coalitions; the same seed gives the same bits, and a larger budget the same ones and more.
    groups : name → columns that are present or absent together and get one value; all others stay single.
    batch_size : the most rows the model is asked about at once.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : no background, or a setting outside what it may be.
    InputError, ColumnsError : the background, or a group, does not fit the model.

    Source
    ------
    Grabisch & Roubens (1999), "An axiomatic approach to the concept of interaction among players in cooperative
    games", International Journal of Game Theory 28, 547–565 (SII, Banzhaf); Sundararajan, Dhamdhere & Agarwal (2020),
    "The Shapley Taylor interaction index", ICML 119, 9259–9268; Bordt & von Luxburg (2023), "From Shapley values to
    generalized additive models and back", AISTATS 206, 709–745 (k-SII); Tsai, Yeh & Ravikumar (2023), "Faith-Shap: The
    faithful Shapley interaction index", JMLR 24(94); Fumagalli, Muschalik, Kolpaczki, Hüllermeier & Hammer (2024),
    "KernelSHAP-IQ: weighted least-square optimization for Shapley interactions", ICML 235, 14308–14342 (samples).

    Deviations
    ----------
    KernelSHAP-IQ draws coalitions at random and fits pairs alone. Here each comes with its complement and is unlike
    those before, every single player is among them, and what four players do together is fitted too.
    """

    card: ClassVar[Card] = Card(
        summary="Interaction indices of any model, exact up to 15 columns, sampled of pairs beyond: k-SII, STII, FSII",
        paper="Grabisch & Roubens (1999), An axiomatic approach to the concept of interaction among players",
        explains="Interactions",
        needs="predict",
        background="required",
        completeness="checked",
        cost="(2^p − 2)·B + 1 model evaluations a row, or budget·B, for p columns and B background rows",
        limits="k-SII and SII of pairs alone beyond 15 columns; for sums of trees TreeSHAP.interactions gives k-SII",
        takes="tables, texts, images",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "index": OneOf(tuple(INDICES)),
        "order": Whole(1, MOST_ORDER),
        "budget": Either(Nothing(), Whole(2)),
        "seed": Whole(0),
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
        budget: int | None = None,
        seed: int = 0,
        groups: Mapping[str, Iterable[str | int]] | None = None,
        batch_size: int = 16_384,
        progress: bool | None = None,
    ) -> None:
        self.index = index
        self.order = order
        self.budget = budget
        self.seed = seed
        self.groups: Mapping[str, Any] | None = groups
        self.batch_size = batch_size
        self.progress = progress
        self.check_settings()
        self.groups = plain(groups)
        self.model, masker = model_and_masker(model, background)
        self.masker = grouped(masker, self.groups)

    def explain(self, rows: Any, target: TargetSpec = None, *, check: Check = "sample") -> Interactions:
        """Interactions of all sets of up to ``order`` players, of each row.

        Parameters
        ----------
        rows : a frame or array with the model's columns; one text or one image, whose parts are the players.
        target : which outputs, or any function of them; None is every output.
        check : compare base + Σ main + Σ values with the model's own prediction on ``"sample"`` (1,000 seeded rows), on
            ``"all"`` rows, or not at all (False); where the index adds up to it.

        Returns
        -------
        Interactions: ``main`` are the sets of one, ``values`` the others, in the model's unit; with standard errors
        where they are sampled.

        Raises
        ------
        InputError, ColumnsError : the rows do not fit the model or the background.
        ParameterError : no such target; more than 15 players and no budget, or one that is too small or of another
            index; several texts or images.
        ModelFailedError : the model raised, or answered with something that is not a number.
        CompletenessError : the values do not add up to the model's own prediction.
        """
        model = as_model(self.model, rows=rows)
        inputs = self.masker.read(rows, model)
        if not self.masker.alike and len(inputs) > 1:
            raise ParameterError(
                f"rows: players differ from row to row, and so do their pairs, got {len(inputs)} rows; explain one at "
                f"a time, as in explain(rows[:1])."
            )
        with quiet(self.progress is False):
            relative = rounding_gap(model, inputs)
        return interact(
            self,
            model,
            inputs,
            target,
            partial(self._compute, model),
            check=check,
            relative=relative,
            background=self.masker.describe(),
            seed=None if self.budget is None else self.seed,
        )

    def _compute(self, model: Model, inputs: Inputs, target: Target) -> ComputedInteractions:
        game = Game(model, self.masker, inputs, target, batch_size=self.batch_size)
        players = len(game.players)
        found = self._sampled(game) if self.budget is not None and self.budget < 2**players else self._all(game)
        return replace(found, evaluations=game.evaluations + min(PROBES, len(inputs)), shown=self.masker.shown(inputs))

    def _sampled(self, game: Game) -> ComputedInteractions:
        players, budget = len(game.players), self.budget or 0
        if self.index not in SAMPLED or self.order != 2:
            raise ParameterError(
                f"ShapleyInteractions: a budget of {budget} coalitions of {players} players is a sample, which gives "
                f"{' and '.join(SAMPLED)} of order 2, got index={self.index!r} and order={self.order}; choose "
                f"these, or leave the budget out for up to {MOST_PLAYERS} players."
            )
        if budget < least_budget(players):
            raise ParameterError(
                f"ShapleyInteractions: budget must be at least {min(least_budget(players), 2**players):,} coalitions "
                f"for {players} players, got {budget}; about {suggested_budget(players):,} is usual."
            )
        shares = self.index == "k-SII"
        found = sampled_interactions(game, budget, self.seed, shares=shares, progress=self.progress)
        return found if shares else replace(found, completeness=Completeness("not promised", reason=self._why()))

    def _all(self, game: Game) -> ComputedInteractions:
        if self.budget is None and len(game.players) > MOST_PLAYERS:
            raise ParameterError(
                f"ShapleyInteractions asks about all 2^p coalitions and {len(game.players)} players are too many (at "
                f"most {MOST_PLAYERS}); pass budget={suggested_budget(len(game.players))} for a sample, group columns, "
                f"or use TreeSHAP.interactions for a sum of trees."
            )
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
