"""Each input times the slope of the output there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from pellucid.attribution.gradient.frame import PACE, NetworkMethod
from pellucid.attribution.gradient.gradients import at_rows
from pellucid.core.card import Card
from pellucid.core.method import Computed
from pellucid.core.model import Model
from pellucid.core.network import Leaf
from pellucid.core.params import Constraint
from pellucid.core.receipt import Completeness
from pellucid.core.target import Target

__all__ = ["InputXGradient"]

LINEAR_ONLY = Completeness(
    "not promised", reason="input × gradient adds up to the output of networks without bias only"
)


class InputXGradient(NetworkMethod):
    """Each input times the gradient of the output.

    ``φ_i = x_i · ∂f_t / ∂x_i``; of a token the sum over its embedding

    Exact for a linear function; for a piecewise linear network it is what the output would lose if the linear piece the
    row lies on went on to zero.

    Parameters
    ----------
    model : a torch module, or a Model with an inside that can be differentiated.
    batch_size : the most rows the network is asked about at once.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : a setting outside what it may be.

    Source
    ------
    Shrikumar, Greenside, Shcherbina & Kundaje (2016), "Not just a black box: learning important features through
    propagating activation differences".
    """

    card: ClassVar[Card] = Card(
        summary="Each input times the slope of the output there",
        paper="Shrikumar, Greenside, Shcherbina & Kundaje (2016), Not just a black box: learning important features "
        "through propagating activation differences",
        explains="Attribution",
        needs="network",
        background="none",
        completeness="not promised",
        cost="one gradient a row and target",
        limits="an input of zero gets nothing; saturated units hide what they depend on",
        takes="tensors",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = PACE

    def __init__(self, model: Any, *, batch_size: int = 64, progress: bool | None = None) -> None:
        self.model = model
        self.batch_size = batch_size
        self.progress = progress
        self.check_settings()

    def compute(self, leaf: Leaf, target: Target, model: Model) -> Computed:
        pulled = at_rows(leaf, target, batch_size=self.batch_size, label="InputXGradient", progress=self.progress)
        products = {
            name: leaf.values[name][..., np.newaxis] * gradients for name, gradients in pulled.gradients.items()
        }
        values, shown = leaf.fold(products)
        return Computed(values=values, base=None, evaluations=len(leaf.inputs), completeness=LINEAR_ONLY, shown=shown)
