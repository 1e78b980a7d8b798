"""Scatter: how a feature's contribution depends on its value, and on which other feature besides."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.core.errors import ParameterError
from pellucid.plots.canvas import SMALL, Canvas, check_plot, finish, open_canvas
from pellucid.plots.dots import dot_size, draw_dots
from pellucid.plots.hues import Hues, find_hues
from pellucid.plots.jitter import spread
from pellucid.plots.key import add_key
from pellucid.plots.labels import shorten, text_width
from pellucid.plots.partner import interaction_strengths
from pellucid.plots.places import Places, find_places
from pellucid.plots.scale import plain_ticks
from pellucid.plots.subject import Subject, find_feature, read_subject

__all__ = ["scatter"]

Floats = NDArray[np.float64]

#: share of the remaining variance below which no feature is worth a colour
_WORTH = 0.02


def scatter(
    explanation: Attribution,
    feature: str | int | None = None,
    *,
    color_by: str | int | None = "auto",
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    theme: str | None = None,
) -> Axes:
    """Draw φ_ij over x_ij for one feature j, each row i a dot, coloured by another feature.

    With ``color_by="auto"`` the colour is the feature that explains the largest share of the spread of φ_j among rows
    of nearly equal x_j, by :func:`pellucid.plots.partner.interaction_strengths`; below 2 % there is none.

    Parameters
    ----------
    explanation : of two rows at least, with its data.
    feature : name or number; None takes the one with the largest mean |φ|.
    color_by : name or number of another feature, ``"auto"``, or None for one colour.
    ax : axes to draw on; or an empty figure, which is sized to fit; or None for a new one.
    target : name or number; None takes the only one, of two mirrored probabilities the second.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes, x in the feature's own unit, y in the explanation's. Categories are ordered by their mean contribution;
    missing values stand in a lane beside the scale.

    Raises
    ------
    ParameterError : no such feature, a single row, no data kept, or several targets and no choice.
    """
    check_plot("scatter", theme)
    subject = read_subject("scatter", explanation, target, rows=(2, np.iinfo(np.int64).max))
    if subject.data is None:
        raise ParameterError(
            'scatter needs the rows that were explained, and this explanation has none; use plot("beeswarm").'
        )
    chosen = int(np.argmax(np.abs(subject.values).mean(axis=0))) if feature is None else find_feature(subject, feature)
    values = subject.values[:, chosen]
    places = find_places(subject.data, chosen, values)
    canvas = open_canvas("scatter", ax, theme, inches=(6.0, 4.0), around=(70, 80))
    _set_limits(canvas, places, values)
    hues = find_hues(canvas.palette, subject, _partner(subject, chosen, color_by))
    _draw(canvas, places, values, hues)
    _label(canvas, subject, chosen, places)
    add_key(canvas, hues.key)
    return finish(canvas)


def _partner(subject: Subject, feature: int, color_by: str | int | None) -> int | None:
    if color_by is None or subject.data is None:
        return None
    if color_by != "auto" or "auto" in subject.names:
        return find_feature(subject, color_by)
    strengths = interaction_strengths(subject.values[:, feature], subject.data, feature)
    best = int(np.argmax(strengths))
    return best if strengths[best] >= _WORTH else None


def _set_limits(canvas: Canvas, places: Places, values: Floats) -> None:
    low, high = float(values.min()), float(values.max())
    margin = 0.06 * ((high - low) or 1.0)
    canvas.ax.set_ylim(min(low, 0) - margin, max(high, 0) + margin)
    half = places.width / 2 if places.lanes else 0.0
    left, right = float(places.at.min()) - half, float(places.at.max()) + half
    margin = 0.025 * ((right - left) or 1.0)
    canvas.ax.set_xlim(left - margin, right + margin)


def _draw(canvas: Canvas, places: Places, values: Floats, hues: Hues) -> None:
    ax = canvas.ax
    size = dot_size(len(values))
    low, high = ax.get_xlim()
    bottom, top = ax.get_ylim()
    points = canvas.width / (high - low)
    x = places.at.copy()
    for number in range(len(places.lanes)):
        rows = places.lane == number
        along = values[rows] * (canvas.height / (top - bottom))
        x[rows] += spread(along, dot=size, lane=places.width * points) / points
    ax.axhline(0, color=canvas.palette.faint, lw=0.8, zorder=0)
    draw_dots(canvas, x, values, hues.colours, hues.hollow, size=size)


def _label(canvas: Canvas, subject: Subject, feature: int, places: Places) -> None:
    ax, palette = canvas.ax, canvas.palette
    plain_ticks(canvas, "y")
    if places.scale is None:
        _label_categories(canvas, places)
    else:
        _label_scale(canvas, places)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(shorten(subject.names[feature], 60), size=SMALL + 0.5, color=palette.ink)
    ax.set_ylabel(f"contribution to\n{shorten(subject.quantity, 40)}", size=SMALL, color=palette.muted)


def _label_categories(canvas: Canvas, places: Places) -> None:
    """Names under the lanes, slanted where they would touch."""
    ax = canvas.ax
    low, high = ax.get_xlim()
    step = canvas.width / (high - low)
    names = [shorten(name, 18) for name, _ in places.lanes]
    slanted = max(text_width(name, SMALL) for name in names) + 6 > step
    ax.set_xticks([place for _, place in places.lanes], names, size=SMALL)
    ax.tick_params(axis="x", length=0, labelcolor=canvas.palette.ink)
    if slanted:
        for label in ax.get_xticklabels():
            label.set(rotation=35, ha="right", rotation_mode="anchor")


def _label_scale(canvas: Canvas, places: Places) -> None:
    """Ticks on the scale alone, and the lanes' names beside it."""
    ax = canvas.ax
    low, high = places.scale or ax.get_xlim()
    if places.dates:
        locator = AutoDateLocator()  # type: ignore[no-untyped-call]
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    else:
        plain_ticks(canvas, "x")
    if not places.lanes:
        return
    ticks = [tick for tick in ax.xaxis.get_majorticklocs() if low <= tick <= high]
    texts = ax.xaxis.get_major_formatter().format_ticks(ticks)
    lanes = [place for _, place in places.lanes]
    ax.set_xticks([*ticks, *lanes], [*texts, *(name for name, _ in places.lanes)])
