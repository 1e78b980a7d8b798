"""Numbers written beside marks, and their standard errors."""

from __future__ import annotations

import numpy as np
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from pellucid.plots.canvas import SMALL, Canvas

__all__ = ["draw_errors", "write_beside"]

Floats = NDArray[np.float64]


def write_beside(
    canvas: Canvas, x: float, y: float, text: str, *, row: float, left: bool = False, gap: float = 4.0
) -> None:
    """Write a number to the right or left of a point, over whatever thin lines pass there.

    Parameters
    ----------
    row : height in points that there is for it.
    gap : points between the two.
    """
    palette = canvas.palette
    canvas.ax.annotate(
        text,
        (x, y),
        (-gap if left else gap, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center_baseline",
        size=min(SMALL, 0.9 * row),
        color=palette.ink,
        bbox={"facecolor": palette.background, "linewidth": 0, "pad": 0.5},
    )


def draw_errors(canvas: Canvas, x: Floats, y: Floats, errors: Floats) -> None:
    """Whiskers of one standard error either side, where it is known; outlined, to be seen on a bar as well."""
    known = np.isfinite(errors) & (errors > 0)
    if not known.any():
        return
    palette = canvas.palette
    drawn = canvas.ax.errorbar(
        x[known], y[known], xerr=errors[known], fmt="none", ecolor=palette.ink, elinewidth=0.9, zorder=2.5
    )
    for lines in drawn[2]:
        lines.set_path_effects([withStroke(linewidth=2.4, foreground=palette.background)])
