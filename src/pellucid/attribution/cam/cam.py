"""A layer's channels, each weighted as the linear head weighs its mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.cam.at_layer import AtLayer, weighted
from pellucid.attribution.cam.frame import SETTINGS, CAMMethod
from pellucid.core.card import Card
from pellucid.core.errors import ParameterError, UnsupportedModelError
from pellucid.core.params import Constraint
from pellucid.core.receipt import Completeness

__all__ = ["CAM"]

#: what float32 may leave of a slope's difference from place to place, and of a sum, as a part of the largest
EVEN = 1e-3


class CAM(CAMMethod):
    """A layer's channels A, each weighted as the linear head above them weighs its mean.

    ``M_ij = Σ_k w_tk · A_kij``, of a network whose output is ``f_t = b_t + Σ_k w_tk · mean_ij A_kij``, so that the mean
    of M over the layer's places is ``f_t − b_t``

    Without ``head`` the weights are ``w_tk = Σ_ij ∂f_t/∂A_kij``, after it was checked, row by row, that the slopes are
    the same at every place and that they make up the whole difference from a layer of zeros: such a network is an
    average and a linear head above the layer, whatever modules it is made of.

    Parameters
    ----------
    model : a torch module, or a Model with an inside that can be differentiated.
    layer : path of the module whose channels are weighted, or a ``Site`` of ``pellucid.models.torch.trace``; None takes
        the last with a map that all the outputs depend on passes through.
    head : path of the linear module whose weights are taken as they are, where something that is not linear comes after
        it, such as a softmax; None finds the weights.
    grid : places (height, width) of a layer of tokens, which stand for patches of the image; None finds them.
    relu : whether what speaks against the target is left out.
    upsample : whether values come at the image's size, by bilinear interpolation; False keeps the layer's.
    batch_size : the most rows the network is asked about at once.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : a setting outside what it may be.

    Source
    ------
    Zhou, Khosla, Lapedriza, Oliva & Torralba (2016), "Learning deep features for discriminative localization", CVPR.
    """

    card: ClassVar[Card] = Card(
        summary="Where a layer's channels speak for an output, weighted as the linear head weighs them",
        paper="Zhou, Khosla, Lapedriza, Oliva & Torralba (2016), Learning deep features for discriminative "
        "localization",
        explains="Attribution",
        needs="network",
        background="none",
        completeness="not promised",
        cost="one gradient and two answers a row and target; with a named head none",
        limits="only for networks that end in an average over places and a linear head; as coarse as the layer",
        takes="tensors",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = SETTINGS
    completeness = Completeness(
        "not promised",
        reason="the mean over the layer's places, and no sum over pixels, is the output without its bias",
    )

    def __init__(
        self,
        model: Any,
        layer: Any = None,
        *,
        head: str | None = None,
        grid: Any = None,
        relu: bool = False,
        upsample: bool = True,
        batch_size: int = 64,
        progress: bool | None = None,
    ) -> None:
        self.model = model
        self.layer = layer
        self.head = head
        self.grid = grid
        self.relu = relu
        self.upsample = upsample
        self.batch_size = batch_size
        self.progress = progress
        self.check_settings()

    def maps(self, at: AtLayer) -> NDArray[np.float64]:
        return weighted(at.maps, self._found(at) if self.head is None else self._named(at, self.head))

    def _found(self, at: AtLayer) -> NDArray[np.float64]:
        """(rows, channels, targets)"""
        slopes = at.slopes.astype(np.float64)
        everyone = np.arange(len(at))
        nothing = at.values.copy()
        nothing[:, at.grid.own] = 0
        parts = np.einsum("rchwt,rchw->rt", slopes, at.maps)
        rest = at.said(everyone, at.values) - at.said(everyone, nothing) - parts
        sizes = np.abs(at.maps[..., np.newaxis] * slopes).sum(axis=(1, 2, 3)).max(axis=1)
        uneven = np.ptp(slopes, axis=(2, 3)).max(axis=(1, 2)) > EVEN * np.abs(slopes).max(axis=(1, 2, 3, 4))
        bent = np.abs(rest).max(axis=1) > EVEN * sizes
        if uneven.any() or bent.any():
            why = "slopes differ from place to place" if uneven.any() else "the output is not linear in its channels"
            raise UnsupportedModelError(
                f"CAM is for an average over places and a linear head, and above this layer {why}; use GradCAM, or "
                f"name the linear module with head= where a softmax or the like follows it."
            )
        return np.asarray(slopes.sum(axis=(2, 3)))

    def _named(self, at: AtLayer, head: str) -> NDArray[np.float64]:
        """(rows, channels, targets)"""
        weights = at.model.inside.weights(head).astype(np.float64)
        expected = (at.model.n_outputs, at.maps.shape[1])
        if weights.shape != expected or not at.target.linear:
            what = f"{head} has weights of shape {weights.shape}" if at.target.linear else "the target is a function"
            raise ParameterError(
                f"CAM: a named head must have one weight for each output and channel, {expected}, and its target no "
                f"function, but {what}; leave head out, or use GradCAM."
            )
        return at.target.select(np.broadcast_to(weights.T, (len(at), *weights.T.shape)), at.index)
