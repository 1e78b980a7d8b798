"""Curves over the share of rows asked, one a class, beside what a random order would give."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.core.effect import Effect
from pellucid.plots.canvas import finish, open_canvas
from pellucid.plots.key import Mark, add_key
from pellucid.plots.labels import shorten, tidy
from pellucid.plots.lines import colours_of, draw_baseline, draw_line, dress, left_out

__all__ = ["draw_ranked"]


def draw_ranked(
    plot: str,
    explanation: Effect,
    ax: Axes | Figure | None,
    theme: str | None,
    *,
    most: int,
    what: str,
    random: tuple[float, float],
) -> Axes:
    """Draw one curve with its classes.

    Parameters
    ----------
    plot : for errors.
    most : classes that are drawn.
    what : what is drawn, with a place for the class.
    random : height of the random order at no rows and at all rows.
    """
    canvas = open_canvas(plot, ax, theme, inches=(5.4, 4.0), around=(30, 60))
    curve, names = explanation.curves[0], [shorten(tidy(name), 24) for name in explanation.target_names[:most]]
    colours = colours_of(canvas, len(names))
    draw_baseline(canvas, random, "random order")
    for k, colour in enumerate(colours):
        draw_line(canvas, curve, k, colour)
    shown = [part[:, : len(names)] for part in (curve.values, curve.high) if part is not None]
    top = max(float(np.max(part)) for part in shown)
    said = what.format(f"“{names[0]}”" if len(names) == 1 else "each class")
    settings = explanation.receipt.settings
    band = f", with a {settings['confidence']:.0%} band" if curve.high is not None else ""
    label = "share of rows asked, those with the highest scores first"
    dress(
        canvas,
        (0, 1),
        (0, 1.04 * top),
        xlabel=label,
        title=said + band + left_out(len(explanation.target_names) - len(names)),
    )
    if len(names) > 1:
        add_key(canvas, [Mark(colour, name) for name, colour in zip(names, colours, strict=True)])
    return finish(canvas)
