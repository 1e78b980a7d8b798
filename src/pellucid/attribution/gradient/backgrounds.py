"""A background of rows, at the place that is differentiated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError
from pellucid.core.inputs import Inputs
from pellucid.core.model import Model
from pellucid.core.network import Leaf
from pellucid.core.target import Target
from pellucid.core.tensors import Points

__all__ = ["background_words", "mean_outputs", "read_background"]


def read_background(method: str, background: Any, model: Model) -> Inputs:
    """The rows of a background.

    Raises
    ------
    ParameterError : there is none.
    InputError : they are not what the network takes.
    """
    if background is None:
        raise ParameterError(
            f"{method}: background=None was passed, and rows are compared with those of a background; pass for "
            f"instance 100 rows of the training data."
        )
    return model.inputs(background, what="background")


def background_words(inputs: Inputs) -> Mapping[str, object]:
    """What the receipt keeps of it."""
    return {"rows": len(inputs), "fingerprint": inputs.fingerprint(), "weighted": False}


def mean_outputs(leaf: Leaf, target: Target, points: Points, batch_size: int) -> tuple[NDArray[np.float64], int]:
    """(rows, targets) what the network says on average of the background, each row's target by itself; evaluations.

    Asked once for each target where rows have nothing else that goes into the network, otherwise once for each row.
    """
    rows, count = len(leaf.inputs), len(next(iter(points.values())))
    alone = set(leaf.inputs.arrays) == set(leaf.moved)
    kinds = np.zeros(rows, dtype=np.intp) if target.chosen is None else target.chosen
    first, kind = np.unique(kinds if alone else np.arange(rows), return_index=True, return_inverse=True)[1:]
    means = np.empty((len(first), len(target.names)))
    for k, row in enumerate(first):
        starts = range(0, count, batch_size)
        answers = [_answers(leaf, target, row, points, slice(start, start + batch_size)) for start in starts]
        means[k] = np.concatenate(answers).mean(axis=0)
    return means[kind], len(first) * count


def _answers(leaf: Leaf, target: Target, row: int, points: Points, some: slice) -> NDArray[np.float64]:
    here = {name: array[some] for name, array in points.items()}
    return leaf.outputs(np.full(len(next(iter(here.values()))), row), here, target)
