"""A layer's channels, each place weighted by its own positive slope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.cam.at_layer import AtLayer
from pellucid.attribution.cam.frame import SETTINGS, CAMMethod
from pellucid.core.card import Card
from pellucid.core.params import Constraint
from pellucid.core.receipt import Completeness

__all__ = ["LayerCAM"]


class LayerCAM(CAMMethod):
    """A layer's channels A, each place weighted by its own slope where that is positive.

    ``L_ij = Σ_k max(∂f_t/∂A_kij, 0) · A_kij``

    Slopes of single places keep what they know of where, so that early layers give fine maps.

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
    Jiang, Zhang, Hou, Cheng & Wei (2021), "LayerCAM: exploring hierarchical class activation maps for localization",
    IEEE TIP 30.

    Deviations
    ----------
    The paper leaves out what is negative, of layers that can be; here that is ``relu=True``.
    """

    card: ClassVar[Card] = Card(
        summary="Where a layer's channels speak for an output, each place by its own slope; fine maps at early layers",
        paper="Jiang, Zhang, Hou, Cheng & Wei (2021), LayerCAM: exploring hierarchical class activation maps for "
        "localization",
        explains="Attribution",
        needs="network",
        background="none",
        completeness="not promised",
        cost="one gradient a row and target",
        limits="what speaks against the target does not show; early layers are noisy",
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
        slopes = np.maximum(at.slopes, 0)
        products = slopes * at.maps[..., np.newaxis]
        return np.asarray(products.sum(axis=1, dtype=np.float64))
