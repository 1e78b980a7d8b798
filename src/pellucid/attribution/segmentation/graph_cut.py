"""The object that an explanation points at, cut out of the image by its colours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.segmentation.cut import largest_piece, source_side
from pellucid.core.attribution import Attribution
from pellucid.core.errors import ArgumentTypeError, InputError, ParameterError
from pellucid.core.images import Images
from pellucid.core.params import Constraint, Flag, Fraction, Whole, check_settings
from pellucid.core.tensors import Tensors

__all__ = ["object_masks"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

CONSTRAINTS: Mapping[str, Constraint] = {
    "foreground": Fraction(0, 100),
    "background": Fraction(0, 100),
    "components": Whole(1),
    "smoothness": Fraction(),
    "seed": Whole(0),
    "absolute": Flag(),
}
#: least variance of a colour in a mixture, of colours from 0 to 1
LEAST = 1e-3
#: most and least log-odds of a pixel's colour, which keep a few odd colours from deciding alone
MOST = 20.0


def object_masks(
    explanation: Attribution,
    *,
    target: str | int | None = None,
    foreground: float = 95.0,
    background: float = 30.0,
    components: int = 5,
    smoothness: float = 8.0,
    absolute: bool = True,
    seed: int = 0,
) -> Mask:
    """The pixels of the object that each image's values lie on.

    Pixels whose saliency is above the 95th percentile of their image say what colours the object has, those below the
    30th what colours the rest has; a Gaussian mixture each. The mask is the side of the cheapest cut:
    ``min Σ_p U_p(m_p) + λ · Σ_pq |m_p ≠ m_q| · exp(−‖c_p − c_q‖² / 2σ²) / d_pq`` over the eight neighbours q of each
    pixel p, ``U = −log p(c_p | side)``, σ² the mean squared difference of neighbours' colours; of it the largest piece
    that hangs together.

    Parameters
    ----------
    explanation : of images, with a value for each pixel, each channel of one, or each region. No model is asked.
    target : name or number; None takes the only one.
    foreground, background : percentiles of saliency.
    components : Gaussians in each mixture.
    smoothness : λ, how much a border costs beside colours that do not fit.
    absolute : whether saliency is a value's size, of several channels the largest, as in the paper; False takes the
        value itself, of several channels the sum, so that what speaks against the target is background.
    seed : of the mixtures' starts.

    Returns
    -------
    (images, height, width) True on the object.

    Raises
    ------
    ArgumentTypeError, ParameterError : no explanation of images, no such target, or a setting outside what it may be.
    InputError : an image whose values are all alike, or not finite.

    Source
    ------
    Simonyan, Vedaldi & Zisserman (2014), "Deep inside convolutional networks: visualising image classification models
    and saliency maps", section 3.2; Boykov & Jolly (2001), "Interactive graph cuts for optimal boundary and region
    segmentation of objects in N-D images", for the cut.
    """
    told = {"components": components, "smoothness": smoothness, "seed": seed, "absolute": absolute}
    check_settings("object_masks", CONSTRAINTS, {"foreground": foreground, "background": background, **told})
    if background > foreground:
        raise ParameterError(f"object_masks: background must be below foreground, got {background} and {foreground}.")
    images, saliency = _read(explanation, target, absolute)
    masks = []
    for row, (pixels, sizes) in enumerate(zip(images.native, saliency, strict=True)):
        colours = _colours(pixels)
        seeds = _seeds(sizes, foreground, background, row)
        odds = _log_odds(colours, *seeds, components, seed)
        masks.append(largest_piece(source_side(odds, colours, smoothness)))
    return np.stack(masks)


def _read(explanation: Attribution, target: str | int | None, absolute: bool) -> tuple[Images, Floats]:
    """The images, and (images, height, width) the saliency of their pixels."""
    if not isinstance(explanation, Attribution):
        raise ArgumentTypeError(f"object_masks: takes an Attribution of images, got {type(explanation).__name__}.")
    if target is None and len(explanation.target_names) > 1:
        raise ParameterError(f"object_masks: choose a target of {', '.join(explanation.target_names)}.")
    values = explanation.target(0 if target is None else target).values[..., 0]
    parted = explanation.parted
    images = parted.as_images() if isinstance(parted, Tensors) else parted
    if isinstance(images, Images) and images.regions is not None and values.ndim == 2:
        values = np.stack([one[regions] for one, regions in zip(values, images.regions, strict=True)])
    if values.ndim == 4:
        values = np.abs(values).max(axis=1) if absolute else values.sum(axis=1)
    if not isinstance(images, Images) or values.shape != images.native.shape[:3]:
        raise ParameterError(
            f"object_masks: takes a value for each pixel, got values {explanation.values.shape} of "
            f"{'no images' if not isinstance(images, Images) else f'images {images.native.shape}'}; explain images, "
            f"of class activation maps with upsample=True."
        )
    return images, np.asarray(np.abs(values) if absolute else values)


def _colours(pixels: NDArray[Any]) -> Floats:
    """(height, width, channels) from 0 to 1 over what the image has."""
    colours = pixels.reshape(*pixels.shape[:2], -1).astype(np.float64)
    span = np.ptp(colours)
    return np.asarray((colours - colours.min()) / (span or 1.0))


def _seeds(sizes: Floats, foreground: float, background: float, row: int) -> tuple[Mask, Mask]:
    if not np.isfinite(sizes).all():
        raise InputError(f"object_masks: image {row} has a value that is not finite; leave that image out.")
    low, high = np.percentile(sizes, [background, foreground])
    inside, outside = sizes > high, sizes < low
    # where many pixels have the least value there are none below it
    outside = outside if outside.any() else sizes <= low
    if not inside.any() or (inside & outside).any():
        raise InputError(f"object_masks: the values of image {row} are too much alike to tell an object; leave it out.")
    return inside, outside


def _log_odds(colours: Floats, inside: Mask, outside: Mask, components: int, seed: int) -> Floats:
    """(height, width) log p(colour | object) − log p(colour | rest)."""
    from sklearn.mixture import GaussianMixture

    flat = colours.reshape(-1, colours.shape[-1])
    likelihoods = []
    for some in (inside, outside):
        seen = colours[some]
        parts = min(components, len(np.unique(seen, axis=0)))
        mixture = GaussianMixture(parts, reg_covar=LEAST, random_state=seed, max_iter=200, tol=1e-2)
        likelihoods.append(mixture.fit(seen).score_samples(flat))
    return np.asarray(np.clip(likelihoods[0] - likelihoods[1], -MOST, MOST).reshape(colours.shape[:2]))
