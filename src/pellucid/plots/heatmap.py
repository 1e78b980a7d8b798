"""Heatmap: all contributions of many rows at once, under their predictions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.core.params import OneOf, check_settings
from pellucid.plots.canvas import BASE, SMALL, Canvas, add_above, check_plot, finish
from pellucid.plots.key import Strip, add_key
from pellucid.plots.labels import formatter, others
from pellucid.plots.ranking import rank
from pellucid.plots.rows import open_rows
from pellucid.plots.style import diverging
from pellucid.plots.subject import Subject, read_subject

__all__ = ["heatmap"]

Floats = NDArray[np.float64]

#: height in points of the curve of predictions, and most columns that can be told apart
_CURVE, _MOST = 40.0, 600


def heatmap(
    explanation: Attribution,
    *,
    order: str = "prediction",
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    max_display: int = 12,
    theme: str | None = None,
) -> Axes:
    """Draw φ_ij as the colour of column i and line j, with the predictions as a curve on top.

    Parameters
    ----------
    explanation : of two rows at least.
    order : of the columns: ``"prediction"``, from the lowest to the highest; ``"similarity"`` puts rows of like
        explanations side by side, by their place along the first principal component of the values drawn; ``"given"``.
    ax : axes to draw on; or an empty figure, which is sized to fit; or None for a new one.
    target : name or number; None takes the only one, of two mirrored probabilities the second.
    max_display : most lines, the others' included.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes, x the rows, y the features; the image is kept as pixels inside vector files. Of more than 600 rows every
    column is the mean of as many neighbours as it takes. Colours end at the 99th percentile of |φ|, lest a few extreme
    values take all of them.

    Raises
    ------
    ParameterError : a single row, several targets and no choice, or values that are not finite.
    """
    check_plot("heatmap", theme, max_display=max_display)
    check_settings("heatmap", {"order": OneOf(("similarity", "prediction", "given"))}, {"order": order})
    subject = read_subject("heatmap", explanation, target, rows=(2, np.iinfo(np.int64).max))
    ranking = rank(np.abs(subject.values).mean(axis=0), max_display)
    names = [subject.names[j] for j in ranking.shown] + ([others(len(ranking.others))] if len(ranking.others) else [])
    values = ranking.fold(subject.values)
    each = math.ceil(len(values) / _MOST)
    ordered = _ordered(order, values, subject.totals)
    columns = [ordered[start : start + each] for start in range(0, len(ordered), each)]
    image = np.array([values[rows].mean(axis=0) for rows in columns]).T
    top = float(np.percentile(np.abs(image), 99)) or float(np.abs(image).max()) or 1.0
    canvas = open_rows("heatmap", ax, theme, names, above=0.95, below=0.4, beside=40)
    _draw_image(canvas, image, top)
    _draw_curve(canvas, subject, columns)
    _show_key(canvas, top)
    _label(canvas, len(values), each, order)
    return finish(canvas)


def _ordered(order: str, values: Floats, totals: Floats) -> NDArray[np.intp]:
    if order == "given":
        return np.arange(len(values))
    if order == "prediction":
        return np.argsort(totals, kind="stable")
    centred = values - values.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    place = centred @ axes[:, -1]
    # an axis has no direction of its own: let predictions rise along it
    rises = float(place @ (totals - totals.mean())) >= 0
    return np.argsort(place if rises else -place, kind="stable")


def _draw_image(canvas: Canvas, image: Floats, top: float) -> None:
    ax, lines = canvas.ax, len(image)
    ax.imshow(
        image,
        cmap=diverging(canvas.palette),
        norm=Normalize(-top, top),
        aspect="auto",
        interpolation="nearest",
        extent=(0, image.shape[1], lines - 0.5, -0.5),
        rasterized=True,
    )
    ax.hlines(np.arange(lines - 1) + 0.5, 0, image.shape[1], color=canvas.palette.background, lw=2)


def _draw_curve(canvas: Canvas, subject: Subject, columns: Sequence[NDArray[np.intp]]) -> None:
    """Predictions over the image, against the mean base; a band where a column stands for several rows."""
    palette = canvas.palette
    inset = add_above(canvas, 6, _CURVE)
    at = np.arange(len(columns)) + 0.5
    totals = [subject.totals[rows] for rows in columns]
    low, high = np.array([column.min() for column in totals]), np.array([column.max() for column in totals])
    inset.fill_between(at, low, high, color=palette.neutral, alpha=0.5, lw=0)
    inset.plot(at, [column.mean() for column in totals], color=palette.ink, lw=0.9)
    inset.axhline(float(subject.base.mean()), color=palette.neutral, lw=0.7, zorder=0)
    inset.set(facecolor="none", xlim=(0, len(columns)), xticks=[], ylabel=subject.end)
    inset.spines[:].set_visible(False)
    inset.yaxis.label.set(rotation=0, ha="right", va="center", size=BASE, color=palette.ink)
    ends = sorted({float(low.min()), float(high.max())})
    inset.set_yticks(ends, [formatter(ends)(end) for end in ends])
    inset.tick_params(
        axis="y", length=0, labelsize=SMALL - 1, labelcolor=palette.muted, labelright=True, labelleft=False
    )


def _show_key(canvas: Canvas, top: float) -> None:
    palette = canvas.palette
    write, ramp = formatter([top], signed=True), diverging(palette)
    strip = Strip([ramp(t) for t in np.linspace(0, 1, 25)], write(-top), write(top), "contribution")
    add_key(canvas, [strip], bottom=_CURVE + 10)


def _label(canvas: Canvas, rows: int, each: int, order: str) -> None:
    ax = canvas.ax
    how = {"prediction": ", by prediction", "similarity": ", like explanations together", "given": ""}[order]
    many = f", each column the mean of {each}" if each > 1 else ""
    ax.set_xlim(0, math.ceil(rows / each))
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.set_xlabel(f"{rows:,} rows{how}{many}", size=SMALL, color=canvas.palette.muted)
