"""Rare categories: the most frequent have a place each, all others one together."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect import Curve
from pellucid.core.effect_axis import Axis, levels
from pellucid.core.rng import generator

__all__ = ["Folding", "drawn_rows", "others_notes"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]


class Folding:
    """Axes, on each of which the rarest categories become one place.

    What stands there is the mean over these categories, each as often as it is in the background.

    Parameters
    ----------
    axes : of any kind; only categories are folded.
    most : categories with a place of their own, the most frequent.
    """

    def __init__(self, axes: Iterable[Axis], most: int) -> None:
        self._folds = [_Fold(axis, most) for axis in axes]
        self.axes = tuple(fold.axis for fold in self._folds)

    def of(self, values: Floats, *, first: int = 0) -> Floats:
        """Values at the places after, of those at the places before.

        Parameters
        ----------
        values : (..., places of each axis, ...).
        first : where in the shape the places of the first axis stand.
        """
        for number, fold in enumerate(self._folds):
            values = fold.of(values, first + number)
        return values


class _Fold:
    """One axis."""

    def __init__(self, axis: Axis, most: int) -> None:
        self.axis, self._rare = axis, np.empty(0, dtype=np.intp)
        if axis.kind != "levels" or len(axis.at) <= most:
            return
        order = np.argsort(-axis.share[: len(axis.at)], kind="stable")
        self._kept, self._rare = np.sort(order[:most]), np.sort(order[most:])
        share = axis.share[self._rare]
        total = float(share.sum())
        self._weights = share / total if total > 0 else np.full(len(share), 1 / len(share))
        at = levels([axis.at[k] for k in self._kept])
        shares = np.concatenate([axis.share[self._kept], [total], axis.share[len(axis.at) :]])
        self.axis = Axis(axis.name, "levels", at, axis.missing, shares, len(self._rare))

    def of(self, values: Floats, along: int) -> Floats:
        if not len(self._rare):
            return values
        moved = np.moveaxis(values, along, 0)
        together = np.tensordot(self._weights, moved[self._rare], axes=1)[np.newaxis]
        missing = moved[len(self._kept) + len(self._rare) :]
        return np.ascontiguousarray(np.moveaxis(np.concatenate([moved[self._kept], together, missing]), 0, along))


def drawn_rows(rare: Numbers, shares: Floats, count: int, column: int) -> Numbers:
    """(count,) rows that have a rare category, drawn by their shares: for each row asked about the one it takes it of.

    The draw is systematic, so each rare row comes up as often as its share says, and in a seeded random order, so that
    it has nothing to do with the rest of the row it is given to.

    Parameters
    ----------
    rare, shares : (rare rows,) their numbers and how much each counts.
    """
    below = np.cumsum(shares) if shares.sum() > 0 else np.arange(1.0, len(rare) + 1)
    at = np.searchsorted(below, (np.arange(count) + 0.5) / count * below[-1], side="right")
    chosen = rare[np.minimum(at, len(rare) - 1)]
    return np.asarray(generator(0, "rare categories", str(column)).permutation(chosen))


def others_notes(curves: Iterable[Curve], of: str) -> tuple[str, ...]:
    """What a receipt says of categories that stand together.

    Parameters
    ----------
    of : what their share is a part of.
    """
    axes = {axis.name: axis for curve in curves for axis in curve.axes if axis.others}
    return tuple(
        f"{axis.name}: the {len(axis.at)} most frequent categories; the {axis.others_name}, "
        f"{axis.share[len(axis.at)]:.1%} of {of}, stand together at one place"
        for axis in axes.values()
    )
