"""One image, asked about with some of its pixels shown and the others painted over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError
from pellucid.core.images import Images
from pellucid.core.masker import Masker
from pellucid.core.model import Model
from pellucid.core.target import Target
from pellucid.maskers.regions import BATCH_BYTES, Regions

__all__ = ["Picture", "needs_regions"]


class Picture:
    """``f(m ⊙ x + (1 − m) ⊙ x₀)`` for masks m of the pixels, x₀ what the masker puts in an absent pixel's place.

    Parameters
    ----------
    model, masker : what is explained, and what absence means.
    image : one image as the masker read it.
    target : of that image.
    batch_size : the most images the model is asked about at once.
    """

    def __init__(self, model: Model, masker: Regions, image: Images, target: Target, *, batch_size: int) -> None:
        self.model = model
        self.target = target
        self.batch_size = batch_size
        self.shown = image.native[0]
        self.hidden = masker.absent_images(image)[0]
        self.evaluations = 0

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width)."""
        height, width = self.shown.shape[:2]
        return height, width

    def blocks(self, masks: int) -> Iterator[NDArray[np.intp]]:
        """Numbers of masks in blocks of bounded memory, whatever the batch size, so that sums have the same bits."""
        size = max(1, BATCH_BYTES // (8 * self.shown.size))
        return (np.arange(start, min(start + size, masks)) for start in range(0, masks, size))

    def answers(self, masks: NDArray[Any]) -> NDArray[np.float64]:
        """(masks, targets) for masks (masks, height, width): truth values, or shares of each pixel from 0 to 1."""
        found = [self._ask(masks[start : start + self.batch_size]) for start in range(0, len(masks), self.batch_size)]
        return np.concatenate(found)

    def _ask(self, masks: NDArray[Any]) -> NDArray[np.float64]:
        outputs = self.model.predict(Images(self._mixed(masks), fresh=True))
        self.evaluations += len(outputs)
        return self.target.select(outputs, np.zeros(len(outputs), dtype=np.intp))

    def _mixed(self, masks: NDArray[Any]) -> NDArray[Any]:
        # one long line of numbers each: channels of three make numpy's innermost loops three long
        shown, hidden = self.shown.ravel(), self.hidden.ravel()
        kind = np.dtype(np.bool_) if masks.dtype == np.bool_ else np.promote_types(shown.dtype, np.float32)
        shares = np.repeat(masks.reshape(len(masks), -1).astype(kind), shown.size // masks[0].size, axis=1)
        mixed = np.where(shares, shown, hidden) if kind == np.bool_ else _between(shares, shown, hidden)
        return np.asarray(mixed.reshape(-1, *self.shown.shape))


def _between(shares: NDArray[Any], shown: NDArray[Any], hidden: NDArray[Any]) -> NDArray[Any]:
    """``hidden + shares · (shown − hidden)`` in the images' own type; the shares are written over."""
    far = hidden.astype(shares.dtype)
    shares *= shown.astype(shares.dtype) - far
    shares += far
    return shares.astype(shown.dtype, copy=False) if shown.dtype.kind == "f" else np.rint(shares).astype(shown.dtype)


def needs_regions(method: str, masker: Masker) -> Regions:
    """The masker, if it knows what an absent pixel looks like.

    Raises
    ------
    ParameterError : it does not.
    """
    if not isinstance(masker, Regions):
        raise ParameterError(
            f"{method}: pixels can be covered with a masker of images, got {type(masker).__name__}; pass "
            f"Patches(absent=...) or Superpixels(absent=...) of pellucid.maskers."
        )
    return masker
