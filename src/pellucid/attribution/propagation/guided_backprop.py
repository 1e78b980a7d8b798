"""The gradient, of which only what speaks for the output passes an activation that is on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pellucid.attribution.gradient.frame import NO_SHARES, PACE, NetworkMethod
from pellucid.attribution.gradient.gradients import at_rows
from pellucid.core.card import Card
from pellucid.core.method import Computed
from pellucid.core.model import Model
from pellucid.core.network import Leaf
from pellucid.core.params import Constraint, OneOf
from pellucid.core.target import Target

__all__ = ["GuidedBackprop"]


class GuidedBackprop(NetworkMethod):
    """Guided backpropagation.

    ``R_x = 1[x > 0] · relu(R_y)`` for each ``y = relu(x)``, and the gradient for all else

    Parameters
    ----------
    model : a torch module, or a Model with an inside that can be differentiated.
    others : what activations do that are no rectifiers, for which the paper has no rule: ``"raise"``, or
        ``"gradient"``, send back their gradient.
    batch_size : the most rows the network is asked about at once.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : a setting outside what it may be.

    Source
    ------
    Springenberg, Dosovitskiy, Brox & Riedmiller (2015), "Striving for simplicity: the all convolutional net", section
    3.4.
    """

    card: ClassVar[Card] = Card(
        summary="The gradient with all that speaks against the output cut off at each ReLU",
        paper="Springenberg, Dosovitskiy, Brox & Riedmiller (2015), Striving for simplicity: the all convolutional net",
        explains="Attribution",
        needs="network",
        background="none",
        completeness="not promised",
        cost="one gradient a row and target",
        limits="shows edges of the image more than reasons of the network: it hardly changes when weights are shuffled",
        takes="tensors",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {"others": OneOf(("raise", "gradient")), **PACE}

    def __init__(
        self, model: Any, *, others: str = "raise", batch_size: int = 64, progress: bool | None = None
    ) -> None:
        self.model = model
        self.others = others
        self.batch_size = batch_size
        self.progress = progress
        self.check_settings()

    def compute(self, leaf: Leaf, target: Target, model: Model) -> Computed:
        from pellucid.models.torch.rules import Rectified

        pulled = at_rows(
            leaf,
            target,
            batch_size=self.batch_size,
            label="GuidedBackprop",
            progress=self.progress,
            rules=Rectified("guided", self.others),  # type: ignore[arg-type]
        )
        values, shown = leaf.fold(pulled.gradients)
        return Computed(values=values, base=None, evaluations=len(leaf.inputs), completeness=NO_SHARES, shown=shown)
