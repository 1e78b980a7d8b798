"""The explained outputs of a network, differentiable, in whichever framework it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError
from pellucid.core.target import Target

__all__ = ["Operations", "selected"]


@dataclass(frozen=True)
class Operations:
    """What a framework calls the operations that a target needs.

    Parameters
    ----------
    tensor : type of its arrays.
    take : (points, outputs) and whole numbers (points, 1) → (points, 1), one output a point.
    stack : columns (points,) → (points, columns).
    zeros : like a tensor.
    """

    tensor: type
    take: Callable[[Any, NDArray[np.int64]], Any]
    stack: Callable[[Sequence[Any]], Any]
    zeros: Callable[[Any], Any]


def selected(outputs: Any, target: Target, index: NDArray[np.intp], operations: Operations) -> Any:
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
        return _combined(outputs, target.mix, operations)
    if target.chosen is not None:
        return operations.take(outputs, target.chosen[index][:, np.newaxis])
    if target.function is None:
        raise ParameterError("target: this saved explanation used a function, which is not saved; pass it again.")
    found: Any = target.function(outputs)
    is_tensor = isinstance(found, operations.tensor)
    if is_tensor and tuple(found.shape) == (len(outputs),):
        found = found[:, None]
    if not is_tensor or tuple(found.shape) != (len(outputs), len(target.names)):
        got = tuple(found.shape) if is_tensor else type(found).__name__
        raise ParameterError(
            f"target: the function is given a tensor of shape {tuple(outputs.shape)} and must return a tensor with one "
            f"number for each row, got {got}."
        )
    return found


def _combined(outputs: Any, mix: NDArray[np.float64], operations: Operations) -> Any:
    """Term by term: where a target is a single output, its gradient is that output's own."""
    columns = []
    for weights in mix.T:
        used = np.flatnonzero(weights).tolist()
        terms = [outputs[:, k] if weights[k] == 1 else float(weights[k]) * outputs[:, k] for k in used]
        columns.append(sum(terms[1:], start=terms[0]) if terms else operations.zeros(outputs[:, 0]))
    return operations.stack(columns)
