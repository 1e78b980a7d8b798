"""What maskers of images share: every region is a player, and an absent one is painted over."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import InputError
from pellucid.core.images import Images
from pellucid.core.masker import MaskedBatch, Masker
from pellucid.core.model import Model
from pellucid.core.painting import Painter
from pellucid.core.tensors import Tensors
from pellucid.maskers.absent_pixels import absent_pixels, check_absent, words_for

__all__ = ["BATCH_BYTES", "Regions"]

#: the most bytes of images in a batch, whatever ``batch_size`` is; larger ones leave the processor's cache
BATCH_BYTES = 16 * 2**20


class Regions(Masker):
    """Base of the maskers that cut an image into regions.

    A coalition's image is the original with the pixels of absent regions replaced by ``absent``. The full coalition is
    the image itself, bit for bit; the type of the pixels is kept. A batch holds at most 16 MB of images.

    Parameters
    ----------
    absent : what stands in absent pixels' place: ``"mean"``, the image's mean colour; ``"region mean"``, each
        region's own, which leaves a region of one colour as it is; ``"blur"``, the image under a Gaussian of a tenth
        of its shorter side; a number; a colour, one number for each channel; or an image of the same shape.

    Raises
    ------
    ParameterError : none of these.
    """

    one_base = False
    alike = False

    def __init__(self, absent: Any) -> None:
        check_absent(type(self).__name__, absent)
        self.absent = absent.copy() if isinstance(absent, np.ndarray) else absent

    def read(self, rows: Any, model: Model | None = None) -> Images:
        """The images with their regions, those that it has cut before as they are.

        A network's images have their channels first, (rows, channels, height, width), and are shown with channels last.

        Raises
        ------
        InputError : no images, or one that cannot be cut.
        ParameterError : ``absent`` does not fit the images.
        """
        if isinstance(rows, Images) and rows.cut_by is self:
            return rows
        images = rows if isinstance(rows, Images) else _images(rows, model)
        cut = np.stack([_numbered(self.regions(image), image, row) for row, image in enumerate(images.native)])
        images = Images(images.native, cut, cut_by=self)
        absent_pixels(images.native[0], cut[0], self.absent)
        own = isinstance(self.absent, str) and self.absent == "region mean"
        if own and any(len(images.parts(row)) == cut[0].size for row in range(len(images))):
            raise InputError(
                "absent='region mean' puts a region's mean colour in its place, so regions of one pixel would stay as "
                "they are; pass another absent, or make the regions larger."
            )
        return images

    @abstractmethod
    def regions(self, image: NDArray[Any]) -> NDArray[Any]:
        """(height, width) the region of each pixel, any whole numbers."""

    @abstractmethod
    def words(self) -> str:
        """What the regions are, for a receipt."""

    def players(self, row: Images) -> tuple[str, ...]:
        """The regions of the image."""
        return row.parts(0)

    def absent_images(self, rows: Images) -> NDArray[Any]:
        """The images with every region absent, in the images' own type."""
        if rows.regions is None:
            raise InputError("these images have not been cut into regions; pass what read() gave.")
        cut = zip(rows.native, rows.regions, strict=True)
        return np.stack([absent_pixels(image, labels, self.absent) for image, labels in cut])

    def inputs(self, rows: Images, coalitions: NDArray[np.bool_], *, batch_size: int) -> Iterator[MaskedBatch]:
        """Each image with every coalition."""
        replaced = self.absent_images(rows)
        size = max(1, min(batch_size, BATCH_BYTES // max(1, rows.native[0].nbytes)))
        for row, (image, other) in enumerate(zip(rows.native, replaced, strict=True)):
            painter = Painter(image, other, rows.regions[row])  # type: ignore[index]
            for start in range(0, len(coalitions), size):
                part = coalitions[start : start + size]
                entry = row * len(coalitions) + np.arange(start, start + len(part))
                yield MaskedBatch(Images(painter.paint(part), fresh=True), entry, np.ones(len(entry)))

    def describe(self) -> Mapping[str, object]:
        """What the regions are and what stands in an absent one's place."""
        return {"absent": f"{self.words()} replaced by {words_for(self.absent)}"}


def _images(rows: Any, model: Model | None) -> Images:
    """With channels last, whatever the model is given."""
    if model is None or model.reads is None:
        return Images.read(rows)
    inputs = model.reads(rows, "rows")
    if isinstance(inputs, Images):
        return inputs
    # of three axes nobody knows whether the network wants one more
    images = inputs.as_images() if isinstance(inputs, Tensors) else None
    if images is None or next(iter(inputs.arrays.values())).ndim != 4:  # type: ignore[union-attr]
        got = inputs.form if isinstance(inputs, Tensors) else type(inputs).__name__.lower()
        raise InputError(f"rows must be images (rows, channels, height, width) as the network takes them, got {got}.")
    return images


def _numbered(labels: Any, image: NDArray[Any], row: int) -> NDArray[np.int32]:
    """Regions numbered from 0 without gaps, in the order of the labels."""
    found = np.asarray(labels)
    if found.shape != image.shape[:2] or found.dtype.kind not in "biu":
        raise InputError(
            f"rows: image {row} was cut into an array of shape {found.shape} of {found.dtype}; a segmentation must "
            f"give a whole number for each of its {image.shape[0]} × {image.shape[1]} pixels."
        )
    return np.unique(found, return_inverse=True)[1].reshape(found.shape).astype(np.int32)
