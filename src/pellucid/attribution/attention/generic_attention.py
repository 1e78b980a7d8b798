"""Which tokens the attention that raised the output came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from pellucid.attribution.attention.frame import AttentionMethod, Floats
from pellucid.attribution.gradient.frame import PACE
from pellucid.core.card import Card
from pellucid.core.network import Attended
from pellucid.core.params import Constraint, Either, Nothing, Whole

__all__ = ["GenericAttention"]


class GenericAttention(AttentionMethod):
    """Attention that raises the output, followed from layer to layer.

    ``R ← R + Ā_l R`` from ``R = 1``, ``Ā_l = mean over heads of max(∂f_t/∂A_l ⊙ A_l, 0)``, and of R − 1 the row of the
    place that is read

    Parameters
    ----------
    model : a torch module, or a Model whose inside can be read; its attention may be fused.
    token : the place that is read, 0 where a token of the class comes first, −1 for the last; None is the mean of all,
        for networks that average places.
    batch_size : the most rows the network is asked about at once.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : a setting outside what it may be.

    Source
    ------
    Chefer, Gur & Wolf (2021), "Generic attention-model explainability for interpreting bi-modal and encoder-decoder
    transformers", the rule for self-attention.
    """

    card: ClassVar[Card] = Card(
        summary="Which tokens the attention that raised the output came from",
        paper="Chefer, Gur & Wolf (2021), Generic attention-model explainability for interpreting bi-modal and "
        "encoder-decoder transformers",
        explains="Attribution",
        needs="network",
        background="none",
        completeness="not promised",
        cost="one gradient a row and target, and places³ multiplications a layer",
        limits="never negative: what speaks against the output is not shown; self-attention only",
        takes="tensors",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {"token": Either(Nothing(), Whole(-1_000_000)), **PACE}

    def __init__(
        self, model: Any, *, token: int | None = 0, batch_size: int = 64, progress: bool | None = None
    ) -> None:
        self.model = model
        self.token = token
        self.batch_size = batch_size
        self.progress = progress
        self.check_settings()

    def flow(self, layers: Sequence[Attended]) -> Floats:
        places = layers[0].weights.shape[-1]
        each = [self._of_target(layers, target, places) for target in range(layers[0].gradients.shape[-1])]
        return np.stack(each, axis=-1)

    @staticmethod
    def _of_target(layers: Sequence[Attended], target: int, places: int) -> Floats:
        found = np.eye(places)[np.newaxis]
        for layer in layers:
            raised = np.maximum(layer.gradients[..., target] * layer.weights, 0).mean(axis=1, dtype=np.float64)
            found = found + raised @ found
        return found - np.eye(places)
