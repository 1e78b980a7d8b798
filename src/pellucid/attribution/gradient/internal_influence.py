"""How much the output changes with each unit of a layer, on the way from a baseline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from pellucid.attribution.gradient.baselines import baseline_points, baseline_words, check_baseline
from pellucid.attribution.gradient.fixed_path import gauss_legendre
from pellucid.attribution.gradient.frame import NO_SHARES, PACE, NetworkMethod
from pellucid.attribution.gradient.gradients import pick
from pellucid.attribution.gradient.layer_path import along_path
from pellucid.core.card import Card
from pellucid.core.method import Computed
from pellucid.core.model import Model
from pellucid.core.network import Leaf
from pellucid.core.params import Constraint, Whole
from pellucid.core.progress import track
from pellucid.core.target import Target
from pellucid.core.tensors import Tensors

__all__ = ["InternalInfluence"]


class InternalInfluence(NetworkMethod):
    """The gradient at each unit of a layer, averaged on the straight way of the inputs from a baseline.

    ``χ_h = ∫₀¹ ∂f_t/∂h (x₀ + α(x − x₀)) dα``, by Gauss and Legendre's rule of N nodes

    Parameters
    ----------
    model : a torch module, or a Model with an inside that can be differentiated.
    layer : path of the module whose units are explained, or a Site.
    baseline : x₀, as for IntegratedGradients.
    steps : N.
    batch_size : the most points the network is asked about at once.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : a setting outside what it may be, or no such layer.

    Source
    ------
    Leino, Sen, Datta, Fredrikson & Li (2018), "Influence-directed explanations for deep convolutional networks",
    with the distribution of interest uniform on the way from the baseline.
    """

    card: ClassVar[Card] = Card(
        summary="How much the output changes with each unit of a layer, on the way from a baseline",
        paper="Leino, Sen, Datta, Fredrikson & Li (2018), Influence-directed explanations for deep convolutional "
        "networks",
        explains="Attribution",
        needs="network",
        background="none",
        completeness="not promised",
        cost="N gradients a row and target, for N nodes",
        limits="a slope: says nothing about how far a unit has moved",
        takes="tensors",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {"steps": Whole(1), **PACE}

    def __init__(
        self,
        model: Any,
        layer: Any,
        baseline: Any = None,
        *,
        steps: int = 32,
        batch_size: int = 64,
        progress: bool | None = None,
    ) -> None:
        self.model = model
        self.layer = layer
        self.baseline = baseline
        self.steps = steps
        self.batch_size = batch_size
        self.progress = progress
        self.check_settings()
        check_baseline("InternalInfluence", baseline)

    def absent(self, model: Model) -> Mapping[str, object]:
        return baseline_words(self.baseline)

    def compute(self, leaf: Leaf, target: Target, model: Model) -> Computed:
        starts, rows = baseline_points(self.baseline, leaf), np.arange(len(leaf.inputs))
        places, weights = gauss_legendre(self.steps)
        values, layer = [], []
        for row in track(rows, total=len(rows), label="InternalInfluence", show=self.progress):
            one = rows[row : row + 1]
            # the row itself comes last, for what the layer gives there
            stood, gradients, _ = along_path(
                leaf, target, self.layer, one, pick(starts, one), np.append(places, 1.0), self.batch_size
            )
            values.append(np.einsum("n,rn...->r...", weights, gradients[:, :-1], dtype=np.float64))
            layer.append(stood[:, -1])
        return Computed(
            values=np.concatenate(values),
            base=None,
            evaluations=(self.steps + 1) * len(rows),
            completeness=NO_SHARES,
            shown=Tensors({str(self.layer): np.concatenate(layer)}),
        )
