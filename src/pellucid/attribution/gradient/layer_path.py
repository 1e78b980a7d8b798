"""What a layer says and pulls at while the inputs go a straight path."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.gradient.fixed_path import points_along
from pellucid.attribution.gradient.gradients import pick
from pellucid.core.network import Leaf
from pellucid.core.target import Target
from pellucid.core.tensors import Points

__all__ = ["along_path"]

Array = NDArray[np.floating]


def along_path(
    leaf: Leaf,
    target: Target,
    layer: Any,
    rows: NDArray[np.intp],
    starts: Points,
    places: NDArray[np.float64],
    batch_size: int,
) -> tuple[Array, Array, NDArray[np.float64]]:
    """The layer at ``x₀ + α(x − x₀)`` for some rows.

    Parameters
    ----------
    layer : path of a module, or a Site.
    rows : (rows,) numbers of the rows.
    starts : part → (rows, *shape), x₀.
    places : (places,) α.

    Returns
    -------
    (rows, places, *shape) what it gives; (rows, places, *shape, targets) ∂f/∂h; (rows, places, targets) the outputs.
    """
    index, alpha = np.repeat(np.arange(len(rows)), len(places)), np.tile(places, len(rows))
    ways = {name: values[rows] - starts[name] for name, values in leaf.values.items()}
    found = []
    for start in range(0, len(index), batch_size):
        here = slice(start, start + batch_size)
        points = points_along(pick(starts, index[here]), pick(ways, index[here]), alpha[here])
        found.append(leaf.pull(rows[index[here]], points, target, at=layer))
    values = np.concatenate([next(iter(one.values.values())) for one in found])
    gradients = np.concatenate([next(iter(one.gradients.values())) for one in found])
    outputs = np.concatenate([one.outputs for one in found])
    each = (len(rows), len(places))
    return tuple(array.reshape(*each, *array.shape[1:]) for array in (values, gradients, outputs))  # type: ignore[return-value]
