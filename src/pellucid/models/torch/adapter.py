"""A torch module as a model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from pellucid.core.errors import ArgumentTypeError
from pellucid.core.inputs import Inputs
from pellucid.core.model import Model
from pellucid.core.tensors import Tensors
from pellucid.models.torch.calling import Calling, as_array, undisturbed
from pellucid.models.torch.network import TorchNetwork
from pellucid.models.torch.reading import as_tensors, read_rows

__all__ = ["adapt_module"]

#: bytes of rows that a module is asked about at once
ASKED = 2**24
_DIGESTS: WeakKeyDictionary[nn.Module, tuple[tuple[int, ...], bytes]] = WeakKeyDictionary()


def adapt_module(
    module: nn.Module,
    *,
    rows: Any = None,
    output: str | int | Callable[[Any], Any] | None = None,
    output_names: Sequence[str] | None = None,
    unit: str | None = None,
    feature_names: Sequence[str] | None = None,
) -> Model:
    """Model of a torch module, which is asked in evaluation mode and left as it was.

    Parameters
    ----------
    module : any module; of a compiled one, the module that was compiled.
    rows : some rows; where ``output_names`` are not given the module is run once on the first to count its outputs.
    output : name or number of the output that is meant, or a function from what the module gives to (rows, outputs).
    output_names : one for each output; None calls them ``"output"``, or ``"output 0"``, ``"output 1"`` …
    unit : what the outputs mean; None is ``"probability"`` where a softmax or sigmoid comes last, else ``"output"``.
    feature_names : of a table's columns.

    Raises
    ------
    ArgumentTypeError : neither ``output_names`` nor ``rows`` is given.
    ModelFailedError : the module raised, or gave nothing that is (rows, outputs).
    """
    compiled = getattr(module, "_orig_mod", None)
    calling = Calling(module if compiled is None else compiled, output)
    inner = calling.module

    def predict(inputs: Inputs) -> NDArray[np.float64]:
        return _answers(calling, as_tensors(inputs))

    def read(given: Any, what: str) -> Inputs:
        return read_rows(given, inner, what=what)

    if output_names is None:
        if rows is None:
            raise ArgumentTypeError(
                f"how many outputs {type(inner).__name__} has cannot be told without running it; "
                f"pass output_names=[...], or some rows to try it on."
            )
        count = _answers(calling, as_tensors(read(rows, "rows").rows(slice(0, 1)))).shape[1]
        output_names = ["output"] if count == 1 else [f"output {k}" for k in range(count)]
    return Model(
        kind=f"torch {type(inner).__name__}",
        native=module,
        predict_native=predict,
        output_names=tuple(output_names),
        unit=unit or _unit(inner),
        feature_names=None if feature_names is None else tuple(feature_names),
        library="torch",
        reads=read,
        network=TorchNetwork(calling),
        digest=lambda: _digest(inner),
        notes=lambda: () if compiled is None else ("the module was compiled; what it was compiled from is explained",),
    )


def _answers(calling: Calling, given: Tensors) -> NDArray[np.float64]:
    one_row = sum(array[:1].nbytes for array in given.arrays.values())
    size = max(1, ASKED // max(1, one_row))
    found = []
    with undisturbed(calling.module), torch.no_grad():
        for start in range(0, len(given), size):
            some = given.rows(slice(start, start + size))
            tensors = {name: calling.tensor(array).clone() for name, array in some.arrays.items()}
            found.append(as_array(calling(tensors, given.call)))
    return np.concatenate(found).astype(np.float64)


def _unit(module: nn.Module) -> str:
    last = next(reversed([part for part in module.modules() if not list(part.children())]), module)
    return "probability" if isinstance(last, nn.Softmax | nn.Sigmoid) else "output"


def _digest(module: nn.Module) -> bytes:
    """SHA-256 over the modules and their weights; kept until a weight changes."""
    state = module.state_dict()
    version = tuple(number for tensor in state.values() for number in (tensor.data_ptr(), tensor._version))
    kept = _DIGESTS.get(module)
    if kept is None or kept[0] != version:
        digest = hashlib.sha256(repr(module).encode())
        for name, tensor in state.items():
            digest.update(name.encode() + as_array(tensor).tobytes())
        kept = (version, digest.digest())
        _DIGESTS[module] = kept
    return kept[1]
