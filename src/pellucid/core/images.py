"""Images, and the regions of each that an explanation speaks of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import InputError

__all__ = ["Images", "are_images"]

#: an array of so few columns is no pile of grey images, but one image in colour
CHANNELS = 4


@dataclass(frozen=True, eq=False)
class Images:
    """Images of one size, one a row.

    Parameters
    ----------
    native : (images, height, width) or (images, height, width, channels) numbers.
    regions : (images, height, width) the number of the region that each pixel belongs to, from 0; None before a masker
        has cut them.
    cut_by : the masker that cut them, which takes them as they are when it reads them again.
    fresh : whether the array was made for one question to a model, so that nobody minds what it does to it.
    """

    native: NDArray[Any]
    regions: NDArray[np.int32] | None = None
    cut_by: object = None
    fresh: bool = False

    @classmethod
    def read(cls, given: Any, *, what: str = "rows") -> Images:
        """The images of an array, or of a list of images of one size.

        Raises
        ------
        InputError : they are no images, or none, or one in colour by itself, or of several sizes, or something in them
            is not a finite number.
        """
        data = _stacked(given, what) if are_images(given) else given
        if not isinstance(data, np.ndarray) or data.ndim not in (3, 4):
            got = f"shape {data.shape}" if isinstance(data, np.ndarray) else type(data).__name__
            raise InputError(
                f"{what} must be an array of images, (images, height, width) or (images, height, width, channels), "
                f"got {got}."
            )
        if 0 in data.shape:
            raise InputError(f"{what} must hold at least one image of at least one pixel, got shape {data.shape}.")
        if data.ndim == 3 and data.shape[-1] <= CHANNELS < min(data.shape[:2]):
            raise InputError(
                f"{what} of shape {data.shape} look like one image in colour; pass it as image[np.newaxis], or grey "
                f"images with an axis for their one channel."
            )
        if data.dtype.kind not in "biuf":
            raise InputError(f"{what} must hold images of numbers, got an array of {data.dtype}.")
        if not np.isfinite(data).all():
            row = int(np.argwhere(~np.isfinite(data))[0][0])
            raise InputError(f"{what}: image {row} has a pixel that is not a finite number; leave that image out.")
        return cls(data)

    def __len__(self) -> int:
        return len(self.native)

    def rows(self, index: slice | NDArray[np.intp]) -> Images:
        """Some of the images."""
        return Images(self.native[index], None if self.regions is None else self.regions[index], self.cut_by)

    @property
    def form(self) -> str:
        """What a function of the caller's is given, in words."""
        return f"an array of images {('…', *self.native.shape[1:])}".replace("'", "")

    def given(self) -> NDArray[Any]:
        """The images as an array, a copy unless it is fresh."""
        return self.native if self.fresh else self.native.copy()

    def fingerprint(self) -> str:
        """SHA-256 over type, shape and pixels."""
        about = f"{self.native.dtype.str} {self.native.shape}"
        return hashlib.sha256(about.encode() + np.ascontiguousarray(self.native).tobytes()).hexdigest()

    def parts(self, row: int) -> tuple[str, ...]:
        """Names of the regions of one image."""
        count = 0 if self.regions is None else int(self.regions[row].max()) + 1
        return tuple(f"region {number}" for number in range(count))

    def pack(self) -> tuple[dict[str, object], dict[str, NDArray[Any]]]:
        """Manifest part and arrays for a file."""
        arrays: dict[str, NDArray[Any]] = {"images": self.native}
        if self.regions is not None:
            arrays["regions"] = self.regions
        return {"kind": "images"}, arrays

    @classmethod
    def unpack(cls, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Images:
        """The inverse of :meth:`pack`."""
        return cls(arrays["images"], arrays.get("regions"))


def are_images(data: object) -> bool:
    """Whether this is an array of images, or a list of which the first is one: an array, or an image of Pillow's."""
    if isinstance(data, np.ndarray):
        return data.ndim in (3, 4)
    return isinstance(data, list | tuple) and len(data) > 0 and len(_shape(data[0])) in (2, 3)


def _stacked(images: Any, what: str) -> NDArray[Any]:
    if isinstance(images, np.ndarray):
        return images
    shapes = [_shape(image) for image in images]
    for row, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise InputError(
                f"{what}: image {row} has shape {shape} and image 0 {shapes[0]}; resize them to one size, or explain "
                f"them one by one."
            )
    return np.stack([np.asarray(image) for image in images])


def _shape(image: Any) -> tuple[int, ...]:
    """Of an array or an image of Pillow's; empty for anything else."""
    if isinstance(image, np.ndarray):
        return tuple(image.shape)
    interface: Mapping[str, Any] = getattr(image, "__array_interface__", {})
    return tuple(interface.get("shape", ()))
