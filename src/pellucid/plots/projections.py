"""Projections: what turns each unit on most, beside the piece of the image it comes from."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError
from pellucid.core.projections import Projections
from pellucid.plots.canvas import SMALL, check_plot, finish, open_canvas
from pellucid.plots.overlay import grey
from pellucid.plots.subject import check_result

__all__ = ["projections"]

#: points of one piece's side, between the two of a hit, between hits, and for a unit's name
_SIDE, _PAIR, _GAP, _NAME = 44.0, 2.0, 10.0, 44.0


def projections(
    explanation: Projections,
    *,
    ax: Axes | Figure | None = None,
    max_display: int = 8,
    max_hits: int = 4,
    theme: str | None = None,
) -> Axes:
    """Draw each unit's strongest hits in a line: the projection, and beside it what the place saw of the image.

    Parameters
    ----------
    explanation : what UnitProjections explains.
    ax : axes to draw on; or an empty figure, which is sized to fit; or None for a new one.
    max_display : most units drawn; the first ones.
    max_hits : most hits of each; the strongest ones.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes. Each picture goes from its own least to its own largest number.

    Raises
    ------
    ParameterError : a number that is not finite, or a theme that does not exist.
    ArgumentTypeError : something else than projections.
    """
    check_result("projections", explanation, Projections)
    check_plot("projections", theme, max_display=max_display, max_hits=max_hits)
    if not np.isfinite(explanation.values).all():
        raise ParameterError("projections: a value is not finite; project onto images that the network reads.")
    units, hits = min(len(explanation), max_display), min(explanation.strengths.shape[1], max_hits)
    wide, high = _NAME + hits * (2 * _SIDE + _PAIR + _GAP), units * (_SIDE + _GAP)
    canvas = open_canvas("projections", ax, theme, inches=((wide + 24) / 72, (high + 24) / 72), around=(24, 24))
    canvas.ax.set_axis_off()
    for line, hit in np.ndindex(units, hits):
        left, top = _NAME + hit * (2 * _SIDE + _PAIR + _GAP), line * (_SIDE + _GAP)
        for k, piece in enumerate(explanation.patch(line, hit)):
            _draw(canvas.ax, piece, left + k * (_SIDE + _PAIR), top)
    for line, unit in enumerate(explanation.units[:units].tolist()):
        middle = line * (_SIDE + _GAP) + _SIDE / 2
        canvas.ax.text(0, middle, f"unit {unit}", size=SMALL, color=canvas.palette.muted, va="center")
    canvas.ax.set(xlim=(0, wide), ylim=(high, 0), aspect="equal", anchor="N")
    return finish(canvas)


def _draw(ax: Axes, piece: NDArray[np.float64], left: float, top: float) -> None:
    """One piece in a square, its longer side as long as that."""
    pixels = np.moveaxis(piece, 0, -1)
    scale = _SIDE / max(pixels.shape[:2])
    high, wide = pixels.shape[0] * scale, pixels.shape[1] * scale
    extent = (left, left + wide, top + high, top)
    shown = _stretched(pixels) if pixels.shape[2] == 3 else grey(pixels)
    ax.imshow(shown, cmap="gray", vmin=0, vmax=1, extent=extent, interpolation="nearest")


def _stretched(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = float(pixels.min()), float(pixels.max())
    return np.asarray((pixels - low) / (high - low) if high > low else np.full(pixels.shape, 0.5))
