"""A layer's channels, each weighted by what the network says of the image seen through it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.cam.at_layer import AtLayer, weighted
from pellucid.attribution.cam.enlarge import enlarged
from pellucid.attribution.cam.frame import SETTINGS, CAMMethod
from pellucid.core.card import Card
from pellucid.core.errors import ParameterError
from pellucid.core.params import Constraint, Flag
from pellucid.core.receipt import Completeness

__all__ = ["ScoreCAM"]


class ScoreCAM(CAMMethod):
    """A layer's channels A, each weighted by how much the target rises when the image is seen through it.

    ``L_ij = Σ_k w_k · A_kij``, ``w = softmax_k(C)``, ``C_k = f_t(x₀ + H_k · (x − x₀)) − f_t(x₀)``,
    ``H_k = (U_k − min U_k) / (max U_k − min U_k)``, ``U_k`` the channel at the image's size

    No gradient is taken. A channel that is the same everywhere shows nothing of the image: its rise is zero without
    asking.

    Parameters
    ----------
    model : a torch module, or a Model with an inside that can be read.
    layer : path of the module whose channels are weighted, or a ``Site`` of ``pellucid.models.torch.trace``; None takes
        the last with a map that all the outputs depend on passes through.
    baseline : x₀: a number, or an array of one image's shape, channels first; None is zeros, as in the paper.
    softmax : whether a row's rises become shares of one, as in the paper; False weighs by the rises themselves, which
        have signs and the outputs' unit.
    grid : places (height, width) of a layer of tokens, which stand for patches of the image; None finds them.
    relu : whether negative values are left out, as in the paper.
    upsample : whether values come at the image's size, by bilinear interpolation; False keeps the layer's.
    batch_size : the most images the network is asked about at once, of all rows and channels.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : a setting outside what it may be.

    Source
    ------
    Wang, Wang, Du, Yang, Zhang, Ding, Mardziel & Hu (2020), "Score-CAM: score-weighted visual explanations for
    convolutional neural networks", CVPR workshops.

    Deviations
    ----------
    The paper leaves out what is negative; here that is ``relu=True``.
    """

    card: ClassVar[Card] = Card(
        summary="Where a layer's channels speak for an output, by what is said of the image seen through them",
        paper="Wang, Wang, Du, Yang, Zhang, Ding, Mardziel & Hu (2020), Score-CAM: score-weighted visual explanations "
        "for convolutional neural networks",
        explains="Attribution",
        needs="network",
        background="optional",
        completeness="not promised",
        cost="1 + c answers a row, for c channels that are not the same everywhere",
        limits="many answers for wide layers; images seen through a channel are like no data; of outputs that hardly "
        "move all channels weigh the same",
        takes="tensors",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {"softmax": Flag(), **SETTINGS}
    completeness = Completeness(
        "not promised", reason="channels overlap, and what they show of the image counts many times"
    )

    def __init__(
        self,
        model: Any,
        layer: Any = None,
        *,
        baseline: Any = None,
        softmax: bool = True,
        grid: Any = None,
        relu: bool = False,
        upsample: bool = True,
        batch_size: int = 64,
        progress: bool | None = None,
    ) -> None:
        self.model = model
        self.layer = layer
        self.baseline = baseline
        self.softmax = softmax
        self.grid = grid
        self.relu = relu
        self.upsample = upsample
        self.batch_size = batch_size
        self.progress = progress
        self.check_settings()

    def unit(self, output: str) -> str:
        return "activation" if self.softmax else f"{output} × activation"

    def absent(self) -> Mapping[str, object]:
        told = "zeros" if self.baseline is None else repr(self.baseline) if np.ndim(self.baseline) == 0 else "an image"
        return {"absent": f"pixels that a channel does not show move toward a baseline of {told}"}

    def maps(self, at: AtLayer) -> NDArray[np.float64]:
        rises = self._rises(at)
        if not self.softmax:
            return weighted(at.maps, rises)
        sizes = np.exp(rises - rises.max(axis=1, keepdims=True))
        return weighted(at.maps, sizes / sizes.sum(axis=1, keepdims=True))

    def _rises(self, at: AtLayer) -> NDArray[np.float64]:
        """(rows, channels, targets) C."""
        images = at.images
        kind = np.promote_types(images.dtype, np.float32)
        origin = _one_image(self.baseline, images).astype(kind)
        shows = np.ptp(at.maps, axis=(2, 3)) > 0
        everyone = np.arange(len(at))
        before = at.answers(everyone, _as(np.broadcast_to(origin, images.shape), images))
        rises = np.zeros((*shows.shape, before.shape[1]))
        for rows, channels in at.pairs(shows, "ScoreCAM"):
            masks = _normalised(enlarged(at.maps[rows, channels].astype(kind), at.size))
            shares = masks if images.ndim == 3 else masks[:, np.newaxis]
            seen = origin + shares * (images[rows].astype(kind) - origin)
            rises[rows, channels] = at.answers(rows, _as(seen, images)) - before[rows]
        return rises


def _normalised(maps: NDArray[Any]) -> NDArray[Any]:
    low, high = maps.min(axis=(1, 2), keepdims=True), maps.max(axis=(1, 2), keepdims=True)
    return np.asarray((maps - low) / np.where(high > low, high - low, 1))


def _as(pixels: NDArray[Any], images: NDArray[Any]) -> NDArray[Any]:
    """In the images' own type."""
    return (pixels if images.dtype.kind == "f" else np.rint(pixels)).astype(images.dtype)


def _one_image(baseline: Any, images: NDArray[Any]) -> NDArray[Any]:
    plain = baseline.detach().cpu() if hasattr(baseline, "detach") else baseline
    wanted = np.zeros(()) if plain is None else np.asarray(plain)
    if wanted.dtype.kind not in "biuf" or not np.isfinite(wanted).all() or wanted.shape not in ((), images.shape[1:]):
        got = repr(baseline) if np.ndim(wanted) == 0 else f"shape {wanted.shape}"
        raise ParameterError(
            f"ScoreCAM: baseline must be None, a finite number or an image of shape {images.shape[1:]}, got {got}."
        )
    return wanted
