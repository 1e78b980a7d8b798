"""The one training loop of the zoo."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

__all__ = ["accuracy", "fit"]


def fit(
    module: nn.Module, rows: NDArray[Any], labels: NDArray[np.intp], *, epochs: int, rate: float, seed: int
) -> nn.Module:
    """Adam on the cross-entropy, in batches of 64; the same seed gives the same network on the same machine."""
    order = torch.Generator().manual_seed(seed)
    inputs, wanted = torch.from_numpy(rows), torch.from_numpy(labels)
    optimizer = torch.optim.Adam(module.parameters(), rate)
    module.train()
    for _ in range(epochs):
        for batch in torch.randperm(len(rows), generator=order).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(module(inputs[batch]), wanted[batch]).backward()
            optimizer.step()
    return module.eval()


def accuracy(module: nn.Module, rows: NDArray[Any], labels: NDArray[np.intp]) -> float:
    """Part of the rows whose largest output is their label."""
    with torch.no_grad():
        said = module(torch.from_numpy(rows)).argmax(1).numpy()
    return float((said == labels).mean())
