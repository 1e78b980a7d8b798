"""The largest or smallest of several numbers, as a multiple of one of them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from pellucid.core.errors import UnsupportedModelError
from pellucid.models.torch.rules.calls import Call
from pellucid.models.torch.rules.run import Run

__all__ = ["extremum", "pooled", "winner"]


def winner(x: Tensor, x0: Tensor, places: tuple[Tensor, Tensor], axis: int, largest: bool = True) -> Tensor:
    """A tensor with the multipliers of the extreme values along an axis as its gradient.

    Where the largest rises from y0 to y, all of y − y0 is put on the input that is the largest at x, else on the one
    that is the largest at x0: that one has moved the same way by as much at least, so its multiplier lies between 0 and
    1. An input that several windows share gets something from each, and Σ m·(x − x0) = y − y0 for every window.

    Parameters
    ----------
    x, x0 : inputs; x has the gradient.
    places : where along the axis the extreme values stand at x and at x0.
    """
    at, at0 = places
    with torch.no_grad():
        change = x.gather(axis, at) - x0.gather(axis, at0)
        chosen = torch.where(change >= 0 if largest else change <= 0, at, at0)
        gap = x.gather(axis, chosen) - x0.gather(axis, chosen)
        still = (gap == 0) | (at == at0)
        slope = torch.where(still, 1.0, change / torch.where(still, 1.0, gap))
    return x.gather(axis, chosen) * torch.nan_to_num(slope, nan=0.0).to(x.dtype)


def pooled(call: Call, run: Run) -> Tensor:
    """Max-pooling as :func:`winner`, windows overlapping or not."""
    (x,), spatial = call.inputs, int(call.name[call.name.index("pool") + 4])
    x0 = run.reference(x)
    pool = getattr(functional, call.name.removesuffix("_with_indices"))
    places = [_flat(_indices(call, pool, each), spatial) for each in (x.detach(), x0)]
    found = winner(_flat(x, spatial), _flat(x0, spatial), (places[0], places[1]), -1)
    values = call.value if isinstance(call.value, Tensor) else call.value[0]
    return found.reshape(values.shape)


def _indices(call: Call, pool: Any, x: Tensor) -> Tensor:
    args, kwargs = call.arguments({call.live[0]: x})
    if "indices" not in call.name:
        kwargs["return_indices"] = True
    with torch.no_grad():
        return pool(*args, **kwargs)[1]


def _flat(x: Tensor, spatial: int) -> Tensor:
    return x.flatten(-spatial)


def extremum(call: Call, run: Run) -> Tensor:
    """max, min, amax, amin, maximum and minimum as :func:`winner`."""
    largest = "max" in call.name
    if len(call.tensors) == 2:
        return _pairwise(call, run, largest)
    (x,) = call.inputs
    dim = call.argument(1, "dim")
    axes = tuple(range(x.ndim)) if dim in (None, ()) else (dim,) if isinstance(dim, int) else tuple(dim)
    rows, rows0 = _lined(x, axes), _lined(run.reference(x), axes)
    find = torch.argmax if largest else torch.argmin
    places = (find(rows.detach(), -1, keepdim=True), find(rows0, -1, keepdim=True))
    values = call.value if isinstance(call.value, Tensor) else call.value[0]
    return winner(rows, rows0, places, -1, largest).reshape(values.shape)


def _lined(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """The axes as one, the last."""
    reduced = {axis % x.ndim for axis in axes}
    return x.permute(*(k for k in range(x.ndim) if k not in reduced), *sorted(reduced)).flatten(x.ndim - len(reduced))


def _pairwise(call: Call, run: Run, largest: bool) -> Tensor:
    if any(call.owners[place] not in (0, 1, "other", "input") for place in call.tensors):
        raise UnsupportedModelError(f"there is no rule for {call.name!r} with these arguments.")
    both = _broadcast(call.all())
    both0 = _broadcast([run.reference(tensor) for tensor in call.all()])
    x, x0 = torch.stack(both, -1), torch.stack(both0, -1)
    find = torch.argmax if largest else torch.argmin
    places = (find(x.detach(), -1, keepdim=True), find(x0, -1, keepdim=True))
    return winner(x, x0, places, -1, largest).squeeze(-1)


def _broadcast(tensors: list[Tensor]) -> list[Tensor]:
    first, second = tensors
    return [first + torch.zeros_like(second), second + torch.zeros_like(first)]
