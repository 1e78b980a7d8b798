"""Shapley values of any model by least squares over sampled coalitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.shapley.budget import budget_of
from pellucid.attribution.shapley.by_predictions import ByPredictions
from pellucid.attribution.shapley.coalition_sampling import Pairs, sampled_pairs
from pellucid.attribution.shapley.constrained_least_squares import Fit, LeastSquares
from pellucid.attribution.shapley.enumeration import enumerated, without_error
from pellucid.attribution.shapley.odd_interactions import MOST_SOLVED, fit_odd_interactions
from pellucid.core.batching import Game, row_blocks
from pellucid.core.card import Card
from pellucid.core.method import Computed
from pellucid.core.params import Constraint, Either, Flag, Fraction, Nothing, Whole
from pellucid.core.progress import track
from pellucid.maskers.groups import Groups

__all__ = ["KernelSHAP"]

#: with a tolerance each round has so many times the coalitions of the one before
GROWTH = 1.5


class KernelSHAP(ByPredictions):
    """Shapley values of any model from few coalitions, each with its standard error.

    ``φ = argmin Σ_S w_S (v(S) − v(∅) − Σ_{j∈S} φ_j)²`` with ``Σ_j φ_j = v(N) − v(∅)`` exactly, where
    ``v(S) = Σ_b w_b · f(x_S, b_rest)`` over *all* background rows and w is the Shapley kernel
    ``(p − 1) / (C(p, s) s (p − s))`` over the probability that S is sampled. Coalitions come with their complements,
    without replacement, by leverage score: the same number of every size. Next to φ the fit learns, with a ridge, what
    three or five columns do together, since that is most of what misleads a plain fit; even numbers cancel in a pair.
    When the budget covers all 2^p coalitions the values are exact.

    All rows use the same coalitions, so a row's values do not depend on which rows come with it.

    Parameters
    ----------
    model : any model, or a function from rows to predictions.
    background : rows, ``(rows, weights)``, or a Masker: what absent columns look like. All rows count.
    budget : coalitions a row at most, the empty and the full one included; at least 2·p + 2 or all 2^p. None is 8·p,
        and 256 where that is more.
    tolerance : stop with a row once all its standard errors are at most this, in the unit of the values: from 8·p
        coalitions on, after every half more of them; None uses the whole budget.
    seed : of the coalitions; the same seed gives the same bits.
    groups : name → columns that are present or absent together and get one value; all others stay single.
    batch_size : the most rows the model is asked about at once; the values have the same bits for any.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : no background, a setting outside what it may be, or a budget too small for the columns.
    InputError, ColumnsError : the background, or a group, does not fit the model.

    Source
    ------
    Lundberg & Lee (2017), "A unified approach to interpreting model predictions", NeurIPS 30, theorem 2; Musco &
    Witter (2025), "Provably accurate Shapley value estimation via leverage score sampling", ICLR, algorithm 1;
    Fumagalli, Witter & Musco (2026), "PolySHAP", ICLR, for fits with interactions.

    Deviations
    ----------
    Musco & Witter draw each coalition by itself and fit φ alone. Here every size gets its share exactly, each next
    coalition is chosen to be unlike the earlier ones, and three or five columns together are fitted too (up to 2,048
    pairs; beyond, φ alone).
    """

    card: ClassVar[Card] = Card(
        summary="Shapley values of any model from few coalitions, each with its standard error",
        paper="Musco & Witter (2025), Provably accurate Shapley value estimation via leverage score sampling",
        explains="Attribution",
        needs="predict",
        background="required",
        completeness="checked",
        cost="budget·B model evaluations a row, for B background rows; by default 8·p coalitions, at least 256",
        limits="values are estimates: look at stderr; TreeSHAP is exact for sums of trees, ExactSHAP up to 15 columns",
        takes="tables, texts, images",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "budget": Either(Nothing(), Whole(2)),
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
        budget: int | None = None,
        tolerance: float | None = None,
        seed: int = 0,
        groups: Mapping[str, Iterable[str | int]] | None = None,
        batch_size: int = 16_384,
        progress: bool | None = None,
    ) -> None:
        self.budget = budget
        self.tolerance = tolerance
        self.seed = seed
        self.groups = groups
        self.batch_size = batch_size
        self.progress = progress
        self.set_model(model, background)

    def values(self, game: Game) -> Computed:
        p = len(game.players)
        budget = budget_of("KernelSHAP", self.budget, p)
        if budget == 2**p:
            return without_error(enumerated(game, label="KernelSHAP", progress=self.progress))
        rounds = [LeastSquares(sampled_pairs(p, pairs, self.seed)) for pairs in self._rounds(p, budget)]
        answer = _Answer(game.base(), p)
        blocks = row_blocks(len(game.rows), budget)
        steps = [(block, number) for block in blocks for number in range(len(rounds))]
        for block, number in track(steps, total=len(steps), label="KernelSHAP", show=self.progress):
            if not number:
                asked = _Asked(game, block, answer.base[block])
            active = answer.above(self.tolerance, block)
            if active.any():
                answer.put(block[active], asked.solve(rounds[number], active))
        return Computed(
            values=answer.values, base=answer.base, stderr=answer.stderr, notes=(answer.note(self.tolerance),)
        )

    def _rounds(self, players: int, budget: int) -> list[int]:
        """Pairs after each round."""
        most = (budget - 2) // 2
        if self.tolerance is None:
            return [most]
        pairs = [min(most, 4 * players)]
        while pairs[-1] < most:
            pairs.append(min(most, int(GROWTH * pairs[-1])))
        return pairs


class _Asked:
    """Half differences of a block of rows that have been asked about so far."""

    def __init__(self, game: Game, rows: NDArray[np.intp], base: NDArray[np.float64]) -> None:
        self._game, self._rows = game, rows
        everyone = np.ones((1, len(game.players)), dtype=np.bool_)
        #: (rows, targets) what the values add up to
        self.total = game.worth(rows, everyone)[:, 0] - base
        self.halves = np.empty((*self.total.shape, 0))

    def solve(self, squares: LeastSquares, active: NDArray[np.bool_]) -> Fit:
        """Ask the rows still active about the pairs that are new, and fit."""
        self._ask(squares.pairs, active)
        halves, total = self.halves[active], self.total[active]
        problems = halves.reshape(-1, halves.shape[2])
        if len(squares.signs) > MOST_SOLVED:
            return squares.fit(problems, total.ravel())
        return fit_odd_interactions(squares, problems, total.ravel())

    def _ask(self, pairs: Pairs, active: NDArray[np.bool_]) -> None:
        known = self.halves.shape[2]
        new = pairs.members[known:]
        grown = np.zeros((*self.total.shape, len(pairs.members)))
        grown[:, :, :known] = self.halves
        worth = self._game.worth(self._rows[active], np.concatenate([new, ~new])).transpose(0, 2, 1)
        grown[active, :, known:] = (worth[:, :, : len(new)] - worth[:, :, len(new) :]) / 2
        self.halves = grown


class _Answer:
    """What is known of each row, from the last round that it took part in."""

    def __init__(self, base: NDArray[np.float64], players: int) -> None:
        rows, targets = base.shape
        self.base = base
        self.values = np.zeros((rows, players, targets))
        self.stderr = np.full((rows, players, targets), np.inf)
        self._coalitions = np.zeros(rows, dtype=np.int64)
        #: (rows,) mean square
        self._left_out = np.zeros(rows)

    def above(self, tolerance: float | None, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which rows are to go on."""
        if tolerance is None:
            return np.ones(len(rows), dtype=np.bool_)
        return np.asarray(self.stderr[rows].max(axis=(1, 2)) > tolerance)

    def put(self, rows: NDArray[np.intp], fit: Fit) -> None:
        shape = (len(rows), self.base.shape[1], -1)
        self.values[rows] = fit.values.reshape(shape).transpose(0, 2, 1)
        self.stderr[rows] = fit.stderr.reshape(shape).transpose(0, 2, 1)
        self._coalitions[rows] = 2 * fit.left_out.shape[1] + 2
        self._left_out[rows] = (fit.left_out.reshape(shape) ** 2).mean(axis=(1, 2))

    def note(self, tolerance: float | None) -> str:
        worst = self.stderr.max(axis=(1, 2))
        fewest, most = int(self._coalitions.min()), int(self._coalitions.max())
        used = f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"
        said = (
            f"{used} coalitions a row, in pairs without replacement; largest standard error {worst.max():.2g}; a "
            f"held-out coalition is off by {np.sqrt(self._left_out.mean()):.2g} (root mean square, leave-one-out)"
        )
        if tolerance is None:
            return said
        reached = int((worst <= tolerance).sum())
        return f"{said}; tolerance {tolerance:g} reached on {reached:,} of {len(worst):,} rows"
