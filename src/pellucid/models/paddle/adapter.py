"""A Paddle layer as a model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import paddle
from numpy.typing import NDArray
from paddle import Tensor, nn

from pellucid.core.inputs import Inputs
from pellucid.core.model import Model
from pellucid.core.tensors import Tensors
from pellucid.models.network_answers import in_blocks, network_model
from pellucid.models.network_rows import read_network_rows
from pellucid.models.paddle.calling import Calling, as_array, undisturbed
from pellucid.models.paddle.network import PaddleNetwork

__all__ = ["adapt_network"]


def adapt_network(
    module: nn.Layer,
    *,
    rows: Any = None,
    output: str | int | Callable[[Any], Any] | None = None,
    output_names: Sequence[str] | None = None,
    unit: str | None = None,
    feature_names: Sequence[str] | None = None,
) -> Model:
    """Model of a Paddle layer, which is asked in evaluation mode and left as it was.

    Parameters
    ----------
    module : any layer, with layers inside or without.
    rows : some rows; where ``output_names`` are not given the layer is run once on the first to count its outputs.
    output : name or number of the output that is meant, or a function from what the layer gives to (rows, outputs).
    output_names : one for each output; None calls them ``"output"``, or ``"output 0"``, ``"output 1"`` …
    unit : what the outputs mean; None is ``"probability"`` where a softmax or sigmoid comes last, else ``"output"``.
    feature_names : of a table's columns.

    Raises
    ------
    ArgumentTypeError : neither ``output_names`` nor ``rows`` is given.
    ModelFailedError : the layer raised, or gave nothing that is (rows, outputs).
    """
    calling = Calling(module, output)
    return network_model(
        module,
        name=calling.name,
        framework="paddle",
        answers=lambda given: in_blocks(lambda some: _answers(calling, some), given),
        reads=lambda given, what: _read(given, module, what),
        network=PaddleNetwork(calling),
        rows=rows,
        output_names=output_names,
        unit=unit or _unit(module),
        feature_names=feature_names,
        digest=lambda: _digest(module),
    )


def _answers(calling: Calling, given: Tensors) -> NDArray[Any]:
    with undisturbed(calling.module), paddle.no_grad():
        tensors = {name: calling.tensor(array) for name, array in given.arrays.items()}
        return as_array(calling(tensors, given.call))


def _read(rows: Any, module: nn.Layer, what: str) -> Inputs:
    return read_network_rows(
        rows,
        network=type(module).__name__,
        plain=lambda value: as_array(value) if isinstance(value, Tensor) else value,
        embeds=lambda: any(isinstance(layer, nn.Embedding) for layer in module.sublayers(include_self=True)),
        what=what,
    )


def _unit(module: nn.Layer) -> str:
    layers = [layer for layer in module.sublayers(include_self=True) if not layer.sublayers()]
    return "probability" if layers and isinstance(layers[-1], nn.Softmax | nn.Sigmoid) else "output"


def _digest(module: nn.Layer) -> bytes:
    """SHA-256 over the layers and their weights."""
    digest = hashlib.sha256(repr(module).encode())
    for name, tensor in module.state_dict().items():
        digest.update(name.encode() + as_array(tensor).tobytes())
    return digest.digest()
