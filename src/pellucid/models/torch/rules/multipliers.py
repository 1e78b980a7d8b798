"""DeepLIFT: every operation's gradient is the multiplier that says how its change came about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from pellucid.core.errors import ParameterError
from pellucid.models.torch.rules.calls import Call, Values
from pellucid.models.torch.rules.maxima import extremum, pooled
from pellucid.models.torch.rules.notes import Linear, Spread
from pellucid.models.torch.rules.reveal_cancel import cancelled, carried, spread
from pellucid.models.torch.rules.rule_set import RuleSet
from pellucid.models.torch.rules.run import Run
from pellucid.models.torch.rules.secants import secant, softmax_slopes
from pellucid.models.torch.rules.supported import refuse

__all__ = ["Multipliers"]


@dataclass(frozen=True)
class Multipliers(RuleSet):
    """DeepLIFT's multipliers m, so that Σ m·(x − x0) = f(x) − f(x0) to rounding.

    - a sum with fixed weights: its weights;
    - f, number by number: (f(x) − f(x0)) / (x − x0), also where f is written by hand out of several operations;
    - a product, of numbers or matrices: for each factor the mean of the other's two values;
    - a / b: a·(1/b), a product of a function;
    - softmax: exp(x − log Σ exp x), a function of a sum of functions;
    - the largest: all to one, see :func:`~pellucid.models.torch.rules.maxima.winner`;
    - normalisation and attention: taken apart into these.

    The reference runs through the network beside each row: no row sees another.

    Parameters
    ----------
    rule : ``"rescale"`` as above, or ``"reveal-cancel"``, which lets positive and negative terms that a layer of
        weights adds up have multipliers of their own in the function that follows.

    Source
    ------
    Shrikumar, Greenside and Kundaje 2017, sections 3.5.1 to 3.5.3.

    Deviations
    ----------
    The paper has no rules for products, softmax, division and shared windows of max-pooling; those here keep its
    summation to delta.
    """

    rule: Literal["rescale", "reveal-cancel"] = "rescale"

    title = "DeepLIFT"
    needs_reference = True
    takes_apart = True

    def __post_init__(self) -> None:
        if self.rule not in ("rescale", "reveal-cancel"):
            raise ParameterError(f"Multipliers: rule must be 'rescale' or 'reveal-cancel', got {self.rule!r}.")

    def spread(self, call: Call, layer: Linear | None, run: Run) -> Spread | None:
        if self.rule == "rescale":
            return None
        return spread(layer, run) if layer is not None else carried(call, run)

    def unary(self, x: Tensor, function: Callable[[Tensor], Tensor], y: Values, name: str, run: Run) -> Tensor:
        note = run.note(x)
        if note is not None and note.spread is not None and note.spread.layer.holds:
            return cancelled(function, run.reference(x), note.spread)
        return x * secant(function, x.detach(), run.reference(x), y)

    def product(self, call: Call, first: tuple[int, ...], second: tuple[int, ...], run: Run) -> Tensor:
        return _product(call, first, second, run)

    def quotient(self, call: Call, run: Run) -> Tensor:
        top, bottom = call.inputs if call.name == "div" else reversed(call.inputs)
        bottom0 = run.reference(bottom)
        slope = secant(torch.reciprocal, bottom.detach(), bottom0)
        mean = (top.detach() + run.reference(top)) / 2
        return top * ((1 / bottom.detach() + 1 / bottom0) / 2) + bottom * (slope * mean)

    def softmax(self, call: Call, run: Run) -> Tensor:
        (x,) = call.inputs
        values = call.value
        axis = call.argument(1, "dim")
        axis = axis[0] if isinstance(axis, tuple | list) else _usual_axis(x) if axis is None else axis
        x = x.to(values.dtype)
        slopes, log, log0 = softmax_slopes(x.detach(), run.reference(call.inputs[0]).to(x.dtype), axis)
        # masked numbers are −∞ at both; their slope is 0
        finite = torch.where(x.isinf(), 0.0, x)
        total = (finite * slopes).sum(axis, keepdim=True)
        if call.name == "logsumexp":
            return total.reshape(values.shape)
        steps = finite - total
        return steps if call.name == "log_softmax" else steps * secant(torch.exp, log, log0)

    def extremum(self, call: Call, run: Run) -> Tensor:
        return extremum(call, run)

    def pool(self, call: Call, run: Run) -> Tensor:
        return pooled(call, run)

    def order(self, call: Call, run: Run) -> Tensor:
        raise refuse(call, self.title)


def _usual_axis(x: Tensor) -> int:
    """The axis of a softmax that none was named for."""
    return 0 if x.ndim in (0, 1, 3) else 1


def _product(call: Call, first: tuple[int, ...], second: tuple[int, ...], run: Run) -> Tensor:
    """Δ(ab) = b̄·Δa + ā·Δb, where ā and b̄ are the means of the two values."""
    means = {place: (call.given[place].detach() + run.reference(call.given[place])) / 2 for place in call.live}
    fixed = {place: call.given[place].detach() for place in call.live}
    one = call.execute({place: means[place] for place in second})
    other = call.execute(fixed | {place: means[place] for place in first} | {p: call.given[p] for p in second})
    return one + other
