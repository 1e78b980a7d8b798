"""A layer's channels, each weighted by what the output loses without it."""

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

__all__ = ["AblationCAM"]


class AblationCAM(CAMMethod):
    """A layer's channels A, each weighted by how far the target falls when it is set to zero.

    ``L_ij = Σ_k w_k · A_kij``, ``w_k = f_t(A) − f_t(A with A_k = 0)``

    No gradient is taken. A channel that is zero everywhere has no weight, without asking.

    Parameters
    ----------
    model : a torch module, or a Model with an inside that can be edited.
    layer : path of the module whose channels are weighted, or a ``Site`` of ``pellucid.models.torch.trace``; None takes
        the last with a map that all the outputs depend on passes through.
    grid : places (height, width) of a layer of tokens, which stand for patches of the image; None finds them.
    relu : whether what speaks against the target is left out, as in the paper.
    upsample : whether values come at the image's size, by bilinear interpolation; False keeps the layer's.
    batch_size : the most rows the network is asked about at once, of all rows and channels.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : a setting outside what it may be.

    Source
    ------
    Desai & Ramaswamy (2020), "Ablation-CAM: visual explanations for deep convolutional network via gradient-free
    localization", WACV.

    Deviations
    ----------
    The paper divides the weights by f_t(A), one number a row; that is left out, since it turns every sign where an
    output, such as a logit, is negative. What is negative is left out with ``relu=True`` only.
    """

    card: ClassVar[Card] = Card(
        summary="Where a layer's channels speak for an output, each weighted by what the output loses without it",
        paper="Desai & Ramaswamy (2020), Ablation-CAM: visual explanations for deep convolutional network via "
        "gradient-free localization",
        explains="Attribution",
        needs="network",
        background="none",
        completeness="not promised",
        cost="1 + c answers a row, for c channels that are not zero everywhere",
        limits="channels that stand in for each other lose nothing by themselves",
        takes="tensors",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = SETTINGS
    completeness = Completeness(
        "not promised", reason="each channel is taken away by itself, so what channels do together is not shared out"
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

    def unit(self, output: str) -> str:
        return f"{output} × activation"

    def maps(self, at: AtLayer) -> NDArray[np.float64]:
        everyone = np.arange(len(at))
        whole = at.said(everyone, at.values)
        active = (at.maps != 0).any(axis=(2, 3))
        falls = np.zeros((*active.shape, whole.shape[1]))
        for rows, channels in at.pairs(active, "AblationCAM"):
            falls[rows, channels] = whole[rows] - at.said(rows, at.grid.without(at.values[rows], channels))
        return weighted(at.maps, falls)
