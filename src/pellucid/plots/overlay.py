"""One picture in grey, coloured by values, with the borders of its regions."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from numpy.typing import NDArray

from pellucid.plots.style import Palette

__all__ = ["Place", "borders_of", "colours", "draw_borders", "draw_picture", "grey"]

Floats = NDArray[np.float64]
#: left, top, width and height in the units of the axes, y downwards
Place = tuple[float, float, float, float]

#: how much of the picture the strongest colour hides, and how far the picture's own ends are from the background's
_STRONG, _PALE = 0.9, 0.45
#: weights of red, green and blue in what the eye sees as bright (ITU-R BT.709)
_BRIGHT = (0.2126, 0.7152, 0.0722)


def grey(pixels: NDArray[Any]) -> Floats:
    """(height, width) brightness from 0 to 1 over what the image has; of other than 3 or 4 channels, their mean."""
    image = pixels.astype(np.float64)
    if image.ndim == 3:
        image = image[..., :3] @ np.array(_BRIGHT) if image.shape[2] in (3, 4) else image.mean(axis=2)
    low, high = float(image.min()), float(image.max())
    return np.asarray((image - low) / (high - low) if high > low else np.full(image.shape, 0.5))


def colours(shares: Floats, palette: Palette) -> Floats:
    """(height, width, 4) the colour of each share from −1 to 1, the less transparent the further from 0."""
    shares = np.clip(shares, -1, 1)
    sides = np.array([to_rgb(palette.negative), to_rgb(palette.positive)])
    return np.dstack([sides[(shares > 0).astype(np.intp)], _STRONG * np.abs(shares)])


def draw_picture(ax: Axes, place: Place, tones: Floats, shares: Floats, palette: Palette) -> None:
    """The picture, and the colours on it; bright stays bright on light and on dark paper."""
    left, top, wide, high = place
    extent = (left, left + wide, top + high, top)
    dark = sum(to_rgb(palette.background)) < sum(to_rgb(palette.ink))
    ends = (palette.background, palette.ink) if dark else (palette.ink, palette.background)
    ramp = LinearSegmentedColormap.from_list("pellucid_picture", ends)
    paled = (1 - _PALE) * tones + (0 if dark else _PALE)
    ax.imshow(paled, cmap=ramp, vmin=0, vmax=1, extent=extent, interpolation="nearest", rasterized=True)
    ax.imshow(colours(shares, palette), extent=extent, interpolation="nearest", rasterized=True)


def borders_of(regions: NDArray[np.int32]) -> Floats:
    """(lines, 2, 2) ends (x, y) of the straight lines between pixels of different regions."""
    across = _runs((regions[:, 1:] != regions[:, :-1]).T)
    along = _runs(regions[1:] != regions[:-1])
    upright = [[(line + 1, start), (line + 1, end)] for line, start, end in across]
    level = [[(start, line + 1), (end, line + 1)] for line, start, end in along]
    return np.array(upright + level, dtype=np.float64).reshape(-1, 2, 2)


def draw_borders(ax: Axes, place: Place, regions: NDArray[np.int32], palette: Palette) -> None:
    """Thin lines between regions."""
    left, top, wide, high = place
    height, width = regions.shape
    lines = borders_of(regions) * [wide / width, high / height] + [left, top]
    ax.add_collection(LineCollection(list(lines), colors=palette.background, linewidths=0.7, alpha=0.85))


def _runs(edges: NDArray[np.bool_]) -> NDArray[np.intp]:
    """(runs, 3) line, start and end of each run of True."""
    steps = np.diff(np.pad(edges.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    return np.column_stack([np.argwhere(steps == 1), np.argwhere(steps == -1)[:, 1]])
