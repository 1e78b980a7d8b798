"""Shapley values of any model by sampling orders in which its columns appear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.shapley.by_predictions import ByPredictions
from pellucid.attribution.shapley.orders import from_orders
from pellucid.core.batching import Game
from pellucid.core.card import Card
from pellucid.core.method import Computed
from pellucid.core.params import Constraint, Either, Flag, Fraction, Nothing, Whole
from pellucid.core.rng import generator
from pellucid.maskers.groups import Groups

__all__ = ["PermutationSHAP"]


class PermutationSHAP(ByPredictions):
    """Sampled Shapley values of any model, each with its standard error.

    ``φ_j = mean over permutations π of ½ (Δ_j(π) + Δ_j(reversed π))``, where ``Δ_j(π) = v(P ∪ j) − v(P)``, P are the
    columns before j in π, and ``v(S) = Σ_b w_b · f(x_S, b_rest)`` over *all* background rows. The standard error is
    that of a mean over m independent permutations, ``s / √m``: it covers the sampling and takes the background as
    given. Each permutation adds up by itself, so base + Σ values is the prediction after any number of them.

    All rows use the same permutations, so a row's values do not depend on which rows come with it.

    Parameters
    ----------
    model : any model, or a function from rows to predictions.
    background : rows, ``(rows, weights)``, or a Masker: what absent columns look like. All rows count.
    permutations : how many at most, each also used backwards.
    tolerance : stop with a row once all its standard errors are at most this, in the unit of the values, after at
        least 8 permutations; None uses all permutations.
    seed : of the permutations; the same seed gives the same bits.
    groups : name → columns that are present or absent together and get one value; all others stay single.
    batch_size : the most rows the model is asked about at once; the values have the same bits for any.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : no background, or a setting outside what it may be.
    InputError, ColumnsError : the background, or a group, does not fit the model.

    Source
    ------
    Castro, Gómez & Tejada (2009), "Polynomial calculation of the Shapley value based on sampling", Computers &
    Operations Research 36, 1726–1730; Štrumbelj & Kononenko (2014), "Explaining prediction models and individual
    predictions with feature contributions", Knowledge and Information Systems 41, 647–665; Mitchell, Cooper, Frank &
    Holmes (2022), "Sampling permutations for Shapley value estimation", JMLR 23(43): reversed permutations.

    Deviations
    ----------
    Štrumbelj & Kononenko draw one background row for each permutation; here each permutation uses the whole background,
    so that the values add up to the prediction exactly.
    """

    card: ClassVar[Card] = Card(
        summary="Shapley values of any model, each with its standard error, from sampled orders of the columns",
        paper="Mitchell et al. (2022), Sampling permutations for Shapley value estimation",
        explains="Attribution",
        needs="predict",
        background="required",
        completeness="checked",
        cost="2·m·(p − 1)·B model evaluations a row, for m permutations, p columns and B background rows",
        limits="values are estimates: look at stderr; TreeSHAP is exact for sums of trees, ExactSHAP up to 15 columns",
        takes="tables, texts, images",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "permutations": Whole(2),
        "tolerance": Either(Nothing(), Fraction()),
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
        permutations: int = 24,
        tolerance: float | None = None,
        seed: int = 0,
        groups: Mapping[str, Iterable[str | int]] | None = None,
        batch_size: int = 16_384,
        progress: bool | None = None,
    ) -> None:
        self.permutations = permutations
        self.tolerance = tolerance
        self.seed = seed
        self.groups = groups
        self.batch_size = batch_size
        self.progress = progress
        self.set_model(model, background)

    def values(self, game: Game) -> Computed:
        orders = _orders(len(game.players), self.permutations, self.seed)
        return from_orders(game, orders, tolerance=self.tolerance, label="PermutationSHAP", progress=self.progress)


def _orders(players: int, permutations: int, seed: int) -> NDArray[np.intp]:
    rng = generator(seed, "PermutationSHAP")
    return np.array([rng.permutation(players) for _ in range(permutations)])
