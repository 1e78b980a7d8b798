"""The attention of a torch network: what each layer's softmax gave, with its gradient."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from pellucid.models.torch.rules.calls import Call
from pellucid.models.torch.rules.rule_set import RuleSet
from pellucid.models.torch.rules.run import Run

__all__ = ["Attending"]


class Attending(RuleSet):
    """Changes no gradient, and keeps what every softmax over the places of a sequence gives.

    Fused attention is taken apart, so that its softmax is seen as well.

    Parameters
    ----------
    rows : how many rows the network is asked about; heads that were folded into the first axis are told apart by it.

    Attributes
    ----------
    kept : (rows, heads, places, places), in the order of the layers.
    """

    title = "the search for attention"
    takes_apart = True
    joins = frozenset[str]()

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.kept: list[Tensor] = []

    def softmax(self, call: Call, run: Run) -> Tensor | None:
        given = call.inputs[0]
        axis = call.argument(1, "dim")
        attends = call.name == "softmax" and given.ndim in (3, 4) and axis in (-1, given.ndim - 1)
        if not attends or given.shape[-1] != given.shape[-2] or len(given) % self.rows:
            return None
        weights: Tensor = call.evaluate(given)
        split = weights.reshape(self.rows, -1, *weights.shape[-2:])
        self.kept.append(split)
        return split.reshape(weights.shape)


def gradients(output: Tensor, weights: Sequence[Tensor]) -> list[Tensor]:
    """∂output/∂weights of each layer, zero where the output does not depend on it."""
    found = torch.autograd.grad(output.sum(), list(weights), retain_graph=True, allow_unused=True)
    return [torch.zeros_like(w) if g is None else g for w, g in zip(weights, found, strict=True)]
