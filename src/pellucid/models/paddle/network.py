"""The inside of a Paddle layer: where it can be differentiated, and which layers answer on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import paddle
from numpy.typing import NDArray
from paddle import Tensor, nn

from pellucid.core.errors import ParameterError
from pellucid.core.inputs import Inputs
from pellucid.core.network import Layer
from pellucid.core.tensors import Tensors
from pellucid.models.leaf import place_of
from pellucid.models.network_rows import as_tensors
from pellucid.models.paddle.calling import Calling, as_array, undisturbed
from pellucid.models.paddle.hooks import checked_path, watched
from pellucid.models.paddle.leaf import PaddleLeaf

__all__ = ["PaddleNetwork"]


@dataclass(frozen=True, eq=False)
class PaddleNetwork:
    """See :class:`pellucid.core.network.Network`."""

    calling: Calling

    def leaf(self, inputs: Inputs, tap: Any = None) -> PaddleLeaf:
        given = as_tensors(inputs)
        site = None if tap is None else (str(tap), checked_path(self.calling.module, tap))
        place = place_of(given, site, lambda: self._embeddings(given), self.calling.name)
        leaf = PaddleLeaf(self.calling, given, inputs, place)
        return leaf if tap is None else _tried(leaf)

    def layers(self, inputs: Inputs) -> Sequence[Layer]:
        found: list[Layer] = []

        def note(path: str, layer: nn.Layer, _inputs: Any, output: Any) -> None:
            if isinstance(output, Tensor):
                found.append(Layer(path, type(layer).__name__, tuple(output.shape[1:])))

        self._once(as_tensors(inputs), note)
        return found

    def weights(self, path: str) -> NDArray[np.floating]:
        layers = dict(self.calling.module.named_sublayers(include_self=True))
        if not isinstance(layers.get(path), nn.Linear):
            told = ", ".join(name for name, layer in layers.items() if isinstance(layer, nn.Linear))
            raise ParameterError(f"there is no linear layer {path!r} in this network; there are {told}.")
        # kept (inputs, outputs) by paddle
        return as_array(layers[path].weight).T

    def _embeddings(self, given: Tensors) -> dict[str, str]:
        """Input of whole numbers → the path of the embedding that takes it."""
        tokens = {name: array for name, array in given.arrays.items() if array.dtype.kind in "iu"}
        found: dict[str, str] = {}

        def note(path: str, layer: nn.Layer, inputs: Any, _output: Any) -> None:
            if isinstance(layer, nn.Embedding) and inputs:
                asked = as_array(inputs[0])
                same = (name for name, array in tokens.items() if np.array_equal(asked, array[:1]))
                name = next((name for name in same if name not in found), None)
                found.update({} if name is None else {name: path})

        self._once(given.rows(slice(0, 1)), note)
        return found

    def _once(self, given: Tensors, seen: Callable[[str, nn.Layer, Any, Any], None]) -> None:
        one = given.rows(slice(0, 1))
        tensors = {name: self.calling.tensor(array) for name, array in one.arrays.items()}
        with undisturbed(self.calling.module), paddle.no_grad(), watched(self.calling.module, seen):
            self.calling(tensors, one.call)


def _tried(leaf: PaddleLeaf) -> PaddleLeaf:
    """The leaf, read for one row, so that a place that is not there is refused before any work."""
    for name, values in replace(leaf, inputs=leaf.inputs.rows(slice(0, 1))).values.items():
        if values.dtype.kind != "f":
            raise ParameterError(f"tap: {name} gives {values.dtype} numbers, which have no gradient.")
    return leaf
