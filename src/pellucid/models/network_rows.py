"""Whatever a caller passes, as the arrays a network takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pellucid.core.errors import InputError
from pellucid.core.images import Images
from pellucid.core.inputs import Inputs
from pellucid.core.tables import Table, read_table
from pellucid.core.tensors import Tensors
from pellucid.core.texts import Texts, are_texts

__all__ = ["as_tensors", "read_network_rows"]


def read_network_rows(
    rows: Any,
    *,
    network: str,
    plain: Callable[[Any], Any],
    embeds: Callable[[], bool],
    what: str = "rows",
) -> Inputs:
    """A table where it is one, else tensors: the framework's or numpy's, or several in a tuple or mapping.

    Two axes of fractions, and frames, are a table. Whole numbers are tokens where the network has an embedding.

    Parameters
    ----------
    network : its name, for errors.
    plain : the framework's tensor → numpy; anything else as it is.
    embeds : whether the network has an embedding.

    Raises
    ------
    InputError : texts, which a network does not take, or nothing that is a table or tensor.
    """
    if isinstance(rows, Table | Images | Tensors):
        return rows
    if isinstance(rows, Texts) or are_texts(rows):
        raise InputError(
            f"{what} are texts, and {network} takes numbers; pass the token ids of a tokenizer, or explain a function "
            f"from texts to predictions."
        )
    if isinstance(rows, Mapping):
        return Tensors.read({name: plain(value) for name, value in rows.items()}, what=what)
    if isinstance(rows, tuple):
        several = tuple(plain(value) for value in rows)
        if any(isinstance(value, np.ndarray) for value in several):
            return Tensors.read(several, what=what)
    array = plain(rows)
    if isinstance(array, np.ndarray) and (array.ndim != 2 or (array.dtype.kind in "iu" and embeds())):
        return Tensors.read(array, what=what)
    return read_table(array, what=what)


def as_tensors(inputs: Inputs) -> Tensors:
    """What the network is given: a table's numbers, images with channels first, tensors as they are."""
    if isinstance(inputs, Tensors):
        return inputs
    if isinstance(inputs, Images):
        pixels = inputs.native
        return Tensors({"input": pixels[:, np.newaxis] if pixels.ndim == 3 else np.moveaxis(pixels, -1, 1)})
    if isinstance(inputs, Table):
        return Tensors({"input": inputs.numbers()})
    raise InputError("a network takes numbers; pass the token ids of the texts.")
