"""The frame around methods that follow attention: layers in order, one place to read, tokens or an image to show."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.cam.enlarge import enlarged
from pellucid.attribution.cam.grids import grid_of
from pellucid.attribution.gradient.frame import NetworkMethod
from pellucid.core.errors import UnsupportedModelError
from pellucid.core.inputs import Inputs
from pellucid.core.method import Computed
from pellucid.core.model import Model
from pellucid.core.network import Attended, Leaf
from pellucid.core.progress import track
from pellucid.core.receipt import Completeness
from pellucid.core.target import Target
from pellucid.core.tensors import Tensors

__all__ = ["AttentionMethod"]

Floats = NDArray[np.float64]

NO_SHARES = Completeness("not promised", reason="where attention leads is no share of the output")


class AttentionMethod(NetworkMethod):
    """Base of the methods that follow attention from layer to layer.

    A subclass gives the :meth:`flow` from every place of the last layer to every place of the first.
    """

    token: int | None

    def compute(self, leaf: Leaf, target: Target, model: Model) -> Computed:
        rows, found = len(leaf.inputs), []
        starts = range(0, rows, self.batch_size)
        for start in track(starts, total=len(starts), label=type(self).__name__, show=self.progress):
            index = np.arange(start, min(start + self.batch_size, rows))
            layers = leaf.attention(index, target)
            _check_layers(type(self).__name__, layers)
            found.append(self._read(self.flow(layers)))
        values = np.concatenate(found)
        shown, values = _shown(leaf, values)
        return Computed(values=values, base=None, evaluations=rows, completeness=NO_SHARES, shown=shown)

    @abstractmethod
    def flow(self, layers: Sequence[Attended]) -> Floats:
        """(rows, places, places, targets)"""

    def _read(self, flow: Floats) -> Floats:
        """(rows, places, targets) what the place that is read gets from each."""
        return np.asarray(flow.mean(axis=1) if self.token is None else flow[:, self.token])


def _check_layers(method: str, layers: Sequence[Attended]) -> None:
    if not layers:
        raise UnsupportedModelError(
            f"{method}: no layer of this network attends from each place to every other; use IntegratedGradients."
        )
    places = [layer.weights.shape[-1] for layer in layers]
    if len(set(places)) > 1:
        raise UnsupportedModelError(
            f"{method}: layers of {' and '.join(map(str, sorted(set(places))))} places cannot follow each other; "
            f"use IntegratedGradients."
        )


def _shown(leaf: Leaf, values: Floats) -> tuple[Inputs, Floats]:
    """Tokens as they are; patches of an image at the image's size; otherwise places by number."""
    name, array = next(iter(leaf.inputs.arrays.items()))
    tokens = next((name for name in leaf.moved if leaf.folded), None)
    if tokens is not None and leaf.inputs.arrays[tokens].shape[1] == values.shape[1]:
        return Tensors({tokens: leaf.inputs.arrays[tokens]}), values
    images = Tensors({name: array}).as_images() if array.ndim == 4 else None
    grid = grid_of((values.shape[1], 2))
    if images is not None and grid is not None:
        maps = grid.maps(values[:, :, np.newaxis])[:, 0]
        return images, np.moveaxis(enlarged(np.moveaxis(maps, -1, 1), images.native.shape[1:3]), 1, -1)
    places: Any = np.tile(np.arange(values.shape[1]), (len(values), 1))
    return Tensors({"place": places}), values
