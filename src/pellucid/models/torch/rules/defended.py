"""A gradient that turns no unit on that the original image leaves off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from pellucid.models.torch.rules.calls import Values
from pellucid.models.torch.rules.rectified import OTHERS, RECTIFIERS
from pellucid.models.torch.rules.rule_set import RuleSet
from pellucid.models.torch.rules.run import Run
from pellucid.models.torch.rules.vocabulary import words

__all__ = ["Defended"]

ACTIVATIONS = RECTIFIERS | OTHERS | words("clamp clamp_min maximum sigmoid tanh softsign hardsigmoid logsigmoid")


@dataclass(frozen=True)
class Defended(RuleSet):
    """The gradient, stopped at activations that left the range which the original image gives them.

    For an activation's answer ``h(e)`` to a point, ``h(x)`` to the point's reference, the original, and what arrives
    for it, g, this sends on ``g · 1[min(0, h(x)) ≤ h(e) ≤ max(0, h(x))]`` times the activation's slope: nothing where
    the two have different signs, nor where the answer has grown past the original's.

    Source
    ------
    Wagner, Köhler, Gindele, Hetzel, Wiedemer and Behnke 2019; the range is that of a public implementation by others.
    """

    title = "a rule that defends the gradient"
    needs_reference = True

    def unary(self, x: Tensor, function: Callable[[Tensor], Tensor], y: Values, name: str, run: Run) -> Tensor | None:
        if name not in ACTIVATIONS:
            return None
        inside = (y.here <= y.there.clamp(min=0)) & (y.here >= y.there.clamp(max=0))
        return function(x) * inside.to(x.dtype)
