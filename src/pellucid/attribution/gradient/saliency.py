"""How much the output changes for a small change of each input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from pellucid.attribution.gradient.frame import NO_SHARES, PACE, NetworkMethod
from pellucid.attribution.gradient.gradients import at_rows
from pellucid.core.card import Card
from pellucid.core.method import Computed
from pellucid.core.model import Model
from pellucid.core.network import Leaf
from pellucid.core.params import Constraint, Flag
from pellucid.core.target import Target

__all__ = ["Saliency"]


class Saliency(NetworkMethod):
    """The gradient of the output with respect to each input.

    ``S_i = |∂f_t / ∂x_i|``; of a token the sum of |∂f_t / ∂e| over its embedding e

    Parameters
    ----------
    model : a torch module, or a Model with an inside that can be differentiated.
    absolute : whether the size of the gradient is wanted; False keeps its sign.
    batch_size : the most rows the network is asked about at once.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : a setting outside what it may be.

    Source
    ------
    Simonyan, Vedaldi & Zisserman (2014), "Deep inside convolutional networks: visualising image classification models
    and saliency maps", section 3.

    Deviations
    ----------
    The paper takes the largest of an image's channels; here every channel keeps its own.
    """

    card: ClassVar[Card] = Card(
        summary="How much the output changes for a small change of each input",
        paper="Simonyan, Vedaldi & Zisserman (2014), Deep inside convolutional networks: visualising image "
        "classification models and saliency maps",
        explains="Attribution",
        needs="network",
        background="none",
        completeness="not promised",
        cost="one gradient a row and target",
        limits="a slope says nothing about how far an input is from where it would matter; noisy on deep networks",
        takes="tensors",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "absolute": Flag(),
        **PACE,
    }

    def __init__(
        self, model: Any, *, absolute: bool = True, batch_size: int = 64, progress: bool | None = None
    ) -> None:
        self.model = model
        self.absolute = absolute
        self.batch_size = batch_size
        self.progress = progress
        self.check_settings()

    def compute(self, leaf: Leaf, target: Target, model: Model) -> Computed:
        pulled = at_rows(leaf, target, batch_size=self.batch_size, label="Saliency", progress=self.progress)
        sizes = {name: np.abs(array) if self.absolute else array for name, array in pulled.gradients.items()}
        values, shown = leaf.fold(sizes)
        return Computed(values=values, base=None, evaluations=len(leaf.inputs), completeness=NO_SHARES, shown=shown)
