"""Which inputs a number of the network can depend on at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from pellucid.models.torch.rules.calls import Call, Values
from pellucid.models.torch.rules.rule_set import RuleSet
from pellucid.models.torch.rules.run import Run

__all__ = ["Reach"]


class Reach(RuleSet):
    """A gradient that vanishes at no unit that is off and at no place that a max-pool passes over.

    Activations have slope 1 and max-pooling is a sum over its window, so that a number's gradient is zero only where
    the layers' weights connect it with nothing. All else has its own gradient.
    """

    title = "a rule for what a number depends on"

    def unary(self, x: Tensor, function: Callable[[Tensor], Tensor], y: Values, name: str, run: Run) -> Tensor | None:
        return x

    def pool(self, call: Call, run: Run) -> Tensor | None:
        (x,), dims = call.inputs, int(call.name[call.name.index("pool") + 4])
        value = call.value if isinstance(call.value, Tensor) else call.value[0]
        if call.name.startswith("adaptive"):
            return _named(f"adaptive_avg_pool{dims}d")(x, value.shape[-dims:])
        size = _each(call.argument(1, "kernel_size"), dims)
        stride = call.argument(2, "stride")
        steps = size if stride is None or stride == [] else _each(stride, dims)
        around = _each(call.argument(3, "padding", 0), dims)
        apart = _each(call.argument(4, "dilation", 1), dims)
        return _window_sums(x, value.shape, size, steps, around, apart)


def _window_sums(x: Tensor, shape: torch.Size, size: Any, steps: Any, around: Any, apart: Any) -> Tensor:
    dims = len(size)
    maps = x.reshape(-1, 1, *x.shape[-dims:])
    # with ceil_mode the last window may end beyond the padding
    last = zip(shape[-dims:], steps, apart, size, around, x.shape[-dims:], strict=True)
    beyond = [max(0, (n - 1) * step + gap * (k - 1) + 1 - side - 2 * pad) for n, step, gap, k, pad, side in last]
    edges = [edge for pad, more in zip(reversed(around), reversed(beyond), strict=True) for edge in (pad, pad + more)]
    ones = torch.ones((1, 1, *size), dtype=x.dtype, device=x.device)
    summed = _named(f"conv{dims}d")(functional.pad(maps, edges), ones, stride=steps, dilation=apart)
    inside = tuple(slice(0, n) for n in shape[-dims:])
    return summed[(slice(None), slice(None), *inside)].reshape(shape)


def _named(name: str) -> Callable[..., Tensor]:
    found: Callable[..., Tensor] = getattr(functional, name)
    return found


def _each(given: Any, dims: int) -> list[int]:
    """One number for each axis."""
    numbers = list(given) if isinstance(given, tuple | list) else [given]
    return numbers * dims if len(numbers) == 1 else numbers
