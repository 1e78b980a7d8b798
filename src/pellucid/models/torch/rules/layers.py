"""Layers of weights, as functions of their input, weight and bias."""

from __future__ import annotations

import torch
from torch import Tensor

from pellucid.models.torch.rules.calls import Call
from pellucid.models.torch.rules.notes import Linear
from pellucid.models.torch.rules.run import Run
from pellucid.models.torch.rules.vocabulary import PRODUCTS, factors

__all__ = ["layer_of"]

#: scale number by number, or have no sum in them
UNSUMMED = frozenset({"mul", "outer", "kron", "addcmul", "addr"})


def layer_of(call: Call, run: Run) -> Linear | None:
    """The layer that a call is, where it has weights; a product with numbers that are no weights is none.

    Parameters
    ----------
    call : a sum with fixed weights.
    """
    if call.name in UNSUMMED or (call.name not in PRODUCTS and call.name != "einsum"):
        return None
    first, second, added = factors(call)
    if len(call.live) != 1 or len(first) != 1 or len(second) != 1 or call.live[0] in added:
        return None
    (given,) = call.live
    weight = second[0] if given == first[0] else first[0]
    named = weight in call.layers
    if not named and call.name != "linear" and not call.name.startswith("conv"):
        return None

    def apply(x: Tensor, w: Tensor, b: Tensor | None) -> Tensor:
        bias = {place: torch.zeros_like(call.given[place]) if b is None else b for place in added}
        return call.execute({given: x, weight: w, **bias})

    note = run.note(call.given[given])
    bias = call.given[added[0]] if added else None
    return Linear(
        call.given[given],
        call.given[weight],
        bias,
        apply,
        call.layers.get(weight, ""),
        call.name,
        None if note is None else note.origin,
        call.given[given]._version,
    )
