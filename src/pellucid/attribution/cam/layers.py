"""Which layer a class activation map is drawn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.cam.grids import Grid, grid_of
from pellucid.core.errors import ParameterError, UnsupportedModelError
from pellucid.core.images import Images
from pellucid.core.inputs import Inputs
from pellucid.core.network import Layer, Leaf, Network
from pellucid.core.rng import generator
from pellucid.core.tensors import Tensors

__all__ = ["Chosen", "choose"]

#: difference between two answers, as a part of how far two images' answers are apart, that counts as none
SAME = 1e-3


@dataclass(frozen=True)
class Chosen:
    """A layer, where its numbers lie on the image, and a line for the receipt."""

    tap: Any
    grid: Grid
    note: str


def choose(network: Network, inputs: Inputs, layer: Any = None, grid: tuple[int, int] | None = None) -> Chosen:
    """The layer that was asked for; or the last with a map that the outputs depend on and that nothing goes around.

    What depends on what is tried on two images of noise: with the layer's answer for one, does the network say of the
    other what it says of the first? The choice is the same whatever images are explained.

    Parameters
    ----------
    layer : path of a module, or a site; None chooses.
    grid : places of tokens along each side; None finds them.

    Raises
    ------
    ParameterError : no such layer, or one without a map.
    UnsupportedModelError : no layer has a map that the outputs depend on.
    """
    layers = network.layers(inputs)
    if layer is not None:
        return _asked(network, inputs, layers, layer, grid)
    two = _noise(inputs)
    around: tuple[Layer, Grid] | None = None
    for candidate, place in _candidates(layers, grid):
        depends, alone = _tried(network, two, candidate, place)
        if alone:
            return Chosen(
                candidate.path, place, _note(candidate, place, "that all the outputs depend on passes through")
            )
        if depends and around is None:
            around = candidate, place
    if around is None:
        found = ", ".join(f"{one.path} {one.shape}" for one in layers[-6:])
        raise UnsupportedModelError(
            f"no layer of this network has a map that its outputs depend on; name one with layer=, the last are "
            f"{found}."
        )
    return Chosen(around[0].path, around[1], _note(*around, "the outputs depend on; other layers go around it"))


def _asked(
    network: Network, inputs: Inputs, layers: Sequence[Layer], layer: Any, grid: tuple[int, int] | None
) -> Chosen:
    shapes = [one.shape for one in layers if one.path == layer]
    if len(shapes) != 1:
        (values,) = network.leaf(inputs.rows(slice(0, 1)), layer).values.values()
        shapes = [values.shape[1:]]
    place = grid_of(shapes[0], layers, grid)
    if place is None:
        wanted = "maps (channels, height, width) or tokens (tokens, channels) on a square; pass grid=(height, width)"
        raise ParameterError(f"layer: {layer} gives shape {shapes[0]} for an image, and not {wanted}.")
    return Chosen(layer, place, f"at layer {layer}, as asked: {place.words}")


def _candidates(layers: Sequence[Layer], grid: tuple[int, int] | None) -> Iterator[tuple[Layer, Grid]]:
    """Layers with a map, the last first; no weights of attention, whose maps are tokens by tokens."""
    calls = Counter(layer.path for layer in layers)
    tokens = {layer.shape[0] for layer in layers if len(layer.shape) == 2}
    for layer in reversed(layers):
        place = grid_of(layer.shape, layers, grid)
        attends = len(layer.shape) == 3 and layer.shape[1] == layer.shape[2] and layer.shape[1] in tokens
        if place is not None and calls[layer.path] == 1 and not attends:
            yield layer, place


def _tried(network: Network, two: Inputs, layer: Layer, grid: Grid) -> tuple[bool, bool]:
    """Whether the outputs depend on the layer's places, and whether they depend on nothing that goes around it."""
    try:
        leaf = network.leaf(two, layer.path)
        ((name, values),) = leaf.values.items()
    except ParameterError:  # it gives whole numbers
        return False, False
    mixed = values[:1].copy()
    mixed[:, grid.own] = values[1:, grid.own]
    own, other = _said(leaf, name, values, [0, 1])
    apart = np.abs(own - other).max()
    if not apart > 0:
        return True, True
    allowed = SAME * apart
    depends = np.abs(_said(leaf, name, mixed, [0]) - own).max() > allowed
    alone = np.abs(_said(leaf, name, values[1:], [0]) - other).max() <= allowed
    return bool(depends), bool(depends and alone)


def _said(leaf: Leaf, name: str, values: NDArray[Any], rows: list[int]) -> NDArray[np.float64]:
    return leaf.outputs(np.array(rows), {name: values})


def _noise(inputs: Inputs) -> Inputs:
    """Two images like those explained, of noise, the same for any."""
    if isinstance(inputs, Images):
        return Images(_noisy(inputs.native))
    if isinstance(inputs, Tensors):
        return Tensors({name: _noisy(array) for name, array in inputs.arrays.items()}, inputs.call)
    return inputs.rows(np.zeros(2, dtype=np.intp))


def _noisy(array: NDArray[Any]) -> NDArray[Any]:
    random = generator(0, "layer")
    shape = (2, *array.shape[1:])
    if array.dtype.kind == "f":
        return random.standard_normal(shape).astype(array.dtype)
    return random.integers(0, 2 if array.dtype.kind == "b" else 128, shape).astype(array.dtype)


def _note(layer: Layer, grid: Grid, why: str) -> str:
    return f"at layer {layer.path or 'of the network itself'} ({layer.kind}): the last with {grid.words} {why}"
