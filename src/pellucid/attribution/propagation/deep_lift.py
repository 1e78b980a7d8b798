"""Each input's share of the difference from a baseline, from multipliers that are chained through the network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from pellucid.attribution.gradient.baselines import baseline_points, baseline_words, check_baseline
from pellucid.attribution.gradient.frame import PACE, NetworkMethod
from pellucid.attribution.gradient.gradients import at_rows
from pellucid.attribution.propagation.rules import lost_to_rounding
from pellucid.core.card import Card
from pellucid.core.method import Computed
from pellucid.core.model import Model
from pellucid.core.network import Leaf
from pellucid.core.params import Constraint, OneOf
from pellucid.core.target import Target

__all__ = ["DeepLIFT"]


class DeepLIFT(NetworkMethod):
    """DeepLIFT: how much of the output's change each input's change made, by one pass back.

    ``φ_i = (x_i − x₀_i) · m_i``, ``m`` the chain of multipliers ``Δy / Δx``, so that ``Σ φ_i = f_t(x) − f_t(x₀)``

    The sum is right to rounding for every network whose operations are known, products, softmax, attention and windows
    of max-pooling that overlap among them; an operation that is not known is refused.

    Parameters
    ----------
    model : a torch module, or a Model with an inside that can be differentiated.
    baseline : x₀, as for ``IntegratedGradients``: None is zeros, of tokens embeddings of zeros; a number, of tokens the
        id of one; an array of the shape of one row or of all; ``"blur"``, each image blurred; for several inputs a
        mapping.
    rule : ``"rescale"``, one multiplier for all that enters an activation; ``"reveal-cancel"``, one for what raises it
        and one for what lowers it.
    batch_size : the most rows the network is asked about at once.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : a setting outside what it may be.

    Source
    ------
    Shrikumar, Greenside & Kundaje (2017), "Learning important features through propagating activation differences",
    section 3.5.

    Deviations
    ----------
    The paper has no rules for products, quotients, softmax and shared windows; those here keep the sum.
    """

    card: ClassVar[Card] = Card(
        summary="Each input's share of the difference from a baseline, by one pass back",
        paper="Shrikumar, Greenside & Kundaje (2017), Learning important features through propagating activation "
        "differences",
        explains="Attribution",
        needs="network",
        background="none",
        completeness="checked",
        cost="one gradient and two outputs a row and target",
        limits="the baseline decides; two networks that compute the same may be explained differently",
        takes="tensors",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {"rule": OneOf(("rescale", "reveal-cancel")), **PACE}

    def __init__(
        self,
        model: Any,
        baseline: Any = None,
        *,
        rule: str = "rescale",
        batch_size: int = 64,
        progress: bool | None = None,
    ) -> None:
        self.model = model
        self.baseline = baseline
        self.rule = rule
        self.batch_size = batch_size
        self.progress = progress
        self.check_settings()
        check_baseline("DeepLIFT", baseline)

    def absent(self, model: Model) -> Mapping[str, object]:
        return baseline_words(self.baseline)

    def compute(self, leaf: Leaf, target: Target, model: Model) -> Computed:
        from pellucid.models.torch.rules import Multipliers

        starts = baseline_points(self.baseline, leaf)
        pulled = at_rows(
            leaf,
            target,
            batch_size=self.batch_size,
            label="DeepLIFT",
            progress=self.progress,
            rules=Multipliers(self.rule),  # type: ignore[arg-type]
            reference=starts,
        )
        shares = {
            name: (leaf.values[name] - starts[name])[..., np.newaxis] * slopes
            for name, slopes in pulled.gradients.items()
        }
        values, shown = leaf.fold(shares)
        lost = None if pulled.base is None else lost_to_rounding(values, pulled.base, pulled)
        evaluations = 2 * len(leaf.inputs)
        return Computed(values=values, base=pulled.base, evaluations=evaluations, completeness=lost, shown=shown)
