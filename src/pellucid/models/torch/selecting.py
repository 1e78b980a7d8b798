"""The explained outputs of a torch network, differentiable."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pellucid.core.target import Target
from pellucid.models import target_columns

__all__ = ["selected"]

OPERATIONS = target_columns.Operations(
    Tensor,
    take=lambda outputs, chosen: outputs.gather(1, torch.from_numpy(chosen).to(outputs.device)),
    stack=lambda columns: torch.stack(tuple(columns), dim=1),
    zeros=torch.zeros_like,
)


def selected(outputs: Tensor, target: Target, index: NDArray[np.intp]) -> Tensor:
    """See :func:`pellucid.models.target_columns.selected`."""
    columns: Tensor = target_columns.selected(outputs, target, index, OPERATIONS)
    return columns
