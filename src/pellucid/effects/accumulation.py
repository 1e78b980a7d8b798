"""Accumulated local effects from the steps that rows take: sums of mean steps, centred, with bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.effects.ladders import Ladder
from pellucid.effects.resamples import RowGroups

__all__ = ["Tally", "accumulated", "accumulated_pair", "tallied"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tally:
    """Sums over groups of rows, all that a curve is made of.

    Parameters
    ----------
    weight, moved : (groups, steps) how much climbs count, and (groups, steps, targets) how far they go, weighed.
    at : (groups, rungs) how much rows count at each rung, half of a row at either end.
    lost, apart : (groups,) how much rows without a value count, and (groups, targets) how far they are from the mean
        over the rungs, weighed.
    """

    weight: Floats
    moved: Floats
    at: Floats
    lost: Floats
    apart: Floats

    def whole(self) -> Tally:
        """The sums over all groups: of one group."""
        return Tally(*(part.sum(axis=0, keepdims=True) for part in vars(self).values()))

    def drawn(self, times: Floats) -> Tally:
        """The sums over groups, each so many times: (draws, groups)."""
        return Tally(*(np.tensordot(times, part, axes=1) for part in vars(self).values()))


def tallied(ladder: Ladder, local: Floats, gone: Floats, shares: Floats, groups: RowGroups | None) -> Tally:
    """The sums of a ladder's climbs.

    Parameters
    ----------
    local : (climbs, targets) how much the prediction moves in each climb.
    gone : (missing rows, targets) the prediction of a row without a value, less its mean over the rungs.
    shares : (rows,) how much each row counts.
    groups : where it counts; None for all rows in one group.
    """
    count, rungs, steps = 1 if groups is None else len(groups), ladder.rungs, max(ladder.rungs - 1, 0)

    def cells(rows: NDArray[np.intp], at: NDArray[np.intp], places: int) -> NDArray[np.intp]:
        return at if groups is None else groups.of_row[rows] * places + at

    climbs = cells(ladder.climbers, ladder.step, steps)
    missing = cells(ladder.missing, np.zeros_like(ladder.missing), 1)
    weight, half, own = shares[ladder.climbers], shares[ladder.standing] / 2, shares[ladder.missing]
    at = sum(_sums(cells(ladder.standing, end, rungs), half, count * rungs) for end in (ladder.below, ladder.above))
    return Tally(
        weight=_sums(climbs, weight, count * steps).reshape(count, steps),
        moved=_columns(climbs, weight, local, count * steps).reshape(count, steps, local.shape[1]),
        at=np.reshape(at, (count, rungs)),
        lost=_sums(missing, own, count),
        apart=_columns(missing, own, gone, count),
    )


def accumulated(tally: Tally) -> Floats:
    """(groups, places, targets) curves whose mean over the rows is 0.

    ``g(z_0) = 0``, ``g(z_k) = g(z_{k−1}) + Σ_r w_r d_r / Σ_r w_r`` over the climbs of step k; a step that no row
    takes is none. The missing value stands as far from the mean of the others as its rows say.
    """
    moved = _ratio(tally.moved, tally.weight[:, :, np.newaxis])
    rungs = tally.at.shape[1]
    curves = np.concatenate([np.zeros_like(moved, shape=(len(moved), 1, moved.shape[2])), moved.cumsum(axis=1)], axis=1)
    curves, held = curves[:, :rungs], tally.at.sum(axis=1)
    curves = curves - np.matmul(_ratio(tally.at, held[:, np.newaxis])[:, np.newaxis], curves)
    if not tally.lost.any():
        return np.asarray(curves)
    apart = _ratio(tally.apart, tally.lost[:, np.newaxis])[:, np.newaxis]
    part = _ratio(tally.lost, held + tally.lost)[:, np.newaxis, np.newaxis]
    return np.asarray(np.concatenate([curves, apart], axis=1) - apart * part)


def _sums(group: NDArray[np.intp], values: Floats, groups: int) -> Floats:
    return np.bincount(group, values, minlength=groups).astype(np.float64)


def _columns(group: NDArray[np.intp], weight: Floats, values: Floats, groups: int) -> Floats:
    """(groups, targets)"""
    return np.stack([_sums(group, weight * column, groups) for column in values.T], axis=1)


def _ratio(part: Floats, whole: Floats) -> Floats:
    """0 where there is nothing."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


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
    moved = _columns(cell, weights, local, shape[0] * shape[1]).reshape(*shape, local.shape[1])
    moved = _ratio(moved, count[:, :, np.newaxis])
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
