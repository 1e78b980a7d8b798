"""How much of the difference from a baseline flows through each unit of a layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from pellucid.attribution.gradient.baselines import baseline_points, baseline_words, check_baseline
from pellucid.attribution.gradient.frame import PACE, NetworkMethod, off_by
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

__all__ = ["Conductance"]


class Conductance(NetworkMethod):
    """The part of the difference from a baseline that flows through each unit of a layer.

    ``φ_h = ∫₀¹ ∂f_t/∂h · dh/dα dα`` on the straight way ``x₀ + α(x − x₀)``, summed over N steps as
    ``Σ_k ½ (∂f_t/∂h(α_k) + ∂f_t/∂h(α_{k+1})) · (h(α_{k+1}) − h(α_k))``

    Over a layer that all ways through the network lead through, Σ φ_h is f_t(x) − f_t(x₀); the receipt says by how much
    it is not.

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
    Dhamdhere, Sundararajan & Yan (2019), "How important is a neuron?".
    """

    card: ClassVar[Card] = Card(
        summary="How much of the difference from a baseline flows through each unit of a layer",
        paper="Dhamdhere, Sundararajan & Yan (2019), How important is a neuron?",
        explains="Attribution",
        needs="network",
        background="none",
        completeness="not promised",
        cost="N + 1 gradients a row and target, for N steps",
        limits="the baseline decides; of a layer that ways lead around, only what flows through it",
        takes="tensors",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {"steps": Whole(1), **PACE}

    def __init__(
        self,
        model: Any,
        layer: Any,
        baseline: Any = None,
        *,
        steps: int = 64,
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
        check_baseline("Conductance", baseline)

    def absent(self, model: Model) -> Mapping[str, object]:
        return baseline_words(self.baseline)

    def compute(self, leaf: Leaf, target: Target, model: Model) -> Computed:
        starts, rows = baseline_points(self.baseline, leaf), np.arange(len(leaf.inputs))
        places = np.linspace(0.0, 1.0, self.steps + 1)
        values, layer, ends = [], [], []
        for row in track(rows, total=len(rows), label="Conductance", show=self.progress):
            one = rows[row : row + 1]
            stood, gradients, outputs = along_path(
                leaf, target, self.layer, one, pick(starts, one), places, self.batch_size
            )
            steps = np.diff(stood, axis=1)[..., np.newaxis]
            values.append((steps * (gradients[:, 1:] + gradients[:, :-1]) / 2).sum(axis=1, dtype=np.float64))
            layer.append(stood[:, -1])
            ends.append(outputs[:, [0, -1]])
        shares, says = np.concatenate(values), np.concatenate(ends)
        gap = np.abs(says[:, 1] - says[:, 0] - shares.sum(axis=tuple(range(1, shares.ndim - 1)))).max()
        return Computed(
            values=shares,
            base=says[:, 0],
            evaluations=len(places) * len(rows),
            completeness=off_by(float(gap), len(rows), of="a sum of steps"),
            shown=Tensors({str(self.layer): np.concatenate(layer)}),
        )
