"""Many dots at once, kept as pixels inside vector files."""

from __future__ import annotations

import numpy as np
from matplotlib.markers import MarkerStyle
from numpy.typing import NDArray

from pellucid.core.rng import generator
from pellucid.plots.canvas import Canvas

__all__ = ["dot_size", "draw_dots"]

Floats = NDArray[np.float64]
_MANY = 5_000


def dot_size(rows: int) -> float:
    """Diameter in points that suits a number of dots."""
    return float(np.clip(9.5 - 1.7 * np.log10(max(rows, 1)), 2.6, 6.0))


def draw_dots(canvas: Canvas, x: Floats, y: Floats, colours: Floats, hollow: NDArray[np.bool_], *, size: float) -> None:
    """Full dots first, in a shuffled but fixed order, so that no kind hides another; then the hollow ones.

    Parameters
    ----------
    x, y : (n,) places in the units of the axes.
    colours : (n, 4) red, green, blue and opacity.
    hollow : (n,) drawn as rings.
    size : diameter in points.
    """
    order = generator(0, "plots", "dots").permutation(np.flatnonzero(~hollow))
    ax = canvas.ax
    # ten sides look round at the size of many dots, and draw in half the time of curves
    shape = MarkerStyle("o" if len(x) < _MANY else (10, 0))
    full = ax.scatter(
        x[order], y[order], s=size**2, c=colours[order], marker=shape, linewidths=0, rasterized=True, zorder=2
    )
    # dots lie within the axes: the layout need not measure each
    full.set_in_layout(False)
    if hollow.any():
        ax.scatter(
            x[hollow],
            y[hollow],
            s=(0.85 * size) ** 2,
            facecolors="none",
            edgecolors=canvas.palette.neutral,
            linewidths=0.8,
            rasterized=True,
            zorder=2.1,
        )
