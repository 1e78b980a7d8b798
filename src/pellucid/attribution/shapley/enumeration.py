"""Values of a game from the worth of listed coalitions, asked part by part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.shapley.coalitions import all_coalitions, shapley_values, shares
from pellucid.core.batching import Game, row_blocks
from pellucid.core.method import Computed
from pellucid.core.progress import track

__all__ = ["MOST_PLAYERS", "enumerated", "weighed", "without_error"]

#: with more, all 2^p coalitions are too many to ask about
MOST_PLAYERS = 15
#: coalitions in one sum; fixed, so that a row has the same bits whatever comes with it
PART = 4_096


def enumerated(game: Game, *, label: str, progress: bool | None) -> Computed:
    """Exact Shapley values of all rows of a game, from all 2^p coalitions."""
    p = len(game.players)
    return weighed(game, all_coalitions(p), shares(p), label=label, progress=progress)


def weighed(
    game: Game, coalitions: NDArray[np.bool_], factors: NDArray[np.float64], *, label: str, progress: bool | None
) -> Computed:
    """``φ_j = Σ_S factors[j, S] (v(S) − v(∅))`` of all rows of a game.

    Parameters
    ----------
    coalitions : (coalitions, players), without the empty one.
    factors : (players, coalitions).
    label, progress : of the bar.
    """
    base = game.base()
    values = np.zeros((len(game.rows), len(factors), base.shape[1]))
    parts = [slice(start, start + PART) for start in range(0, len(coalitions), PART)]
    steps = [(block, part) for block in row_blocks(len(game.rows), len(coalitions)) for part in parts]
    for block, part in track(steps, total=len(steps), label=label, show=progress):
        worth = game.worth(block, coalitions[part]) - base[block, np.newaxis]
        values[block] += shapley_values(factors[:, part], worth)
    return Computed(values=values, base=base)


def without_error(computed: Computed) -> Computed:
    """What a method that samples says of values from all coalitions."""
    note = "the budget covers all coalitions, so the values are exact"
    return replace(computed, stderr=np.zeros_like(computed.values), notes=(note,))
