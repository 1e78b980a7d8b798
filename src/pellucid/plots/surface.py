"""The surface of two features as colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect import Curve
from pellucid.core.effect_axis import Axis
from pellucid.plots.canvas import SMALL, Canvas
from pellucid.plots.curves import Span, numbers, span_of
from pellucid.plots.key import Strip, add_key
from pellucid.plots.labels import formatter, shorten, tidy
from pellucid.plots.levels import LETTERS, has_missing, label_levels, level_names
from pellucid.plots.scale import plain_ticks
from pellucid.plots.style import sequential

__all__ = ["cells_of", "draw_surface", "label_axis", "surface_inches"]

Floats = NDArray[np.float64]

#: cells of the picture along a scale of numbers
_CELLS = 160


def draw_surface(canvas: Canvas, surface: Curve, what: str) -> None:
    """Colours from the lowest to the highest mean; missing values in a line and column of their own.

    Parameters
    ----------
    surface : of one target.
    what : what the colours are.
    """
    ax, ramp = canvas.ax, sequential(canvas.palette)
    (x, across), (y, up) = (cells_of(axis) for axis in surface.axes)
    picture = surface.values[..., 0][np.ix_(across, up)].T
    low, high = float(picture.min()), float(picture.max())
    picture = np.where((up < 0)[:, np.newaxis] | (across < 0), np.nan, picture)
    ax.pcolormesh(x, y, picture, cmap=ramp, vmin=low, vmax=high if high > low else low + 1.0, rasterized=True)
    for axis, side in zip(surface.axes, ("x", "y"), strict=True):
        label_axis(canvas, axis, span_of(axis), side)
    write = formatter([low, high])
    strip = Strip([ramp(t) for t in np.linspace(0, 1, 25)], write(low), write(high), what)
    add_key(canvas, [strip])


def cells_of(axis: Axis) -> tuple[Floats, NDArray[np.intp]]:
    """Ends of the picture's cells, and the place of the axis that each shows, −1 for none."""
    span = span_of(axis)
    if axis.kind == "levels":
        places = np.arange(axis.present + has_missing(axis))
        return np.arange(len(places) + 1, dtype=np.float64) - 0.5, places
    if axis.kind == "steps":
        ends = np.linspace(span.low, span.high, _CELLS + 1)
        places = np.searchsorted(axis.at, (ends[:-1] + ends[1:]) / 2, side="left")
    else:
        at = numbers(axis)
        middle = (at[:-1] + at[1:]) / 2
        ends = np.concatenate([[span.low], middle, [span.high]])
        places = np.arange(len(at)) if len(at) else np.array([-1])
    if not has_missing(axis):
        return np.asarray(ends, dtype=np.float64), places
    half = 0.06 * (span.high - span.low)
    lane = [span.missing - half, span.missing + half]
    return np.concatenate([ends, lane]), np.concatenate([places, [-1, axis.places - 1]])


def surface_inches(surface: Curve) -> tuple[float, float]:
    """Width and height of a figure in which the names of many categories can be read."""
    across, up = (len(level_names(axis)) if axis.kind == "levels" else 0 for axis in surface.axes)
    return max(5.4, 1.6 + 0.14 * across), max(4.2, 1.9 + 0.14 * up)


def _label_levels(canvas: Canvas, names: Sequence[str], side: str) -> None:
    if side == "x":
        label_levels(canvas, names)
        return
    step = canvas.height / max(len(names), 1)
    canvas.ax.set_yticks(range(len(names)), [shorten(name, LETTERS) for name in names], size=min(SMALL, max(4.5, step)))


def label_axis(canvas: Canvas, axis: Axis, span: Span, side: str) -> None:
    """Ticks and name of one axis, ``side`` being ``"x"`` or ``"y"``."""
    ax = canvas.ax
    along = ax.xaxis if side == "x" else ax.yaxis
    if axis.kind == "levels":
        _label_levels(canvas, level_names(axis), side)
    else:
        plain_ticks(canvas, side)
        if has_missing(axis):
            ticks = [tick for tick in along.get_majorticklocs() if span.low <= tick <= span.high]
            along.set_ticks([*ticks, span.missing], [*along.get_major_formatter().format_ticks(ticks), "missing"])
    along.set_tick_params(length=0)
    name = shorten(tidy(axis.name), 40)
    label = ax.set_xlabel if side == "x" else ax.set_ylabel
    label(name, size=SMALL + 0.5, color=canvas.palette.ink)
    ax.spines["bottom"].set_visible(False)
