"""The output handed back to the inputs, layer by layer, each unit sharing what it gets among what made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pellucid.attribution.gradient.frame import PACE, NetworkMethod
from pellucid.attribution.gradient.gradients import at_rows
from pellucid.attribution.propagation.rules import RuleSetting, kept_back, named, relevance
from pellucid.core.card import Card
from pellucid.core.method import Computed
from pellucid.core.model import Model
from pellucid.core.network import Leaf
from pellucid.core.params import Constraint
from pellucid.core.target import Target

__all__ = ["LRP"]


class LRP(NetworkMethod):
    """Layer-wise relevance propagation.

    ``R_j = Σ_k a_j w_jk / (Σ_j a_j w_jk + b_k + ε·sign) · R_k`` and its kin, from ``R = f_t(x)`` down to the inputs

    Every operation has a rule: layers of weights the one that ``rules`` says, activations hand on what they get,
    residuals share by size, products by half, denominators of normalisations get nothing. One without is refused.

    Parameters
    ----------
    model : a torch module, or a Model with an inside that can be differentiated.
    rules : ``"epsilon"``, the rule above for all layers; ``"epsilon-plus"``, z⁺ for convolutions;
        ``"epsilon-alpha2-beta1"``, α2β1 for convolutions; either with ``"-flat"``, and the same for every input of the
        first layer; ``"attn"``, LRP-0 with the rule of softmax of Achtibat and others; ``"cp"``, LRP-0 with attention
        as a constant; or a ``Relevance`` of ``pellucid.models.torch.rules``, which also has γ, w² and z-box, and rules
        for layers by name.
    batch_size : the most rows the network is asked about at once.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : a setting outside what it may be.

    Source
    ------
    Bach, Binder, Montavon, Klauschen, Müller & Samek (2015), "On pixel-wise explanations for non-linear classifier
    decisions by layer-wise relevance propagation"; Montavon, Binder, Lapuschkin, Samek & Müller (2019), "Layer-wise
    relevance propagation: an overview"; Achtibat et al. (2024), "AttnLRP: attention-aware layer-wise relevance
    propagation for transformers".
    """

    card: ClassVar[Card] = Card(
        summary="The output handed back layer by layer, by the rules of LRP",
        paper="Bach, Binder, Montavon, Klauschen, Müller & Samek (2015), On pixel-wise explanations for non-linear "
        "classifier decisions by layer-wise relevance propagation",
        explains="Attribution",
        needs="network",
        background="none",
        completeness="not promised",
        cost="one gradient a row and target, and up to four passes through layers whose rule splits signs",
        limits="rules are chosen, not derived; biases keep a share; patented in some countries",
        takes="tensors",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {"rules": RuleSetting(), **PACE}

    def __init__(
        self, model: Any, *, rules: Any = "epsilon", batch_size: int = 64, progress: bool | None = None
    ) -> None:
        self.model = model
        self.rules = rules
        self.batch_size = batch_size
        self.progress = progress
        self.check_settings()

    def compute(self, leaf: Leaf, target: Target, model: Model) -> Computed:
        pulled = at_rows(
            leaf, target, batch_size=self.batch_size, label="LRP", progress=self.progress, rules=named(self.rules)
        )
        values, shown = leaf.fold(relevance(leaf, pulled))
        return Computed(
            values=values,
            base=None,
            evaluations=len(leaf.inputs),
            completeness=kept_back(values, pulled.outputs),
            shown=shown,
        )
