"""A matrix of coloured cells of one size, with words in them where these fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.colors import Colormap, Normalize
from matplotlib.text import Text
from numpy.typing import NDArray

from pellucid.core.effect_axis import Axis
from pellucid.plots.canvas import BASE, SMALL, Canvas
from pellucid.plots.labels import shorten, text_width, value_text
from pellucid.plots.levels import LETTERS, has_missing, level_names

__all__ = ["LETTERS", "Colours", "cell_inches", "draw_matrix", "label_sides", "place_names"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Colours:
    """What the lowest and the highest colour stand for."""

    ramp: Colormap
    low: float
    high: float

    def of(self, value: float) -> tuple[float, float, float]:
        red, green, blue, _ = self.ramp(Normalize(self.low, self.high)(value))
        return red, green, blue


def cell_inches(count: int) -> float:
    """Width of a cell when so many stand side by side."""
    return min(0.62, max(0.17, 6.6 / max(count, 1)))


def draw_matrix(canvas: Canvas, values: Floats, colours: Colours, texts: Sequence[Sequence[str]]) -> None:
    """Cells (lines, columns) from the upper left corner; those that are nan are left blank."""
    ax, (lines, columns) = canvas.ax, values.shape
    shown = np.ma.masked_invalid(values)
    ax.imshow(shown, cmap=colours.ramp, vmin=colours.low, vmax=colours.high, aspect="auto", interpolation="nearest")
    wide = 1.6 if max(lines, columns) <= 14 else 0.6
    ax.vlines(np.arange(columns - 1) + 0.5, -0.5, lines - 0.5, color=canvas.palette.background, lw=wide)
    ax.hlines(np.arange(lines - 1) + 0.5, -0.5, columns - 0.5, color=canvas.palette.background, lw=wide)
    ax.set(xlim=(-0.5, columns - 0.5), ylim=(lines - 0.5, -0.5))
    widest = max((text_width(text, SMALL) for line in texts for text in line), default=0.0)
    if widest + 2 > canvas.width / columns or canvas.height / lines < 1.15 * SMALL:
        return
    for (line, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            colour = _readable(colours.of(float(value)))
            ax.text(column, line, texts[line][column], ha="center", va="center", size=SMALL, color=colour)


def label_sides(canvas: Canvas, lines: Sequence[str], columns: Sequence[str]) -> None:
    """Names at the left and below, as small as the cells, turned where they would touch."""
    ax, palette = canvas.ax, canvas.palette
    sizes = [min(BASE, max(4.5, 0.8 * room)) for room in (canvas.width / len(columns), canvas.height / len(lines))]
    below = [shorten(name, LETTERS) for name in columns]
    ax.set_xticks(range(len(columns)), below)
    ax.set_yticks(range(len(lines)), [shorten(name, LETTERS) for name in lines])
    ax.tick_params(axis="x", length=0, labelsize=min(sizes[0], SMALL), labelcolor=palette.ink)
    ax.tick_params(axis="y", length=0, labelsize=min(sizes[1], SMALL), labelcolor=palette.ink)
    ax.spines["bottom"].set_visible(False)
    if max(text_width(name, SMALL) for name in below) + 3 > canvas.width / len(columns):
        _turn(ax.get_xticklabels(), 90 if len(columns) > 14 else 35)


def place_names(axis: Axis) -> list[str]:
    """What to call the places of an axis of bins; the missing value only where rows have it."""
    if axis.kind == "levels":
        return level_names(axis)
    dates = axis.at.dtype.kind == "M"
    kind = "date" if dates else "number"
    if axis.kind == "steps":
        # a bin starts right after the piece before it ends
        ends = axis.at + np.timedelta64(1, "us") if dates else _rounded(axis.at.astype(np.float64))
        starts = [value_text(start, kind) for start in ends]
        names = [f"< {starts[0]}", *(f"{a} – {b}" for a, b in pairwise(starts))] if starts else []
        names += [f"≥ {starts[-1]}"] if starts else ["all"]
    else:
        names = [value_text(at, kind) for at in axis.at]
    return names + (["missing"] if has_missing(axis) else [])


def _rounded(ends: Floats) -> Floats:
    """Three digits of the largest, where that keeps all apart."""
    # the last number before 0 is written as 0
    ends = np.where(np.abs(ends) < 1e-300, 0.0, ends)
    size = float(np.abs(ends).max(initial=0.0))
    found = np.round(ends, max(0, 2 - int(np.floor(np.log10(size))))) + 0.0 if size > 0 else ends
    return found if len(np.unique(found)) == len(ends) else ends


def _turn(labels: Sequence[Text], degrees: int) -> None:
    for label in labels:
        label.set(rotation=degrees, ha="right", va="center" if degrees == 90 else "top", rotation_mode="anchor")


def _readable(colour: tuple[float, float, float]) -> str:
    """Black or white, whichever stands out from a colour more (WCAG's relative luminance)."""
    linear = np.where(
        np.array(colour) <= 0.04045, np.array(colour) / 12.92, ((np.array(colour) + 0.055) / 1.055) ** 2.4
    )
    light = float(linear @ [0.2126, 0.7152, 0.0722])
    return "#111418" if light > 0.18 else "#ffffff"
