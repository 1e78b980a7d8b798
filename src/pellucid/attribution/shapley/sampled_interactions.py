"""Interactions of pairs of players of any game, from a sample of its coalitions."""

from __future__ import annotations

from functools import partial
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.shapley.coalition_sampling import Pairs, pairs_with_singles
from pellucid.attribution.shapley.constrained_least_squares import Fit, LeastSquares
from pellucid.attribution.shapley.even_interactions import fit_even_interactions
from pellucid.attribution.shapley.odd_interactions import MOST_SOLVED, fit_odd_interactions
from pellucid.core.batching import Game, row_blocks
from pellucid.core.method import ComputedInteractions
from pellucid.core.progress import track

__all__ = ["least_budget", "sampled_interactions", "suggested_budget"]

#: with more, the fit takes longer than most models
USUAL = 2_048
#: coalitions asked about at once
PART = 512


def least_budget(players: int) -> int:
    """Nobody, everybody, each player alone and missing, and as many larger coalitions."""
    return 4 * players + 2


def suggested_budget(players: int) -> int:
    """Two coalitions for each pair of players, as long as that is not too many, and 16 for each player."""
    return max(16 * players, min(players * (players - 1), USUAL))


def sampled_interactions(
    game: Game, budget: int, seed: int, *, shares: bool, progress: bool | None
) -> ComputedInteractions:
    """Pairs' Shapley interaction indices from half sums of complementary coalitions, values from half differences.

    Parameters
    ----------
    budget : coalitions a row, from :func:`least_budget` to less than all 2^p.
    shares : whether main effects are what is left of the values, ``φ_i − ½ Σ_j I_ij``, or the values.
    """
    pairs = pairs_with_singles(len(game.players), (budget - 2) // 2, seed)
    sets = np.array(list(combinations(range(len(game.players)), 2)), dtype=np.int32)
    base = game.base()
    worth = _asked(game, pairs, progress)
    everyone = game.worth(np.arange(len(game.rows)), np.ones((1, len(game.players)), dtype=np.bool_))[:, 0]
    half = len(pairs.members)
    halves = ((worth[:, :half] - worth[:, half:]) / 2).transpose(0, 2, 1).reshape(-1, half)
    middle = ((base + everyone) / 2)[:, np.newaxis]
    sums = ((worth[:, :half] + worth[:, half:]) / 2 - middle).transpose(0, 2, 1).reshape(-1, half)
    values = _values(LeastSquares(pairs), halves, (everyone - base).ravel())
    effects = fit_even_interactions(pairs, sums, values.values)
    main = values.values - _totals(effects.values, sets, len(game.players)) / 2 if shares else values.values

    def by_row(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        return numbers.reshape(*base.shape, -1).transpose(0, 2, 1)

    return ComputedInteractions(
        index=sets,
        values=by_row(effects.values),
        main=by_row(main),
        base=base,
        stderr=by_row(effects.stderr),
        main_stderr=by_row(values.stderr),
        notes=(_note(half, values, effects),),
    )


def _values(squares: LeastSquares, halves: NDArray[np.float64], total: NDArray[np.float64]) -> Fit:
    """As KernelSHAP finds them."""
    fit = squares.fit if len(squares.signs) > MOST_SOLVED else partial(fit_odd_interactions, squares)
    return fit(halves, total)


def _asked(game: Game, pairs: Pairs, progress: bool | None) -> NDArray[np.float64]:
    """(rows, twice the pairs, targets) worth of each pair's smaller coalition, then of their complements."""
    coalitions = np.concatenate([pairs.members, ~pairs.members])
    worth = [np.empty((len(game.rows), 0, len(game.target.names)))]
    parts = [coalitions[start : start + PART] for start in range(0, len(coalitions), PART)]
    blocks = row_blocks(len(game.rows), PART)
    steps = [(part, block) for part in parts for block in blocks]
    for part, block in track(steps, total=len(steps), label="ShapleyInteractions", show=progress):
        if not block[0]:
            worth.append(np.empty((len(game.rows), len(part), len(game.target.names))))
        worth[-1][block] = game.worth(block, part)
    return np.concatenate(worth, axis=1)


def _totals(effects: NDArray[np.float64], sets: NDArray[np.int32], players: int) -> NDArray[np.float64]:
    """(problems, players) sum of the effects of the pairs that a player is in."""
    member = np.zeros((len(sets), players))
    member[np.arange(len(sets))[:, np.newaxis], sets] = 1.0
    return np.asarray(effects @ member)


def _note(pairs: int, values: Fit, effects: Fit) -> str:
    off = np.sqrt((values.left_out**2).mean() + (effects.left_out**2).mean())
    return (
        f"{2 * pairs + 2:,} coalitions a row, in pairs without replacement; largest standard error of a pair's effect "
        f"{effects.stderr.max(initial=0.0):.2g}; a held-out coalition is off by {off:.2g} (root mean square, "
        f"leave-one-out)"
    )
