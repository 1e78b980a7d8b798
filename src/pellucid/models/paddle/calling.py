"""How a Paddle layer is called: arrays in, one table of outputs out, and nothing of the layer changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import paddle
from numpy.typing import NDArray
from paddle import Tensor
from paddle.nn import Layer

from pellucid.core.errors import PellucidError
from pellucid.models.network_answers import one_table, raised
from pellucid.models.paddle.hooks import watched

__all__ = ["Calling", "as_array", "blame", "undisturbed"]


@dataclass(frozen=True, eq=False)
class Calling:
    """A layer, and which of its outputs are meant.

    Parameters
    ----------
    module : any layer.
    output : name or number of the output, or a function of what the layer gives; None takes the only tensor, or the
        first of several.
    """

    module: Layer
    output: str | int | Callable[[Any], Tensor] | None = None

    @property
    def name(self) -> str:
        return type(self.module).__name__

    def tensor(self, array: NDArray[Any]) -> Tensor:
        """A copy where the layer is, in its precision; whole numbers stay whole."""
        weight = next((one for one in self.module.state_dict().values() if one.is_floating_point()), None)
        tensor = paddle.to_tensor(array, place=None if weight is None else weight.place)
        return tensor.astype(weight.dtype) if weight is not None and tensor.is_floating_point() else tensor

    def leaf(self, array: NDArray[Any]) -> Tensor:
        """The same, to be differentiated at."""
        tensor = self.tensor(array)
        tensor.stop_gradient = False
        return tensor

    def __call__(self, arrays: Mapping[str, Tensor], call: str) -> Tensor:
        """(rows, outputs) for named tensors.

        Raises
        ------
        ModelFailedError : the layer raised, or gave nothing that can be read as (rows, outputs).
        """
        rows = len(next(iter(arrays.values())))
        try:
            given = self.module(**arrays) if call == "names" else self.module(*arrays.values())
        except PellucidError:
            raise
        except Exception as error:  # whatever a layer raises becomes one sentence
            raise raised(self.name, arrays, error) from error
        return one_table(given, self.output, rows=rows, tensor=Tensor, name=self.name)


@contextmanager
def undisturbed(module: Layer) -> Iterator[None]:
    """Evaluation mode, gradients on, and afterwards every mode and random state as it was."""
    modes = [(layer, layer.training) for layer in module.sublayers(include_self=True)]
    random = paddle.get_rng_state()
    try:
        for layer, _ in modes:
            layer.training = False
        with paddle.enable_grad():
            yield
    finally:
        for layer, training in modes:
            layer.training = training
        paddle.set_rng_state(random)


def as_array(tensor: Tensor) -> NDArray[Any]:
    """As numpy; bfloat16, which numpy lacks, as float32."""
    kept = tensor.detach()
    array: NDArray[Any] = np.asarray((kept.astype("float32") if kept.dtype == paddle.bfloat16 else kept).numpy())
    return array


def blame(module: Layer, run: Callable[[], Tensor]) -> str:
    """One sentence: the first layer, in the order they answer, that gives NaN or infinity; or that gradients do."""
    wrong: list[str] = []

    def look(path: str, _layer: Layer, _inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.is_floating_point() and not np.isfinite(as_array(output)).all():
            wrong.append(path or "its answer")

    with undisturbed(module), paddle.no_grad(), watched(module, look):
        run()
    name = type(module).__name__
    if wrong:
        return f"{name}: {wrong[0]} is the first to give a number that is not finite; look at its weights and inputs."
    return f"{name} answers with finite numbers, but a gradient is not finite; look for roots or logarithms of 0."
