"""Shapley values of any model by sampling orders in which its columns appear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.shapley.by_predictions import ByPredictions
from pellucid.core.batching import Game, row_blocks
from pellucid.core.card import Card
from pellucid.core.method import Computed
from pellucid.core.params import Constraint, Either, Flag, Fraction, Nothing, Whole
from pellucid.core.progress import track
from pellucid.core.rng import generator

__all__ = ["PermutationSHAP"]

#: with a tolerance, a row can stop after each round of so many permutations; fewer do not tell the spread
ROUND = 8
#: without one, so many are asked about at once, each coalition that they share only once
WIDE_ROUND = 64


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
    batch_size : the most rows the model is asked about at once; the values have the same bits for any.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : no background, or a setting outside what it may be.
    InputError, ColumnsError : the background does not fit the model.

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
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "permutations": Whole(2),
        "tolerance": Either(Nothing(), Fraction()),
        "seed": Whole(0),
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
        batch_size: int = 16_384,
        progress: bool | None = None,
    ) -> None:
        self.permutations = permutations
        self.tolerance = tolerance
        self.seed = seed
        self.batch_size = batch_size
        self.progress = progress
        self.set_model(model, background)

    def values(self, game: Game) -> Computed:
        base = game.base()
        estimate = _Moments((len(game.rows), len(game.players), base.shape[1]))
        orders = _orders(len(game.players), self.permutations, self.seed)
        size = WIDE_ROUND if self.tolerance is None else ROUND
        rounds = [_Round(orders[start : start + size]) for start in range(0, len(orders), size)]
        blocks = row_blocks(len(game.rows), len(rounds[0].coalitions))
        steps = [(block, part) for block in blocks for part in rounds]
        for block, part in track(steps, total=len(steps), label="PermutationSHAP", show=self.progress):
            active = block[self._unfinished(estimate, block)]
            if len(active):
                for contribution in part.contributions(game, active, base[active]):
                    estimate.add(active, contribution)
        return Computed(
            values=estimate.mean,
            base=base,
            stderr=estimate.stderr(slice(None)),
            notes=(self._note(estimate),),
        )

    def _unfinished(self, estimate: _Moments, block: NDArray[np.intp]) -> NDArray[np.bool_]:
        if self.tolerance is None:
            return np.ones(len(block), dtype=np.bool_)
        worst = estimate.stderr(block).max(axis=(1, 2))
        return np.asarray((estimate.count[block] < ROUND) | (worst > self.tolerance))

    def _note(self, estimate: _Moments) -> str:
        worst = estimate.stderr(slice(None)).max(axis=(1, 2))
        fewest, most = int(estimate.count.min()), int(estimate.count.max())
        used = f"{fewest}" if fewest == most else f"{fewest} to {most}"
        said = f"{used} permutations a row, each forwards and backwards; largest standard error {worst.max():.2g}"
        if self.tolerance is None:
            return said
        reached = int((worst <= self.tolerance).sum())
        return f"{said}; tolerance {self.tolerance:g} reached on {reached:,} of {len(worst):,} rows"


class _Round:
    """A few permutations and the coalitions that they pass through.

    Parameters
    ----------
    orders : (permutations, players) which player comes when.
    """

    def __init__(self, orders: NDArray[np.intp]) -> None:
        m, p = orders.shape
        ranks = np.argsort(orders, axis=1)
        #: (permutations, 2, players) position of each player, forwards and backwards
        self.ranks = np.stack([ranks, p - 1 - ranks], axis=1)
        passed = self.ranks[:, :, np.newaxis, :] < np.arange(1, p + 1)[:, np.newaxis]
        self.coalitions, which = np.unique(passed.reshape(-1, p), axis=0, return_inverse=True)
        #: (permutations, 2, players) number of the coalition after each step
        self.path = which.reshape(m, 2, p)

    def contributions(self, game: Game, rows: NDArray[np.intp], base: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """For each permutation (rows, players, targets): the mean of its two directions."""
        worth = game.worth(rows, self.coalitions)
        return [
            (_steps(worth, base, *forwards) + _steps(worth, base, *backwards)) / 2
            for forwards, backwards in map(zip, self.path, self.ranks)
        ]


class _Moments:
    """Running mean and spread of each row's contributions (Welford)."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.count = np.zeros(shape[0], dtype=np.int64)
        self.mean = np.zeros(shape)
        self._squares = np.zeros(shape)

    def add(self, rows: NDArray[np.intp], values: NDArray[np.float64]) -> None:
        self.count[rows] += 1
        before = values - self.mean[rows]
        self.mean[rows] += before / self.count[rows][:, np.newaxis, np.newaxis]
        self._squares[rows] += before * (values - self.mean[rows])

    def stderr(self, rows: NDArray[np.intp] | slice) -> NDArray[np.float64]:
        """Standard error of the mean; infinite below two values."""
        n = self.count[rows][:, np.newaxis, np.newaxis].astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(n > 1, np.sqrt(self._squares[rows] / ((n - 1) * n)), np.inf)


def _orders(players: int, permutations: int, seed: int) -> NDArray[np.intp]:
    rng = generator(seed, "PermutationSHAP")
    return np.array([rng.permutation(players) for _ in range(permutations)])


def _steps(
    worth: NDArray[np.float64], base: NDArray[np.float64], path: NDArray[np.intp], ranks: NDArray[np.intp]
) -> NDArray[np.float64]:
    """(rows, players, targets): what each player added when it came."""
    along = np.concatenate([base[:, np.newaxis], worth[:, path]], axis=1)
    return np.diff(along, axis=1)[:, ranks]
