"""Where in a network a number stops being finite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from pellucid.core.errors import PellucidError
from pellucid.models.torch.calling import undisturbed
from pellucid.models.torch.trace import watch

__all__ = ["blame"]


def blame(module: nn.Module, run: Callable[[], Tensor]) -> str:
    """One sentence: the first module, in the order they answer, that gives NaN or infinity; or that gradients do."""
    wrong: list[str] = []

    def look(path: str, _module: nn.Module, _inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.is_floating_point() and not torch.isfinite(output).all():
            wrong.append(path or "its answer")

    try:
        with undisturbed(module), torch.no_grad(), watch(module, look):
            run()
    except PellucidError as error:
        return str(error)
    name = type(module).__name__
    if wrong:
        return f"{name}: {wrong[0]} is the first to give a number that is not finite; look at its weights and inputs."
    return f"{name} answers with finite numbers, but a gradient is not finite; look for roots or logarithms of 0."
