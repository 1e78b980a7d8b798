"""What stands in the place of absent pixels."""

from __future__ import annotations

import hashlib
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError

__all__ = ["absent_pixels", "check_absent", "words_for"]

#: width of the blur as a part of the image's shorter side
BLUR = 0.1
NAMED = {"mean": "the image's mean colour", "region mean": "their own mean colour", "blur": "the image blurred"}


def check_absent(owner: str, absent: Any) -> None:
    """Raise ParameterError for what cannot stand in a pixel's place in any image."""
    if isinstance(absent, str) and absent in NAMED:
        return
    number = isinstance(absent, Real) and not isinstance(absent, bool)
    array = isinstance(absent, tuple | list | np.ndarray) and np.asarray(absent).dtype.kind in "biuf"
    if not (number or array) or not np.isfinite(np.asarray(absent, dtype=np.float64)).all():
        raise ParameterError(
            f"{owner}: absent must be 'mean', 'region mean', 'blur', a number, a colour or an array of the "
            f"image's shape, got {absent!r}."
        )


def absent_pixels(image: NDArray[Any], regions: NDArray[np.int32], absent: Any) -> NDArray[Any]:
    """An image whose pixels are all absent, of the image's own type.

    Parameters
    ----------
    image : (height, width) or (height, width, channels).
    regions : (height, width) region of each pixel.
    absent : ``"mean"`` is the image's mean colour, ``"region mean"`` each region's own, ``"blur"`` the image under a
        Gaussian of a tenth of its shorter side; a number for all, one number for each channel, or an image.

    Raises
    ------
    ParameterError : a colour or array that does not fit the image, or numbers that its type cannot hold.
    """
    if isinstance(absent, str):
        if absent == "blur":
            return _as_type(_blurred(image), image.dtype)
        one = np.zeros_like(regions)
        return _as_type(_means(image, one if absent == "mean" else regions), image.dtype)
    given = np.asarray(absent, dtype=np.float64)
    fits = given.ndim == 0 or given.shape == image.shape or (given.ndim == 1 and given.shape == image.shape[2:])
    if not fits:
        raise ParameterError(
            f"absent must be one number, one for each channel, or an array of the image's shape {image.shape}, "
            f"got shape {given.shape}."
        )
    made = _as_type(given, image.dtype)
    if image.dtype.kind != "f" and not np.array_equal(made, given):
        raise ParameterError(f"absent must be numbers that {image.dtype} can hold, as the images do, got {absent!r}.")
    return np.broadcast_to(made, image.shape)


def words_for(absent: Any) -> str:
    """What stands there, for a receipt."""
    if isinstance(absent, str):
        return NAMED[absent]
    given = np.asarray(absent)
    if given.ndim <= 1:
        return f"the value {absent:g}" if given.ndim == 0 else f"the colour {tuple(given.tolist())}"
    digest = hashlib.sha256(np.ascontiguousarray(given, dtype=np.float64).tobytes()).hexdigest()
    return f"an image of shape {given.shape} · {digest[:12]}"


def _means(image: NDArray[Any], regions: NDArray[np.int32]) -> NDArray[np.float64]:
    labels = regions.ravel()
    counts = np.bincount(labels)
    channels = image.reshape(labels.size, -1).T.astype(np.float64)
    means = np.stack([np.bincount(labels, weights=channel) / counts for channel in channels], axis=-1)
    return means[labels].reshape(image.shape)


def _blurred(image: NDArray[Any]) -> NDArray[np.float64]:
    from scipy.ndimage import gaussian_filter

    width = BLUR * min(image.shape[:2])
    return np.asarray(gaussian_filter(image.astype(np.float64), (width, width, 0)[: image.ndim], mode="nearest"))


def _as_type(made: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    if dtype.kind == "f":
        return made.astype(dtype)
    if dtype.kind == "b":
        return made >= 0.5
    limits = np.iinfo(dtype)
    return np.clip(np.rint(made), limits.min, limits.max).astype(dtype)
