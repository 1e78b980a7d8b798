"""Slopes between a value and its reference."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from pellucid.models.torch.rules.calls import Values

__all__ = ["derivative", "secant", "softmax_slopes"]


def secant(function: Callable[[Tensor], Tensor], x: Tensor, x0: Tensor, values: Values | None = None) -> Tensor:
    """(f(x) − f(x0)) / (x − x0), number by number; where the difference is rounding, the derivative half-way.

    Parameters
    ----------
    function : number by number.
    x, x0 : of one shape.
    values : f of them, where it is known.

    Returns
    -------
    Tensor of that shape, finite.

    Source
    ------
    Shrikumar, Greenside and Kundaje 2017, section 3.5.2.
    """
    with torch.no_grad():
        here, there = values or (function(x), function(x0))
        y, y0 = _wide(here), _wide(there)
        wide, wide0 = _wide(x), _wide(x0)
        near = _close(wide, wide0, y, y0)
        slope = (y - y0) / torch.where(near, 1.0, wide - wide0)
    if near.any():
        # where both are infinite, half-way is nowhere
        slope = torch.where(near, _wide(derivative(function, (wide + wide0).div(2).to(x.dtype))), slope)
    return _finite(slope).to(x.dtype)


def derivative(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """f′, number by number."""
    with torch.enable_grad():
        point = x.detach().clone().requires_grad_()
        total = function(point).sum()
        return torch.autograd.grad(total, point)[0] if total.requires_grad else torch.zeros_like(x)


def softmax_slopes(x: Tensor, x0: Tensor, axis: int) -> tuple[Tensor, Tensor, Tensor]:
    """The slope of log Σ exp x in each input, and the logarithms of softmax at x and at x0.

    log Σ exp is exp, a sum and log; by the rescale rule for each its slope in xᵢ is Λ(eˣⁱ, eˣ⁰ⁱ) / Λ(Σeˣ, Σeˣ⁰), where
    Λ(a, b) = (a − b) / (ln a − ln b) is the logarithmic mean. Σᵢ slopeᵢ·(xᵢ − x0ᵢ) is the difference of log Σ exp, and
    adding a number to all x and x0 changes nothing.
    """
    with torch.no_grad():
        x, x0 = _wide(x), _wide(x0)
        total, total0 = x.logsumexp(axis, keepdim=True), x0.logsumexp(axis, keepdim=True)
        slopes = (_log_mean(x, x0) - _log_mean(total, total0)).exp()
        return torch.nan_to_num(slopes, nan=0.0), x - total, x0 - total0


def _log_mean(a: Tensor, b: Tensor) -> Tensor:
    """The logarithm of the logarithmic mean of eᵃ and eᵇ."""
    gap = (a - b).abs()
    gap = torch.where(gap.isnan(), 0.0, gap)
    # (1 − e⁻ᵍ) / g, by its series where g is small
    ratio = torch.where(gap < 1e-3, 1 - gap / 2 + gap * gap / 6 - gap**3 / 24, -torch.expm1(-gap) / gap.clamp_min(1e-3))
    return torch.maximum(a, b) + ratio.log()


def _finite(x: Tensor) -> Tensor:
    return x.masked_fill(~x.isfinite(), 0.0)


def _wide(x: Tensor) -> Tensor:
    return x.to(torch.float32) if x.dtype in (torch.float16, torch.bfloat16) else x


def _close(x: Tensor, x0: Tensor, y: Tensor, y0: Tensor) -> Tensor:
    """Where a quotient of differences would be one of rounding errors."""
    small = torch.finfo(x.dtype).eps ** 0.5
    near = (x - x0).abs() <= small * torch.maximum(x.abs(), x0.abs()).clamp_min(1)
    flat = (y - y0).abs() <= small * torch.maximum(y.abs(), y0.abs())
    alike: Tensor = (near & flat) | (x == x0)
    return alike
