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

from pellucid.core.errors import ModelFailedError, ParameterError, PellucidError
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
            shapes = ", ".join(f"{tuple(tensor.shape)} {tensor.dtype}" for tensor in arrays.values())
            raise ModelFailedError(
                f"{type(self.module).__name__} raised {type(error).__name__} for {shapes}: {error}; "
                f"check that it takes these rows by itself."
            ) from error
        return run[sites[0]].flatten(1) if sites else self._table(given, rows)

    def _table(self, given: Any, rows: int) -> Tensor:
        found = self._chosen(given)
        if not isinstance(found, Tensor):
            raise ModelFailedError(
                f"{type(self.module).__name__} gave {type(found).__name__} where a tensor was expected; say which "
                f"output is meant with as_model(module, rows=..., output=...)."
            )
        if found.ndim == 1 and len(found) == rows:
            found = found[:, None]
        if found.ndim != 2 or len(found) != rows:
            raise ModelFailedError(
                f"{type(self.module).__name__} gave shape {tuple(found.shape)} for {rows} rows where (rows, outputs) "
                f"is needed; choose, for instance as_model(module, rows=..., output=lambda out: out.logits[:, -1])."
            )
        return found

    def _chosen(self, given: Any) -> Any:
        if callable(self.output):
            return self.output(given)
        if isinstance(given, Tensor) or isinstance(self.output, Site):
            return given
        if self.output is not None:
            return _item(given, self.output)
        if isinstance(given, Mapping):
            return given["logits"] if "logits" in given else next(iter(given.values()), None)
        return next((value for value in given if isinstance(value, Tensor)), given) if _is_row(given) else given

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


def _item(given: Any, key: str | int) -> Any:
    try:
        return given[key]
    except (KeyError, IndexError, TypeError) as error:
        raise ParameterError(f"output: there is no output {key!r} in what the module gives.") from error


def _is_row(given: Any) -> bool:
    return isinstance(given, tuple | list)
