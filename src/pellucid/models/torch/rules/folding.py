"""A layer of weights and the BatchNorm after it as one layer of weights; no module is changed."""

from __future__ import annotations

import torch
from torch import Tensor

from pellucid.models.torch.rules.calls import Call
from pellucid.models.torch.rules.notes import Linear
from pellucid.models.torch.rules.run import Run

__all__ = ["folded"]


def folded(call: Call, run: Run) -> Linear | None:
    """The layer before a BatchNorm with its weights scaled, its bias scaled and shifted, or None where there is none.

    Parameters
    ----------
    call : batch_norm in evaluation mode.
    """
    note = run.note(call.inputs[0])
    before = None if note is None else note.linear
    if before is None or not before.holds or not _channels_agree(before, call):
        return None
    scale, shift = _scale_and_shift(call)
    bias = shift if before.bias is None else before.bias * scale + shift
    shape = (1, -1, *(1,) * (call.inputs[0].ndim - 2))
    axis = 1 if "transpose" in before.kind else 0
    weight = before.weight * scale.reshape(*(1,) * axis, -1, *(1,) * (before.weight.ndim - 1 - axis))

    def apply(x: Tensor, w: Tensor, b: Tensor | None) -> Tensor:
        given = before.apply(x, w, None)
        return given if b is None else given + b.reshape(shape)

    return Linear(before.input, weight, bias, apply, before.layer, before.kind, before.origin, before.version)


def _channels_agree(layer: Linear, call: Call) -> bool:
    """Whether the outputs that the layer's weights belong to lie on the second axis."""
    if layer.kind == "linear":
        return int(call.inputs[0].ndim) == 2
    axis = 1 if "transpose" in layer.kind else 0
    channels = int(call.inputs[0].shape[1])
    return layer.kind.startswith("conv") and int(layer.weight.shape[axis]) == channels


def _scale_and_shift(call: Call) -> tuple[Tensor, Tensor]:
    mean, variance = call.argument(1, "running_mean"), call.argument(2, "running_var")
    weight, bias, eps = call.argument(3, "weight"), call.argument(4, "bias"), call.argument(7, "eps", 1e-5)
    scale = torch.rsqrt(variance + eps)
    scale = scale if weight is None else scale * weight.detach()
    shift = -mean * scale
    return scale, shift if bias is None else shift + bias.detach()
