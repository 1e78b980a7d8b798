"""What cannot be explained by rules, and the sentence that says so."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pellucid.core.errors import UnsupportedModelError
from pellucid.models.torch.rules.calls import Call
from pellucid.models.torch.rules.vocabulary import recurrent

__all__ = ["check_module", "hidden", "refuse", "unseen"]


def check_module(module: nn.Module) -> None:
    """Refuse modules whose operations cannot be seen.

    Raises
    ------
    UnsupportedModelError
    """
    for name, part in module.named_modules():
        where = f" (at {name!r})" if name else ""
        if isinstance(part, torch.jit.ScriptModule):
            raise UnsupportedModelError(
                f"the operations of a TorchScript module{where} cannot be replaced by rules; pass the module it was "
                "made from."
            )
        if hasattr(part, "_orig_mod"):
            raise UnsupportedModelError(
                f"the operations of a compiled module{where} cannot be replaced by rules; pass the module that was "
                "given to torch.compile."
            )


def refuse(call: Call, title: str) -> UnsupportedModelError:
    """The error for an operation that has no rule."""
    layer = next(iter(call.layers.values()), "")
    where = f" of layer {layer!r}" if layer else ""
    shapes = ", ".join(str(tuple(tensor.shape)) for tensor in call.inputs)
    name, kind = call.name.partition(".")[0], title
    if recurrent(name):
        return UnsupportedModelError(
            f"{kind} has no rule for recurrent layers, got {name}{where}; use a gradient method, such as "
            "IntegratedGradients."
        )
    return UnsupportedModelError(
        f"{kind} has no rule for the operation {name!r}{where} on tensors of shape {shapes}; use a gradient method, "
        "such as IntegratedGradients, or write the network with operations that have one."
    )


def unseen(tensor: Tensor, title: str) -> UnsupportedModelError:
    """The error for a tensor that came out of an operation no rule was asked for."""
    name = type(tensor.grad_fn).__name__.partition("Backward")[0] if tensor.grad_fn is not None else "unknown"
    return UnsupportedModelError(
        f"{title} has no rule for {name!r}, a function with a gradient of its own whose inside torch "
        f"does not show, got from it a tensor of shape {tuple(tensor.shape)}; use a gradient method, such as "
        "IntegratedGradients."
    )


def hidden(call: Call, title: str) -> UnsupportedModelError:
    """The error for an operation on numbers that differ for the reference without a gradient that says how."""
    return UnsupportedModelError(
        f"{title} cannot follow the operation {call.name!r}: it uses numbers without a gradient that "
        "differ between a row and its reference, such as an index, a comparison or a detached tensor; use a gradient "
        "method, such as IntegratedGradients."
    )
