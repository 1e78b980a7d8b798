"""The integral of gradients along a straight path, with nodes added until each row's sum is right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.gradient.fixed_path import points_along
from pellucid.attribution.gradient.gradients import pick
from pellucid.core.network import Leaf
from pellucid.core.target import Target
from pellucid.core.tensors import Points

__all__ = ["NestedPath", "fejer"]

Floats = NDArray[np.float64]

#: nodes of the first sum
FIRST = 3


@dataclass(eq=False)
class NestedPath:
    """``∫₀¹ ∂f/∂x (x₀ + α(x − x₀)) dα`` of some rows by Fejér's second rule with 3, 7, 15, 31 … nodes.

    Each rule has the nodes of the one before, so no gradient is taken twice. A row and target is done when
    ``|f(x) − f(x₀) − (x − x₀) · integral|`` is no more than allowed, or the next rule would have too many nodes.

    Parameters
    ----------
    leaf, target : what is differentiated.
    rows : (rows,) numbers of the rows.
    starts : part → (rows, *shape), where the paths begin.
    rise : (rows, targets) f(x) − f(x₀).
    allowed : (rows, targets).
    most : nodes a row may have.
    batch_size : gradients taken at once.

    Attributes
    ----------
    means : part → (rows, *shape, targets), the integrals.
    off : (rows, targets) what their sums lack.
    nodes : (rows,) how many gradients were taken.
    """

    leaf: Leaf
    target: Target
    rows: NDArray[np.intp]
    starts: Points
    rise: Floats
    allowed: Floats
    most: int
    batch_size: int

    def __post_init__(self) -> None:
        self.ways = {name: values[self.rows] - self.starts[name] for name, values in self.leaf.values.items()}
        self.means = {name: np.empty((*way.shape, self.rise.shape[1])) for name, way in self.ways.items()}
        self.off = np.empty_like(self.rise)
        self.settled = np.zeros(self.rise.shape, dtype=np.bool_)
        self.nodes = np.zeros(len(self.rows), dtype=np.intp)
        self._refine()

    def _refine(self) -> None:
        open_rows, n = np.arange(len(self.rows)), FIRST
        places, weights = fejer(n)
        known = self._gradients(open_rows, places)
        while True:
            self.nodes[open_rows] = n
            done = self._settle(open_rows, known, weights, last=2 * n + 1 > self.most)
            open_rows = open_rows[~done]
            if not len(open_rows):
                return
            n = 2 * n + 1
            places, weights = fejer(n)
            fresh = self._gradients(open_rows, places[::2])
            known = {name: _between(array[~done], fresh[name]) for name, array in known.items()}

    def _settle(self, rows: NDArray[np.intp], known: Points, weights: Floats, *, last: bool) -> NDArray[np.bool_]:
        """Which of the open rows are done; integrals of the targets that are now right are kept."""
        means = {name: _weighted(weights, array) for name, array in known.items()}
        sums = [_products(self.ways[name][rows], mean) for name, mean in means.items()]
        off = self.rise[rows] - np.sum(sums, axis=0)
        fresh = ~self.settled[rows] & ((np.abs(off) <= self.allowed[rows]) | last)
        self.settled[rows] |= fresh
        self.off[rows] = np.where(fresh, off, self.off[rows])
        some = fresh.any(axis=1)
        for name, mean in means.items():
            new = fresh[some].reshape(-1, *[1] * (mean.ndim - 2), fresh.shape[1])
            self.means[name][rows[some]] = np.where(new, mean[some], self.means[name][rows[some]])
        return np.asarray(self.settled[rows].all(axis=1))

    def _gradients(self, rows: NDArray[np.intp], places: Floats) -> dict[str, NDArray[np.floating]]:
        """part → (rows, places, *shape, targets)"""
        index = np.repeat(rows, len(places))
        alpha = np.tile(places, len(rows))
        found: dict[str, list[NDArray[np.floating]]] = {name: [] for name in self.ways}
        for start in range(0, len(index), self.batch_size):
            here = slice(start, start + self.batch_size)
            points = points_along(pick(self.starts, index[here]), pick(self.ways, index[here]), alpha[here])
            pulled = self.leaf.pull(self.rows[index[here]], points, self.target)
            for name, gradients in pulled.gradients.items():
                found[name].append(gradients)
        shape = (len(rows), len(places))
        return {name: np.concatenate(arrays).reshape(*shape, *arrays[0].shape[1:]) for name, arrays in found.items()}


def fejer(n: int) -> tuple[Floats, Floats]:
    """Places between 0 and 1 and weights of Fejér's second rule.

    Its nodes on [−1, 1] are cos(kπ/(n+1)), the extrema of the Chebyshev polynomial of degree n + 1 but for the ends.

    Source
    ------
    Waldvogel (2006), "Fast construction of the Fejér and Clenshaw–Curtis quadrature rules".
    """
    angles = np.arange(1, n + 1) * np.pi / (n + 1)
    odd = np.arange(1, n + 2, 2)
    weights = 4 * np.sin(angles) / (n + 1) * (np.sin(np.outer(angles, odd)) / odd).sum(axis=1)
    return (1 + np.cos(angles)) / 2, weights / 2


def _between(old: NDArray[np.floating], fresh: NDArray[np.floating]) -> NDArray[np.floating]:
    """Gradients at the old nodes among those at the new ones, in the order of the nodes."""
    joined = np.empty((len(old), old.shape[1] + fresh.shape[1], *old.shape[2:]), dtype=old.dtype)
    joined[:, ::2], joined[:, 1::2] = fresh, old
    return joined


def _weighted(weights: Floats, array: NDArray[np.floating]) -> NDArray[np.floating]:
    """(rows, *shape, targets)"""
    flat = array.reshape(len(array), len(weights), -1)
    return np.asarray((weights.astype(flat.dtype) @ flat).reshape(len(array), *array.shape[2:]))


def _products(way: NDArray[np.floating], mean: NDArray[np.floating]) -> Floats:
    """(rows, targets) way · mean"""
    flat = mean.reshape(len(mean), -1, mean.shape[-1])
    return np.asarray(np.einsum("ri,rit->rt", way.reshape(len(way), -1), flat, dtype=np.float64))
