"""What in the input makes the output, by the network run backwards."""

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

__all__ = ["Deconvnet"]


class Deconvnet(NetworkMethod):
    """The network run backwards, with a ReLU on the way back wherever there was one on the way forward.

    ``R_x = relu(R_y)`` for each ``y = relu(x)``; through max-pooling to where the largest was, and the transposed
    layer, which is the gradient, for all else

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
    Zeiler & Fergus (2014), "Visualizing and understanding convolutional networks", section 2.1.
    """

    card: ClassVar[Card] = Card(
        summary="What in the input makes the output, by the network run backwards",
        paper="Zeiler & Fergus (2014), Visualizing and understanding convolutional networks",
        explains="Attribution",
        needs="network",
        background="none",
        completeness="not promised",
        cost="one gradient a row and target",
        limits="what comes back is rectified, so nothing that speaks against the output is shown",
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
            label="Deconvnet",
            progress=self.progress,
            rules=Rectified("deconvnet", self.others),  # type: ignore[arg-type]
        )
        values, shown = leaf.fold(pulled.gradients)
        return Computed(values=values, base=None, evaluations=len(leaf.inputs), completeness=NO_SHARES, shown=shown)
