"""Whatever a caller passes, as the tensors a network takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from pellucid.core.errors import InputError
from pellucid.core.images import Images
from pellucid.core.inputs import Inputs
from pellucid.core.tables import Table, read_table
from pellucid.core.tensors import Tensors
from pellucid.core.texts import Texts, are_texts
from pellucid.models.torch.calling import as_array

__all__ = ["as_tensors", "read_rows"]


def read_rows(rows: Any, module: nn.Module, *, what: str = "rows") -> Inputs:
    """A table where it is one, else tensors: torch's or numpy's, or several in a tuple or mapping.

    Two axes of fractions, and frames, are a table. Whole numbers are tokens where the module has an embedding.

    Raises
    ------
    InputError : texts, which a module does not take, or nothing that is a table or tensor.
    """
    if isinstance(rows, Table | Images | Tensors):
        return rows
    if isinstance(rows, Texts) or are_texts(rows):
        raise InputError(
            f"{what} are texts, and {type(module).__name__} takes numbers; pass the token ids of a tokenizer, or "
            f"explain a function from texts to predictions."
        )
    if isinstance(rows, Mapping) or (isinstance(rows, tuple) and any(_is_array(value) for value in rows)):
        return Tensors.read(_as_numpy(rows), what=what)
    array = as_array(rows) if isinstance(rows, Tensor) else rows
    if isinstance(array, np.ndarray) and (array.ndim != 2 or _are_tokens(array, module)):
        return Tensors.read(array, what=what)
    return read_table(array, what=what)


def as_tensors(inputs: Inputs) -> Tensors:
    """What the module is given: a table's numbers, images with channels first, tensors as they are."""
    if isinstance(inputs, Tensors):
        return inputs
    if isinstance(inputs, Images):
        pixels = inputs.native
        return Tensors({"input": pixels[:, np.newaxis] if pixels.ndim == 3 else np.moveaxis(pixels, -1, 1)})
    if isinstance(inputs, Table):
        return Tensors({"input": inputs.numbers()})
    raise InputError("a network takes numbers; pass the token ids of the texts.")


def _as_numpy(rows: Any) -> Any:
    if isinstance(rows, Mapping):
        return {name: as_array(value) if isinstance(value, Tensor) else value for name, value in rows.items()}
    return tuple(as_array(value) if isinstance(value, Tensor) else value for value in rows)


def _is_array(value: Any) -> bool:
    return isinstance(value, Tensor | np.ndarray)


def _are_tokens(array: NDArray[Any], module: nn.Module) -> bool:
    return array.dtype.kind in "iu" and any(isinstance(part, nn.Embedding) for part in module.modules())
