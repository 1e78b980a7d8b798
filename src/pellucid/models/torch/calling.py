"""How a module is called: arrays in, one table of outputs out, and nothing of the module changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pellucid.core.errors import PellucidError
from pellucid.models.network_answers import one_table, raised
from pellucid.models.torch.trace import Site, intervene

__all__ = ["Calling", "as_array", "undisturbed"]


@dataclass(frozen=True, eq=False)
class Calling:
    """A module, and which of its outputs are meant.

    Parameters
    ----------
    module : any module.
    output : name or number of the output, or a function of what the module gives; a Site takes what stands there, a
        unit say, as the output; None takes the only tensor, ``logits`` of a Hugging Face output, or the first tensor of
        a tuple.
    """

    module: nn.Module
    output: str | int | Site | Callable[[Any], Tensor] | None = None

    @property
    def dtype(self) -> torch.dtype | None:
        """Of the weights; None where there are none."""
        return next((p.dtype for p in self._weights() if p.is_floating_point()), None)

    @property
    def device(self) -> torch.device:
        """Of the weights; the processor where there are none."""
        return next((p.device for p in self._weights()), torch.device("cpu"))

    def tensor(self, array: NDArray[Any]) -> Tensor:
        """The array where the module is, in its precision; whole numbers stay whole."""
        writable = array if array.flags.writeable and array.flags.c_contiguous else np.array(array)
        tensor = torch.from_numpy(writable)
        wanted = self.dtype if tensor.is_floating_point() else None
        return tensor.to(device=self.device, dtype=wanted or tensor.dtype)

    def __call__(self, arrays: Mapping[str, Tensor], call: str) -> Tensor:
        """(rows, outputs) for named tensors.

        Raises
        ------
        ModelFailedError : the module raised, or gave nothing that can be read as (rows, outputs).
        """
        rows = len(next(iter(arrays.values())))
        sites = [self.output] if isinstance(self.output, Site) else []
        try:
            with intervene(self.module, read=sites) as run:
                given = self.module(**arrays) if call == "names" else self.module(*arrays.values())
        except PellucidError:
            raise
        except Exception as error:  # whatever a module raises becomes one sentence
            raise raised(type(self.module).__name__, arrays, error) from error
        if sites:
            return run[sites[0]].flatten(1)
        meant = None if isinstance(self.output, Site) else self.output
        found: Tensor = one_table(given, meant, rows=rows, tensor=Tensor, name=type(self.module).__name__)
        return found

    def _weights(self) -> Iterator[Tensor]:
        yield from self.module.parameters()
        yield from self.module.buffers()


@contextmanager
def undisturbed(module: nn.Module) -> Iterator[None]:
    """Evaluation mode, gradients on, and afterwards every mode and random state as it was."""
    parts = list(module.modules())
    training = [part for part in parts if part.training]
    recurrent = any(isinstance(part, nn.RNNBase) for part in parts)
    random, devices = torch.get_rng_state(), {p.device for p in module.parameters() if p.device.type == "cuda"}
    elsewhere = {device: torch.cuda.get_rng_state(device) for device in devices}
    try:
        for part in training:
            part.training = False
        with ExitStack() as stack:
            if recurrent:
                # cuDNN's recurrent layers go backward in training mode only
                stack.enter_context(torch.backends.cudnn.flags(enabled=False))
            stack.enter_context(torch.inference_mode(False))
            stack.enter_context(torch.enable_grad())
            yield
    finally:
        torch.set_rng_state(random)
        for device, state in elsewhere.items():
            torch.cuda.set_rng_state(state, device)
        for part in training:
            part.training = True


def as_array(tensor: Tensor) -> NDArray[Any]:
    """As numpy, on the processor; bfloat16, which numpy lacks, as float32."""
    kept = tensor.detach().cpu()
    array: NDArray[Any] = kept.float().numpy() if kept.dtype == torch.bfloat16 else kept.numpy()
    return array
