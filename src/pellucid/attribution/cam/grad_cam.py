"""A layer's channels, each weighted by its mean slope."""

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

__all__ = ["GradCAM"]


class GradCAM(CAMMethod):
    """A layer's channels A, each weighted by the mean of the target's slope over its places.

    ``L_ij = Σ_k w_k · A_kij``, ``w_k = 1/(h·w) · Σ_ij ∂f_t/∂A_kij``

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
    Selvaraju, Cogswell, Das, Vedantam, Parikh & Batra (2017), "Grad-CAM: visual explanations from deep networks via
    gradient-based localization".

    Deviations
    ----------
    The paper leaves out what is negative; here that is ``relu=True``.
    """

    card: ClassVar[Card] = Card(
        summary="Where a layer's channels speak for an output, each weighted by its mean slope",
        paper="Selvaraju, Cogswell, Das, Vedantam, Parikh & Batra (2017), Grad-CAM: visual explanations from deep "
        "networks via gradient-based localization",
        explains="Attribution",
        needs="network",
        background="none",
        completeness="not promised",
        cost="one gradient a row and target",
        limits="as coarse as the layer; a mean slope may point nowhere where the layer's slopes differ from place to "
        "place",
        takes="tensors",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = SETTINGS
    completeness = Completeness(
        "not promised", reason="a mean slope weighs a whole channel; it is no share of the output"
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
        slopes = at.mean_slopes
        return weighted(at.maps, slopes)
