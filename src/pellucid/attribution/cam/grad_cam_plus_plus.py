"""A layer's channels, each weighted by its positive slopes, those of small objects as much as those of large ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.cam.at_layer import AtLayer, weighted
from pellucid.attribution.cam.frame import SETTINGS, CAMMethod
from pellucid.core.card import Card
from pellucid.core.params import Constraint
from pellucid.core.receipt import Completeness

__all__ = ["GradCAMPlusPlus"]


class GradCAMPlusPlus(CAMMethod):
    """A layer's channels A, each weighted by its positive slopes, so that several objects of one kind all show.

    ``L_ij = Σ_k w_k · A_kij``, ``w_k = Σ_ij α_kij · max(g_kij, 0)``, ``g = ∂f_t/∂A``,
    ``α_kij = g² / (2·g² + g³ · Σ_ab A_kab)``, zero where that divides by zero

    The formula is that of the derivatives of ``exp(f_t)`` of a network that is piecewise linear above the layer.

    Parameters
    ----------
    model : a torch module, or a Model with an inside that can be differentiated.
    layer : path of the module whose channels are weighted, or a ``Site`` of ``pellucid.models.torch.trace``; None takes
        the last with a map that all the outputs depend on passes through.
    grid : places (height, width) of a layer of tokens, which stand for patches of the image; None finds them.
    relu : whether what speaks against the target is left out, as in the paper.
    upsample : whether values come at the image's size, by bilinear interpolation; False keeps the layer's.
    batch_size : the most rows the network is asked about at once.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : a setting outside what it may be.

    Source
    ------
    Chattopadhay, Sarkar, Howlader & Balasubramanian (2018), "Grad-CAM++: improved visual explanations for deep
    convolutional networks", WACV.

    Deviations
    ----------
    The paper's weights have a factor exp(f_t), one number a row, which is left out: it changes no map's shape and
    overflows for large outputs. What is negative is left out with ``relu=True`` only.
    """

    card: ClassVar[Card] = Card(
        summary="Where a layer's channels speak for an output, several objects as well as one",
        paper="Chattopadhay, Sarkar, Howlader & Balasubramanian (2018), Grad-CAM++: improved visual explanations for "
        "deep convolutional networks",
        explains="Attribution",
        needs="network",
        background="none",
        completeness="not promised",
        cost="one gradient a row and target",
        limits="as coarse as the layer; channels that speak against the target get no weight of their own",
        takes="tensors",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = SETTINGS
    completeness = Completeness(
        "not promised", reason="only slopes upward are counted; they are no share of the output"
    )

    def __init__(
        self,
        model: Any,
        layer: Any = None,
        *,
        grid: Any = None,
        relu: bool = False,
        upsample: bool = True,
        batch_size: int = 64,
        progress: bool | None = None,
    ) -> None:
        self.model = model
        self.layer = layer
        self.grid = grid
        self.relu = relu
        self.upsample = upsample
        self.batch_size = batch_size
        self.progress = progress
        self.check_settings()

    def maps(self, at: AtLayer) -> NDArray[np.float64]:
        slopes = at.slopes.astype(np.float64)
        sums = at.maps.sum(axis=(2, 3), dtype=np.float64)[:, :, np.newaxis, np.newaxis, np.newaxis]
        # g² divided out above and below
        below = np.where(slopes != 0, 2 + slopes * sums, 0)
        alpha = np.divide(1, below, out=np.zeros_like(below), where=below != 0)
        return weighted(at.maps, (alpha * np.maximum(slopes, 0)).sum(axis=(2, 3)))
