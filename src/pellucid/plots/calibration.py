"""Calibration: how often a class occurs over the probability that the model gives it, against the diagonal."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.core.effect import Curve, Effect
from pellucid.plots.canvas import Canvas, check_plot, finish, open_canvas
from pellucid.plots.curves import numbers
from pellucid.plots.key import Mark, add_key
from pellucid.plots.labels import shorten, tidy
from pellucid.plots.lines import asked_of, check_drawn, colours_of, draw_baseline, draw_line, dress, left_out

__all__ = ["calibration"]

#: area of a dot that stands for all rows, and of the smallest, in square points
_ALL, _LEAST = 260.0, 8.0


def calibration(
    explanation: Effect,
    *,
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    max_display: int = 7,
    theme: str | None = None,
) -> Axes:
    """Draw the observed frequency in each bin over the mean probability there.

    Parameters
    ----------
    explanation : what Calibration explains.
    ax : axes to draw on; or an empty figure, which is sized to fit; or None for a new one.
    target : None, or the only one.
    max_display : most classes drawn; the first ones, the rest are counted in the title.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes. A dot's area is the bin's share of the rows, the shade its confidence band; on the diagonal the model is as
    sure as it should be, above it too modest, below it too sure.

    Raises
    ------
    ParameterError : no such target, or an effect of another kind.
    ArgumentTypeError : something else than an effect.
    """
    chosen = asked_of(check_drawn("calibration", explanation, "Calibration"), target)
    check_plot("calibration", theme, max_display=max_display)
    curves = chosen.curves[:max_display]
    canvas = open_canvas("calibration", ax, theme, inches=(4.9, 4.7), around=(30, 60))
    colours = colours_of(canvas, len(curves))
    draw_baseline(canvas, (0, 1))
    for curve, colour in zip(curves, colours, strict=True):
        draw_line(canvas, curve, 0, colour)
        _dots(canvas, curve, colour)
    names = [shorten(tidy(curve.names[0].removeprefix("probability of ")), 24) for curve in curves]
    one = len(names) == 1
    label = f"predicted probability of {names[0]}" if one else "predicted probability of the class"
    what = f"frequency of “{names[0]}”" if one else "frequency of the class"
    confidence = chosen.receipt.settings["confidence"]
    more = left_out(len(chosen) - len(curves))
    title = f"{what}, {confidence:.0%} band; dashed: as predicted{more}"
    dress(canvas, (-0.03, 1.03), (-0.03, 1.03), xlabel=label, title=title)
    if not one:
        add_key(canvas, [Mark(colour, name) for name, colour in zip(names, colours, strict=True)])
    return finish(canvas)


def _dots(canvas: Canvas, curve: Curve, colour: str) -> None:
    sizes = np.maximum(_ALL * curve.share, _LEAST)
    edge = canvas.palette.background
    canvas.ax.scatter(numbers(curve.axes[0]), curve.values[:, 0], sizes, color=colour, ec=edge, lw=0.6, zorder=4)
