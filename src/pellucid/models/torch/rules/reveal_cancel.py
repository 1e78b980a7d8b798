"""RevealCancel: positive and negative terms of a sum have multipliers of their own in the function that follows."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from pellucid.models.torch.rules.calls import Call
from pellucid.models.torch.rules.notes import Linear, Spread
from pellucid.models.torch.rules.run import Run
from pellucid.models.torch.rules.secants import derivative
from pellucid.models.torch.rules.vocabulary import words

__all__ = ["cancelled", "carried", "spread"]

#: moves that keep a tensor's numbers apart; others end the sums
CARRYING = words(
    "view reshape flatten unflatten permute transpose T.get mT.get movedim squeeze unsqueeze contiguous "
    "clone dropout getitem select narrow to"
)


def spread(layer: Linear, run: Run) -> Spread:
    """The terms wᵢ·(xᵢ − x0ᵢ) of a layer, the positive and the negative ones added up apart."""
    x, w = layer.input, layer.weight
    change = x.detach() - run.reference(x)
    up, down = w.clamp(min=0), w.clamp(max=0)
    rise, fall, still = change > 0, change < 0, change == 0

    def terms(t: Tensor, risen: Tensor, fallen: Tensor) -> Tensor:
        return layer.apply(t * rise, risen, None) + layer.apply(t * fall, fallen, None)

    with torch.no_grad():
        above, below = terms(change, up, down), terms(change, down, up)

    def through(positive: Tensor, negative: Tensor) -> Tensor:
        # an input that did not change has no sign; it gets the mean of both
        unmoved = layer.apply(x * still, w, None) * ((positive + negative) / 2)
        return terms(x, up, down) * positive + terms(x, down, up) * negative + unmoved

    return Spread(above, below, through, layer)


def carried(call: Call, run: Run) -> Spread | None:
    """The sums of a tensor that was only moved about."""
    if call.name not in CARRYING or len(call.live) != 1 or call.inplace:
        return None
    note = run.note(call.inputs[0])
    before = None if note is None else note.spread
    if before is None:
        return None
    shape = before.above.shape
    numbers = torch.arange(before.above.numel(), device=before.above.device).reshape(shape)
    places = call.evaluate(numbers).flatten() if call.name != "to" else numbers.flatten()

    def through(positive: Tensor, negative: Tensor) -> Tensor:
        back = [torch.zeros(shape, dtype=m.dtype, device=m.device) for m in (positive, negative)]
        for whole, moved in zip(back, (positive, negative), strict=True):
            whole.view(-1)[places] = moved.flatten()
        return call.evaluate(before.through(back[0], back[1]))

    with torch.no_grad():
        return Spread(call.evaluate(before.above), call.evaluate(before.below), through, before.layer)


def cancelled(function: Callable[[Tensor], Tensor], x0: Tensor, sums: Spread) -> Tensor:
    """A tensor with the multipliers of f for the positive and the negative terms as its gradient.

    Δy⁺ is the mean of what the positive terms add to f before and after the negative ones, and Δy⁻ the other way
    round; the multipliers are Δy⁺/Δx⁺ and Δy⁻/Δx⁻.

    Source
    ------
    Shrikumar, Greenside and Kundaje 2017, section 3.5.3.
    """
    with torch.no_grad():
        neither, both = function(x0), function(x0 + sums.above + sums.below)
        above, below = function(x0 + sums.above), function(x0 + sums.below)
        positive = _slope(above - neither + both - below, 2 * sums.above)
        negative = _slope(below - neither + both - above, 2 * sums.below)
    if positive.isnan().any() or negative.isnan().any():
        flat = derivative(function, x0)
        positive, negative = (torch.where(m.isnan(), flat, m) for m in (positive, negative))
    return sums.through(positive, negative)


def _slope(rise: Tensor, run: Tensor) -> Tensor:
    """rise / run, NaN where nothing moves."""
    tiny = torch.finfo(run.dtype).eps ** 0.5 * 1e-4
    return torch.where(run.abs() <= tiny, torch.nan, rise / torch.where(run == 0, 1.0, run))
