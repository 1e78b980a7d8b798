"""The integral of gradients along a straight path, with as many nodes for every row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.gradient.gradients import drawn_blocks, pick
from pellucid.core.network import Leaf
from pellucid.core.target import Target
from pellucid.core.tensors import Points

__all__ = ["fixed_path", "gauss_legendre", "points_along"]

Floats = NDArray[np.float64]


def fixed_path(
    leaf: Leaf, target: Target, rows: NDArray[np.intp], starts: Points, steps: int, batch_size: int
) -> tuple[dict[str, Floats], Floats]:
    """``∫₀¹ ∂f/∂x (x₀ + α(x − x₀)) dα`` by Gauss and Legendre's rule.

    Parameters
    ----------
    rows : (rows,) numbers of the rows.
    starts : part → (rows, *shape), where the paths begin.
    steps : nodes.

    Returns
    -------
    part → (rows, *shape, targets) the integrals; (rows, targets) their sums times the way.
    """
    places, weights = gauss_legendre(steps)
    ways = {name: values[rows] - starts[name] for name, values in leaf.values.items()}
    means = {name: np.zeros((*way.shape, len(target.names))) for name, way in ways.items()}
    for some, drawn in drawn_blocks(len(rows), steps, batch_size, label="", progress=False):
        index = np.repeat(some, len(drawn))
        points = points_along(pick(starts, index), pick(ways, index), np.tile(places[drawn], len(some)))
        pulled = leaf.pull(rows[index], points, target)
        for name, array in pulled.gradients.items():
            each = array.reshape(len(some), len(drawn), -1)
            mean = weights[drawn].astype(each.dtype) @ each
            means[name][some] += mean.reshape(len(some), *array.shape[1:])
    flat = {name: mean.reshape(len(rows), -1, mean.shape[-1]) for name, mean in means.items()}
    sums = [np.einsum("ri,rit->rt", way.reshape(len(rows), -1), flat[name]) for name, way in ways.items()]
    return means, np.sum(sums, axis=0)


def gauss_legendre(nodes: int) -> tuple[Floats, Floats]:
    """Places between 0 and 1 and weights of the rule of so many nodes."""
    places, weights = np.polynomial.legendre.leggauss(nodes)
    return (places + 1) / 2, weights / 2


def points_along(starts: Points, ways: Points, alpha: Floats) -> Points:
    """part → (points, *shape), so far on the way."""
    found = {}
    for name, way in ways.items():
        shares = alpha.reshape(-1, *[1] * (way.ndim - 1)).astype(way.dtype)
        found[name] = starts[name] + shares * way
    return found
