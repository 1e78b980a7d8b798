"""Games that find a mask: keep what is enough for a score, or delete what is needed for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.gradient.gradients import pick
from pellucid.core.network import Leaf
from pellucid.core.target import Target
from pellucid.core.tensors import Points

__all__ = ["GAMES", "Played", "play", "scores"]


#: which way the score is driven; 1 is up
GAMES = {"preservation": 1, "deletion": -1}


@dataclass(frozen=True)
class Played:
    """What came of a game.

    Parameters
    ----------
    masks : part → (rows, *shape) what speaks for the target: what was kept, or of deletion what was deleted.
    start, end : (rows,) the score of the rows, and of what is left at the last mask.
    """

    masks: Points
    start: NDArray[np.float64]
    end: NDArray[np.float64]


def play(
    leaf: Leaf,
    index: NDArray[np.intp],
    absent: Points,
    score: Target,
    *,
    game: str,
    penalty: float,
    steps: int,
    rate: float,
    rules: Any,
) -> Played:
    """Move the mask of each row against the slope of ``λ‖m‖₁ − p``, or of ``p − λ‖m‖₁``, within 0 and 1.

    The mask begins at 1. A row's slope is divided by its largest size, so that ``rate`` is what the steepest number
    moves.

    Parameters
    ----------
    absent : part → (rows, *shape) what stands where the mask is 0.
    score : the one number of each row that is kept up or driven down.
    rules : what replaces the gradient; they are told the rows as the reference.
    """
    rows, way = pick(leaf.values, index), GAMES[game]
    masks = {name: np.ones(array.shape) for name, array in rows.items()}
    start = leaf.outputs(index, rows, score)[:, 0]
    for _ in range(steps):
        points = _mixed(rows, absent, masks)
        pulled = leaf.pull(index, points, score, rules=rules, reference=None if rules is None else rows)
        slopes = {
            name: way * (penalty - pulled.gradients[name][..., 0].astype(np.float64) * (rows[name] - absent[name]))
            for name in rows
        }
        largest = _largest(slopes)
        for name, slope in slopes.items():
            across = largest.reshape(-1, *[1] * (slope.ndim - 1))
            masks[name] = np.clip(masks[name] - rate * slope / across, 0.0, 1.0)
    end = leaf.outputs(index, _mixed(rows, absent, masks), score)[:, 0]
    shown = masks if way > 0 else {name: 1 - mask for name, mask in masks.items()}
    return Played(shown, start, end)


def scores(target: Target, rows: int, *, softmax: bool) -> list[list[tuple[Target, NDArray[np.intp]]]]:
    """For each target, the score of some rows and which they are; together all rows.

    Parameters
    ----------
    softmax : whether outputs are turned into probabilities first.
    """
    every = np.arange(rows)
    if target.function is not None or (target.mix is None and target.chosen is None):
        return [[(target, every)]]
    if target.chosen is not None:
        groups = [(np.eye(target.outputs)[c], np.flatnonzero(target.chosen == c)) for c in np.unique(target.chosen)]
        return [[(_score(weights, target.outputs, softmax), some) for weights, some in groups]]
    return [[(_score(weights, target.outputs, softmax), every)] for weights in target.mix.T]  # type: ignore[union-attr]


def _score(weights: NDArray[np.float64], outputs: int, softmax: bool) -> Target:
    if not softmax:
        return Target(("score",), outputs, mix=weights[:, None])

    def score(answers: Any) -> Any:
        return answers.softmax(1) @ answers.new_tensor(weights)

    function: Callable[..., object] = score
    return Target(("score",), outputs, function=function)


def _mixed(rows: Points, absent: Points, masks: Points) -> Points:
    """Exactly the rows where the mask is 1, so that their activations are exactly the same."""
    return {
        name: np.where(masks[name] == 1, array, absent[name] + masks[name] * (array - absent[name])).astype(array.dtype)
        for name, array in rows.items()
    }


def _largest(slopes: Points) -> NDArray[np.float64]:
    """(rows,) 1 where all slopes are zero."""
    found: Sequence[Any] = [np.abs(slope).reshape(len(slope), -1).max(axis=1) for slope in slopes.values()]
    largest = np.max(found, axis=0)
    return np.asarray(np.where(largest > 0, largest, 1.0))
