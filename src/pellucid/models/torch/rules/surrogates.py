"""A tensor with the value of one and the gradient of another."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

__all__ = ["side", "stabilised", "with_gradient_of"]


class _WithGradientOf(torch.autograd.Function):  # type: ignore[misc]
    """Exactly ``value`` forward; backward, what arrives goes to ``surrogate``.

    Unlike ``surrogate + (value − surrogate).detach()`` no bit of the value is lost, and infinity stays.
    """

    @staticmethod
    def forward(ctx: Any, value: Tensor, surrogate: Tensor) -> Tensor:
        ctx.dtype = surrogate.dtype
        # a view could not be written into by the module
        return value.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[None, Tensor]:
        return None, gradients[0].to(ctx.dtype)


def with_gradient_of(value: Tensor, surrogate: Tensor) -> Tensor:
    """The value of the first, the gradient of the second; both of one shape."""
    return _WithGradientOf.apply(value.detach(), surrogate)


def stabilised(z: Tensor, epsilon: float) -> Tensor:
    """z + ε·sign(z), where the sign of 0 is +."""
    return z + epsilon * side(z)


def side(z: Tensor) -> Tensor:
    """The sign, that of 0 being +."""
    return torch.where(z < 0, -1.0, 1.0).to(z.dtype)
