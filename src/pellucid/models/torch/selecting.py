"""The explained outputs of a torch network, differentiable."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pellucid.core.errors import ParameterError
from pellucid.core.target import Target

__all__ = ["selected"]


def selected(outputs: Tensor, target: Target, index: NDArray[np.intp]) -> Tensor:
    """What :meth:`pellucid.core.target.Target.select` gives, as part of the graph.

    Parameters
    ----------
    outputs : (points, outputs).
    index : (points,) the row each point belongs to.

    Returns
    -------
    (points, targets)

    Raises
    ------
    ParameterError : a function that gives something else, or no tensor.
    """
    if target.mix is not None:
        return _combined(outputs, target.mix)
    if target.chosen is not None:
        chosen = torch.from_numpy(target.chosen[index]).to(outputs.device)
        return outputs.gather(1, chosen[:, None])
    if target.function is None:
        raise ParameterError("target: this saved explanation used a function, which is not saved; pass it again.")
    found = target.function(outputs)
    if isinstance(found, Tensor) and found.shape == (len(outputs),):
        found = found[:, None]
    if not isinstance(found, Tensor) or found.shape != (len(outputs), len(target.names)):
        got = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
        raise ParameterError(
            f"target: the function is given a tensor of shape {tuple(outputs.shape)} and must return a tensor with one "
            f"number for each row, got {got}."
        )
    return found


def _combined(outputs: Tensor, mix: NDArray[np.float64]) -> Tensor:
    """Term by term: where a target is a single output, its gradient is that output's own."""
    columns = []
    for weights in mix.T:
        used = np.flatnonzero(weights)
        terms = [outputs[:, k] if weights[k] == 1 else float(weights[k]) * outputs[:, k] for k in used]
        columns.append(sum(terms[1:], start=terms[0]) if terms else torch.zeros_like(outputs[:, 0]))
    return torch.stack(columns, dim=1)
