"""Perturbed texts and images: coalitions of their parts, shared by all that have as many."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.surrogate.local_ridge import LocalRidge
from pellucid.attribution.surrogate.weighting import distances, exponential_kernel
from pellucid.core.rng import generator

__all__ = ["CoalitionSamples", "draw_coalitions"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CoalitionSamples:
    """Which parts are present, each coalition once.

    Parameters
    ----------
    coalitions : (different coalitions, players)
    draws : (different coalitions,) how often each was drawn.
    itself : number of the complete coalition.
    metric, width : of the weights.
    """

    coalitions: NDArray[np.bool_]
    draws: Floats
    itself: int
    metric: str
    width: float

    @cached_property
    def ridge(self) -> LocalRidge:
        """One design for every row with these players: a part is 1 where present."""
        steps = np.subtract(np.ascontiguousarray(self.coalitions.T), 1.0)
        far = distances(steps, np.ones(len(steps)), self.metric)
        return LocalRidge(steps, exponential_kernel(far, self.width), self.draws, self.itself)


def draw_coalitions(
    players: int, samples: int, *, evenly_sized: bool, seed: int, metric: str, width: float
) -> CoalitionSamples:
    """The complete coalition and ``samples − 1`` drawn ones.

    Parameters
    ----------
    players : how many parts there are.
    evenly_sized : leave out 1 to all of the parts, each number as likely; else each part with probability ½.
    """
    rng = generator(seed, "LIME", "coalitions")
    if evenly_sized:
        absent = rng.integers(1, players + 1, size=(samples - 1, 1))
        places = rng.permuted(np.tile(np.arange(players), (samples - 1, 1)), axis=1)
        drawn = places >= absent
    else:
        drawn = rng.integers(0, 2, size=(samples - 1, players)).astype(np.bool_)
    every = np.concatenate([drawn, np.ones((1, players), dtype=np.bool_)])
    packed = np.packbits(every, axis=1)
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    draws = np.bincount(which[:-1], minlength=len(first)).astype(np.float64)
    return CoalitionSamples(every[first], draws, int(which[-1]), metric, width)
