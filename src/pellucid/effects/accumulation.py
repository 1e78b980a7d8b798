"""Accumulated local effects from the steps that rows take: sums of mean steps, centred, with bands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from pellucid.core.rng import generator
from pellucid.effects.ladders import Ladder

__all__ = ["accumulated", "accumulated_pair", "band", "resampled_shares"]

Floats = NDArray[np.float64]
#: numbers of one block of resamples
BLOCK = 2**22


def accumulated(ladder: Ladder, local: Floats, gone: Floats, weights: Floats) -> Floats:
    """(resamples, places, targets) curves whose mean over the rows is 0.

    ``g(z_0) = 0``, ``g(z_k) = g(z_{k−1}) + Σ_r w_r d_r / Σ_r w_r`` over the climbs of step k; a step that no row
    takes is none. The missing value stands as far from the mean of the others as its rows say.

    Parameters
    ----------
    local : (climbs, targets) how much the prediction moves in each climb.
    gone : (missing rows, targets) the prediction of a row without a value, less its mean over the rungs.
    weights : (resamples, rows) how much each row counts.
    """
    moved = _means(local, weights[:, ladder.climbers], ladder.step, max(ladder.rungs - 1, 0))
    first = np.zeros((len(weights), min(ladder.rungs, 1), local.shape[1]))
    rungs = np.concatenate([first, moved.cumsum(axis=1)], axis=1)
    share, lost = _shares(ladder, weights)
    rungs = rungs - np.matmul(share[:, np.newaxis], rungs)
    if not len(ladder.missing):
        return np.asarray(rungs)
    apart = _means(gone, weights[:, ladder.missing], np.zeros(len(gone), dtype=np.intp), 1)
    return np.asarray(np.concatenate([rungs, apart], axis=1) - apart * lost[:, np.newaxis, np.newaxis])


def _shares(ladder: Ladder, weights: Floats) -> tuple[Floats, Floats]:
    """(resamples, rungs) part of the rows at each rung, half of a row at either end, and (resamples,) without value."""
    stands = np.flatnonzero(ladder.ends[:, 0] >= 0)
    share = sum(_sums(weights[:, stands], ladder.ends[stands, side], ladder.rungs) for side in (0, 1))
    held, lost = np.sum(share, axis=1) / 2, weights[:, ladder.missing].sum(axis=1)
    return _ratio(np.asarray(share) / 2, held[:, np.newaxis]), _ratio(lost, held + lost)


def _ratio(part: Floats, whole: Floats) -> Floats:
    """0 where there is nothing."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _means(values: Floats, weights: Floats, group: NDArray[np.intp], groups: int) -> Floats:
    """(resamples, groups, targets) weighted means; 0 of a group without weight."""
    count = _sums(weights, group, groups)[:, :, np.newaxis]
    total = np.stack([_sums(weights * column, group, groups) for column in values.T], axis=2)
    return _ratio(total, count)


def _sums(values: Floats, group: NDArray[np.intp], groups: int) -> Floats:
    """(resamples, groups) of (resamples, members)."""
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(groups))
    held = np.bincount(group, minlength=groups) > 0
    out = np.zeros((len(values), groups))
    if held.any():
        out[:, held] = np.add.reduceat(values[:, order], starts[held], axis=1)
    return out


def band(
    ladder: Ladder, local: Floats, gone: Floats, resampled: Iterable[Floats], *, confidence: float
) -> tuple[Floats, Floats]:
    """(places, targets) each: quantiles of the curves of resampled rows, for the middle ``confidence`` of them."""
    curves = np.concatenate([accumulated(ladder, local, gone, weights) for weights in resampled])
    low, high = np.quantile(curves, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return low, high


def resampled_shares(shares: Floats, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each of the rows is drawn, (a few resamples, rows) at a time."""
    random, n = generator(seed, "rows drawn again"), len(shares)
    size = max(1, BLOCK // n)
    for start in range(0, resamples, size):
        yield random.multinomial(n, shares, size=min(size, resamples - start)).astype(np.float64)


def accumulated_pair(ladders: Sequence[Ladder], steps: NDArray[np.intp], local: Floats, weights: Floats) -> Floats:
    """(rungs, rungs, targets) what two columns do together.

    The mean second differences of all cells are added up along both columns; what either column does by itself is
    taken off, and the mean over the rows. A cell that no row takes has the second difference of the nearest that one
    does, in parts of the columns' ranges.

    Parameters
    ----------
    steps : (climbs, 2) step along either column.
    local : (climbs, targets) second differences.
    weights : (climbs,) how much each counts.

    Source
    ------
    Apley & Zhu (2020), equations 17 to 20.
    """
    shape = tuple(max(ladder.rungs - 1, 0) for ladder in ladders)
    cell = steps[:, 0] * shape[1] + steps[:, 1]
    count = np.bincount(cell, weights, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
    moved = _means(local, weights[np.newaxis], cell, shape[0] * shape[1])[0].reshape(*shape, local.shape[1])
    moved = _filled(moved, count > 0, [ladder.middles for ladder in ladders])
    surface = np.zeros((ladders[0].rungs, ladders[1].rungs, local.shape[1]))
    surface[1:, 1:] = moved.cumsum(axis=0).cumsum(axis=1)
    for axis in (0, 1):
        surface = surface - _alone(surface, count, axis)
    corners = (surface[1:, 1:] + surface[1:, :-1] + surface[:-1, 1:] + surface[:-1, :-1]) / 4
    mean = _ratio((count[:, :, np.newaxis] * corners).sum(axis=(0, 1)), count.sum())
    return np.asarray(surface - mean)


def _filled(moved: Floats, known: NDArray[np.bool_], middles: Sequence[Floats]) -> Floats:
    if known.all() or not known.any():
        return moved
    at = np.stack(np.meshgrid(*middles, indexing="ij"), axis=-1)
    nearest = [int(np.argmin(((at[known] - one) ** 2).sum(axis=1))) for one in at[~known]]
    filled = moved.copy()
    filled[~known] = moved[known][nearest]
    return filled


def _alone(surface: Floats, count: Floats, axis: int) -> Floats:
    """What the column along ``axis`` does by itself: its mean steps, at both ends of the cells, added up."""
    other = 1 - axis
    along = np.moveaxis(np.diff(surface, axis=axis), other, 1)
    weight = np.moveaxis(count, other, 1)[:, :, np.newaxis]
    both = (along[:, 1:] + along[:, :-1]) / 2
    steps = _ratio((weight * both).sum(axis=1), weight.sum(axis=1))
    curve = np.concatenate([np.zeros((1, surface.shape[2])), steps.cumsum(axis=0)])
    return np.expand_dims(curve, other)
