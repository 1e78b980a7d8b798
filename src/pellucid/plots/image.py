"""Image: the picture in grey under the colour of what each region or pixel contributes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.core.errors import ParameterError
from pellucid.core.images import Images
from pellucid.core.params import Either, Flag, Nothing, OneOf, check_settings
from pellucid.core.tensors import Tensors
from pellucid.core.texts import Texts
from pellucid.plots.canvas import SMALL, Canvas, check_plot, finish, open_canvas
from pellucid.plots.key import Strip, Title, add_key
from pellucid.plots.labels import formatter
from pellucid.plots.overlay import Place, draw_borders, draw_picture, grey
from pellucid.plots.style import diverging
from pellucid.plots.subject import check_result, choose_target, quantity

__all__ = ["image"]

Floats = NDArray[np.float64]

#: most images, most in a line, and points of the longer side of one alone and of one among others
_MOST, _ACROSS, _ALONE, _BESIDE = 24, 6, 300.0, 140.0
#: points between images, and under each for its name
_GAP, _NAME = 10.0, 16.0
#: what else an attribution may be of
_TOLD = {Texts: "texts", Tensors: "tensors that are no images"}
#: regions of fewer pixels than this are drawn without borders, which would hide them
_LEAST = 6


def image(
    explanation: Attribution,
    *,
    row: int | None = None,
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    centre: str | None = None,
    borders: bool | None = None,
    theme: str | None = None,
) -> Axes:
    """Draw each image in grey, and on it the value of every region or pixel: orange above, blue below the centre.

    The further a value is from the centre, the more of the picture its colour hides. All images share one scale; it
    ends at the largest distance of a region, and at the 99.5th percentile of those of pixels. Where each channel of a
    pixel has a value, as for a network's gradients, their sum is drawn.

    Parameters
    ----------
    explanation : of images, at most 24; or of tensors (rows, channels, height, width) or (rows, height, width).
    row : the number of a single one to draw; None draws all.
    ax : axes to draw on; or an empty figure, which is sized to fit; or None for a new one.
    target : name or number; None takes the only one, the second of two classes, or the predicted class of one image.
    centre : the value without colour: ``"zero"``, or the ``"median"`` of each image; None is zero where values touch it
        or lie on both sides, otherwise the median, as for RISE, whose values are levels.
    borders : whether to draw the borders of regions; None draws them where regions are large enough.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes without scales, with two images for each one explained: the picture, and its colours.

    Raises
    ------
    ParameterError : not images, more than 24, several targets and no choice, or values that are not finite.
    """
    check_result("image", explanation, Attribution)
    check_plot("image", theme)
    choices = {"centre": Either(Nothing(), OneOf(("zero", "median"))), "borders": Either(Nothing(), Flag())}
    check_settings("image", choices, {"centre": centre, "borders": borders})
    chosen = _by_pixel(explanation if row is None else explanation[row])
    images = _images_of(chosen)
    chosen = chosen.target(choose_target("image", chosen, target))
    scale = _Scale.of(_each(chosen, images), centre, by_pixel=chosen.values.ndim == 4)
    canvas, places = _open(ax, theme, images)
    for number, place in enumerate(places):
        shares = _spread(scale.shares(number), images, number)
        draw_picture(canvas.ax, place, grey(images.native[number]), shares, canvas.palette)
        if images.regions is not None and _bordered(borders, images.regions[number]):
            draw_borders(canvas.ax, place, images.regions[number], canvas.palette)
    _name(canvas, places)
    _add_key(canvas, scale, quantity(chosen.unit, chosen.target_names[0]))
    return finish(canvas)


@dataclass(frozen=True, eq=False)
class _Scale:
    """Values of each image, the one without colour, and how far from it the strongest colour is.

    ``level`` says that the centre is the median and not zero.
    """

    values: list[Floats]
    centres: Floats
    top: float
    level: bool

    @classmethod
    def of(cls, values: list[Floats], centre: str | None, *, by_pixel: bool) -> _Scale:
        low, high = min(float(one.min()) for one in values), max(float(one.max()) for one in values)
        level = centre == "median" or (centre is None and not low <= 0 <= high)
        centres = np.array([np.median(one) if level else 0.0 for one in values])
        sizes = np.abs(np.concatenate([(one - at).ravel() for one, at in zip(values, centres, strict=True)]))
        top = float(np.percentile(sizes, 99.5)) if by_pixel else 0.0
        return cls(values, centres, top or float(sizes.max()) or 1.0, level)

    def shares(self, number: int) -> Floats:
        return np.asarray((self.values[number] - self.centres[number]) / self.top)


def _by_pixel(explanation: Attribution) -> Attribution:
    """Values of tensors that are images, a number a pixel; anything else as it is."""
    tensors, values = explanation.parted, explanation.values
    images = tensors.as_images() if isinstance(tensors, Tensors) and values.ndim in (4, 5) else None
    if images is None:
        return explanation
    return replace(explanation, values=values.sum(axis=1) if values.ndim == 5 else values, stderr=None, parted=images)


def _images_of(explanation: Attribution) -> Images:
    images = explanation.parted
    if not isinstance(images, Images):
        raise ParameterError(
            f"image draws images, and this explains {_TOLD.get(type(images), 'rows of a table')}; "
            f'use plot("{explanation.default_plot()}").'
        )
    if len(images) > _MOST:
        raise ParameterError(f"image draws at most {_MOST} images, got {len(images):,}; choose some, as in ex[:6].")
    return images


def _each(explanation: Attribution, images: Images) -> list[Floats]:
    """Values of the regions of each image, or (height, width) of its pixels, without those beyond its last region."""
    values = explanation.values[..., 0]
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        raise ParameterError(
            f"image: {len(bad):,} of {values.size:,} values are not finite, the first in row {bad[0][0]}; leave those "
            f"rows out."
        )
    return [one if values.ndim == 3 else one[: len(images.parts(row))] for row, one in enumerate(values)]


def _spread(shares: Floats, images: Images, row: int) -> Floats:
    """(height, width) of regions' or pixels' shares."""
    return shares if images.regions is None or shares.ndim == 2 else np.asarray(shares[images.regions[row]])


def _open(ax: Axes | Figure | None, theme: str | None, images: Images) -> tuple[Canvas, list[Place]]:
    """Axes that count points from the upper left, and where each image goes."""
    count, (height, width) = len(images), images.native.shape[1:3]
    across = min(count, _ACROSS)
    longer = _ALONE if count == 1 else _BESIDE
    high, wide = (side * longer / max(height, width) for side in (height, width))
    down = high + (_NAME if count > 1 else 0.0) + _GAP
    places = [(n % across * (wide + _GAP), n // across * down, wide, high) for n in range(count)]
    size = (across * (wide + _GAP) - _GAP, -(-count // across) * down - _GAP)
    inches = (max(size[0] + 24, 240.0) / 72, (size[1] + 44) / 72)
    canvas = open_canvas("image", ax, theme, inches=inches, around=(24, 44))
    canvas.ax.set(xlim=(0, size[0]), ylim=(size[1], 0), aspect="equal", anchor="N")
    canvas.ax.set_axis_off()
    return canvas, places


def _bordered(borders: bool | None, regions: NDArray[np.int32]) -> bool:
    large = regions.size / (int(regions.max()) + 1) >= _LEAST
    return large if borders is None else borders


def _name(canvas: Canvas, places: list[Place]) -> None:
    """Say which image is which, where there are several."""
    for number, (left, top, _, high) in enumerate(places if len(places) > 1 else []):
        canvas.ax.text(left, top + high + 3, f"image {number}", size=SMALL, color=canvas.palette.muted, va="top")


def _add_key(canvas: Canvas, scale: _Scale, unit: str) -> None:
    ramp = diverging(canvas.palette)
    alone = scale.level and len(scale.centres) == 1
    ends = [scale.centres[0] - scale.top, scale.centres[0] + scale.top] if alone else [-scale.top, scale.top]
    write = formatter(ends, signed=not alone)
    about = "from the median" if scale.level and not alone else ""
    strip = Strip([ramp(t) for t in np.linspace(0, 1, 25)], write(ends[0]), write(ends[1]), about)
    add_key(canvas, [Title(unit), strip])
