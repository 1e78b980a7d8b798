"""Regions that follow an image's edges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import MissingExtraError, ParameterError
from pellucid.core.params import Constraint, Fraction, Whole, check_settings
from pellucid.maskers.regions import Regions

__all__ = ["Superpixels"]

#: range of CIELAB's lightness; SLIC rescales channels that it cannot turn into CIELAB to a range of one
LIGHTNESS = 100


class Superpixels(Regions):
    """Every superpixel of an image is a player.

    Superpixels are found by SLIC: k-means of pixels by colour and place, with
    ``d² = d_colour² + (compactness · d_place / S)²`` and S the distance of neighbouring centres. Colours are compared
    in CIELAB where there are three channels, other channels on its scale of lightness, from 0 to 100 over what the
    image has. An image of one colour has no edges to follow and is cut into a grid.

    Parameters
    ----------
    segments : about how many.
    absent : what stands in absent pixels' place: ``"mean"``, the image's mean colour; ``"region mean"``, each
        superpixel's own, which leaves one of a single colour as it is; ``"blur"``, the image under a Gaussian of a
        tenth of its shorter side; a number; a colour, one number for each channel; or an image of the same shape.
    compactness : how much place counts beside colour; squarer superpixels where larger.
    segment : a function of yours from an image to the number of each pixel's region, (height, width), in place of SLIC;
        it needs no scikit-image.

    Raises
    ------
    ParameterError : a setting outside what it may be.
    MissingExtraError : when images are read, and scikit-image is not installed.

    Source
    ------
    Achanta, Shaji, Smith, Lucchi, Fua & Süsstrunk (2012), "SLIC superpixels compared to state-of-the-art superpixel
    methods", IEEE TPAMI 34, 2274–2282; Ribeiro, Singh & Guestrin (2016), "Why should I trust you?", KDD, section 3.1:
    superpixels as an image's interpretable representation.
    """

    constraints: ClassVar[Mapping[str, Constraint]] = {"segments": Whole(1), "compactness": Fraction()}

    def __init__(
        self,
        segments: int = 60,
        absent: Any = "mean",
        *,
        compactness: float = 10.0,
        segment: Callable[[NDArray[Any]], Any] | None = None,
    ) -> None:
        check_settings("Superpixels", self.constraints, {"segments": segments, "compactness": compactness})
        if segment is not None and not callable(segment):
            raise ParameterError(
                f"Superpixels: segment must be a function from an image to the region of each pixel, got {segment!r}."
            )
        super().__init__(absent)
        self.segments = segments
        self.compactness = compactness
        self.segment = segment

    def regions(self, image: NDArray[Any]) -> NDArray[Any]:
        """SLIC's labels, or those of ``segment``, which is given a copy."""
        if self.segment is not None:
            return np.asarray(self.segment(image.copy()))
        pixels = image.astype(np.float64).reshape(*image.shape[:2], -1)
        labels = _slic()(
            pixels,
            n_segments=self.segments,
            compactness=self.compactness if pixels.shape[2] == 3 else self.compactness / LIGHTNESS,
            channel_axis=-1,
            start_label=0,
        )
        return np.asarray(labels)

    def words(self) -> str:
        if self.segment is not None:
            return f"regions by {getattr(self.segment, '__name__', type(self.segment).__name__)}"
        return f"about {self.segments} superpixels (SLIC, compactness {self.compactness:g})"


def _slic() -> Callable[..., Any]:
    try:
        from skimage.segmentation import slic
    except ImportError as error:
        raise MissingExtraError(
            'Superpixels needs scikit-image: pip install "pellucid[image]", or use Patches, or pass segment= a '
            "function of yours."
        ) from error
    return slic  # type: ignore[no-any-return]
