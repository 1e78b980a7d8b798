"""Some rows of a network asked at one layer: its channels, which way they pull, what is said when they change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.cam.grids import Grid
from pellucid.core.model import Model
from pellucid.core.network import Leaf, Pulled
from pellucid.core.progress import track
from pellucid.core.target import Target
from pellucid.core.tensors import Points, Tensors

__all__ = ["AtLayer", "weighted"]

Floats = NDArray[np.float64]


@dataclass(eq=False)
class AtLayer:
    """Some rows at a layer.

    Parameters
    ----------
    model, leaf, grid : the network, its layer, and where that lies on the image.
    target : of all of the leaf's rows.
    index : (rows,) which of them.
    size : (height, width) of the images.
    batch_size : the most rows the network is asked about at once.
    evaluations : rows it was asked about so far.
    """

    model: Model
    leaf: Leaf
    grid: Grid
    target: Target
    index: NDArray[np.intp]
    size: tuple[int, int]
    batch_size: int
    evaluations: int = field(default=0, init=False)

    def __len__(self) -> int:
        return len(self.index)

    @cached_property
    def points(self) -> Points:
        """What the layer gives for the rows, as the leaf names it."""
        if "standing" in vars(self):
            return self.standing[0]
        return self.leaf.of(self.leaf.inputs.rows(self.index))

    @cached_property
    def standing(self) -> tuple[Points, Pulled]:
        """The same, and which way it pulls."""
        self.evaluations += len(self)
        return self.leaf.stand(self.index, self.target)

    @cached_property
    def values(self) -> NDArray[Any]:
        """(rows, …) what the layer gives."""
        return next(iter(self.points.values()))

    @cached_property
    def slopes(self) -> NDArray[Any]:
        """(rows, channels, height, width, targets) ∂target/∂maps."""
        return self.grid.maps(next(iter(self.standing[1].gradients.values())))

    @property
    def mean_slopes(self) -> NDArray[Any]:
        """(rows, channels, targets) over the places."""
        rows, channels, _, _, targets = self.slopes.shape
        return np.asarray(np.moveaxis(self.slopes.reshape(rows, channels, -1, targets), 3, 2).mean(axis=3))

    @cached_property
    def maps(self) -> NDArray[Any]:
        """(rows, channels, height, width) what the layer gives, on its grid."""
        return self.grid.maps(self.values)

    @cached_property
    def images(self) -> NDArray[Any]:
        """(rows, channels, height, width) what the network is given."""
        return next(iter(self.leaf.inputs.arrays.values()))[self.index]

    def said(self, rows: NDArray[np.intp], values: NDArray[Any]) -> Floats:
        """(n, targets) of some rows, were the layer to give other values (n, …)."""
        self.evaluations += len(rows)
        return self.leaf.outputs(self.index[rows], {next(iter(self.points)): values}, self.target)

    def answers(self, rows: NDArray[np.intp], images: NDArray[Any]) -> Floats:
        """(n, targets) for other images (n, channels, height, width) in some rows' place."""
        self.evaluations += len(rows)
        (name,), call = self.leaf.inputs.arrays, self.leaf.inputs.call
        return self.target.select(self.model.predict(Tensors({name: images}, call)), self.index[rows])

    def pairs(self, chosen: NDArray[np.bool_], label: str) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Row and channel of the chosen (rows, channels), at most ``batch_size`` at a time."""
        rows, channels = np.nonzero(chosen)
        starts = range(0, len(rows), self.batch_size)
        for start in track(starts, total=len(starts), label=label):
            yield rows[start : start + self.batch_size], channels[start : start + self.batch_size]


def weighted(maps: NDArray[Any], weights: NDArray[Any]) -> Floats:
    """Maps (rows, channels, height, width) added up by weights (rows, channels, targets).

    Returns
    -------
    (rows, height, width, targets)
    """
    rows, channels, height, width = maps.shape
    lines = maps.reshape(rows, channels, -1)
    # row by row, so that no row's bits depend on the others
    pairs = zip(lines, weights.astype(maps.dtype), strict=True)
    sums = np.stack([(weight.T @ line).T for line, weight in pairs])
    return sums.astype(np.float64).reshape(rows, height, width, -1)
