"""Bars: how much each feature matters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.core.importance import Importance
from pellucid.plots.bars import Bars, chosen_targets, read_bars
from pellucid.plots.canvas import SMALL, Canvas, check_plot, finish, room
from pellucid.plots.key import Mark, add_key
from pellucid.plots.labels import formatter, text_width
from pellucid.plots.numbers import draw_errors, write_beside
from pellucid.plots.rows import open_rows
from pellucid.plots.subject import check_result

__all__ = ["bar"]

Floats = NDArray[np.float64]

#: most targets that are drawn side by side unless asked otherwise
_SIDE_BY_SIDE = 3


def bar(
    explanation: Attribution | Importance,
    *,
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    max_display: int = 12,
    stacked: bool | None = None,
    theme: str | None = None,
) -> Axes:
    """Draw how much each feature matters, with the standard error.

    I_j = Σ_i |φ_ij| / n, one bar a feature; a single row shows its contributions φ_j themselves, with their signs.
    The last bar is the sum over the features not shown; weights, which cannot be summed, have none.

    Parameters
    ----------
    explanation : contributions, or importances computed by whatever method.
    ax : axes to draw on; or an empty figure, which is sized to fit; or None for a new one.
    target : name or number; None draws all targets (of two mirrored probabilities the second).
    max_display : most bars, the others' included.
    stacked : several targets end to end, instead of side by side; None does so for more than three.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes, bars along x in the explanation's unit, the most important on top.

    Raises
    ------
    ParameterError : no such target, or values that are not finite.
    ArgumentTypeError : something else than an attribution or importance.
    """
    check_result("bar", explanation, Attribution, Importance)
    check_plot("bar", theme, max_display=max_display)
    bars = read_bars(explanation, chosen_targets(explanation, target), max_display)
    count = len(bars.targets)
    heaped = count > 1 and (count > _SIDE_BY_SIDE if stacked is None else stacked)
    thick = 1.0 if heaped else 1 + 0.45 * (count - 1)
    canvas = open_rows("bar", ax, theme, bars.labels, thick=thick, above=0.35 if count > 1 else 0.1, below=0.45)
    colours = _colours(canvas, bars)
    (_draw_heaped if heaped else _draw_grouped)(canvas, bars, colours)
    if count > 1:
        add_key(canvas, [Mark(colour, name) for name, colour in zip(bars.targets, colours, strict=True)])
    _label_axis(canvas, bars.axis)
    return finish(canvas)


def _colours(canvas: Canvas, bars: Bars) -> list[str]:
    palette = canvas.palette
    if len(bars.targets) == 1:
        return [palette.accent]
    return [*palette.series, palette.neutral][: len(bars.targets)]


def _draw_grouped(canvas: Canvas, bars: Bars, colours: list[str]) -> None:
    """Targets side by side, each with its error and its number."""
    count = len(bars.targets)
    thick = (0.62 if count == 1 else 0.8) / count
    write = formatter(bars.lengths[:-1] if bars.summed else bars.lengths, signed=bars.signed)
    reach = np.nan_to_num(bars.errors)
    cut = _cut(bars, np.abs(bars.lengths) + reach)
    low, high = (np.clip(ends, -cut, cut) for ends in (bars.lengths - reach, bars.lengths + reach))
    _set_limits(canvas, low, high, [write(x) for x in bars.lengths.ravel()])
    row = thick * canvas.height / len(bars.labels)
    for j, colour in enumerate(colours):
        at = np.arange(float(len(bars.labels))) + (j - (count - 1) / 2) * thick
        length = bars.lengths[:, j]
        drawn = canvas.ax.barh(at, length, thick * 0.94, color=_row_colours(canvas, bars, length, colour), lw=0)
        draw_errors(canvas, length, at, bars.errors[:, j])
        for y, x, first, last in zip(at, length, low[:, j], high[:, j], strict=True):
            write_beside(canvas, last if x >= 0 else first, y, write(x), row=row, left=x < 0)
        if abs(length[-1]) > cut:
            _break(canvas, [drawn[-1]], np.copysign(cut, length[-1]))


def _draw_heaped(canvas: Canvas, bars: Bars, colours: list[str]) -> None:
    """Targets end to end: what raises to the right of zero, what lowers to its left."""
    up, down = np.clip(bars.lengths, 0, None), np.clip(bars.lengths, None, 0)
    low, high = down.sum(axis=1), up.sum(axis=1)
    write = formatter(high[:-1] if bars.summed else high)
    cut = _cut(bars, np.maximum(high, -low)[:, np.newaxis])
    _set_limits(canvas, np.clip(low, -cut, None), np.clip(high, None, cut), [write(x) for x in high])
    at = np.arange(float(len(bars.labels)))
    ends = []
    for j, colour in enumerate(colours):
        length = bars.lengths[:, j]
        start = np.where(length >= 0, up[:, :j].sum(axis=1), down[:, :j].sum(axis=1))
        ends.append(canvas.ax.barh(at, length, 0.62, left=start, color=colour, lw=0)[-1])
    for end, sign in ((high[-1], 1.0), (low[-1], -1.0)):
        if abs(end) > cut:
            _break(canvas, ends, sign * cut)
    if not down.any():
        for y, x in zip(at, high, strict=True):
            write_beside(canvas, min(x, cut), y, write(x), row=canvas.height / len(at))


def _cut(bars: Bars, sizes: Floats) -> float:
    """Where the bar of the others is broken off, lest it squeeze those that people came to see."""
    if not bars.summed:
        return np.inf
    longest = float(sizes[:-1].max())
    return 1.15 * longest if sizes[-1].max() > 1.5 * longest > 0 else np.inf


def _break(canvas: Canvas, drawn: Sequence[Rectangle], at: float) -> None:
    """Hide what lies beyond, and mark the place by two strokes across the bar."""
    ax = canvas.ax
    for bar_ in drawn:
        half, y = bar_.get_height() / 2, bar_.get_y()
        window = Rectangle((min(at, 0), y - half), abs(at), 4 * half, transform=ax.transData)
        bar_.set_clip_path(window)
    middle = drawn[0].get_y() + drawn[0].get_height() / 2
    for x in (0.93 * at, 0.96 * at):
        slant = 0.008 * at
        ax.plot(
            [x - slant, x + slant], [middle + 0.42, middle - 0.42], color=canvas.palette.background, lw=1.8, zorder=2.6
        )


def _row_colours(canvas: Canvas, bars: Bars, length: Floats, colour: str) -> list[str]:
    palette = canvas.palette
    if len(bars.targets) > 1:
        return [colour] * len(length)
    colours = (
        [palette.positive if x >= 0 else palette.negative for x in length] if bars.signed else [colour] * len(length)
    )
    return [*colours[:-1], palette.neutral] if bars.summed else colours


def _set_limits(canvas: Canvas, low: Floats, high: Floats, texts: list[str]) -> None:
    wide = max(text_width(text, SMALL) for text in texts) + 8
    lowest, highest = min(0.0, float(low.min())), max(0.0, float(high.max()))
    canvas.ax.set_xlim(*room(canvas, lowest, highest, wide if (low < 0).any() else 0.0, wide))


def _label_axis(canvas: Canvas, text: str) -> None:
    """The numbers stand at the bars, so the axis needs none."""
    ax = canvas.ax
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.axvline(0, color=canvas.palette.faint, lw=0.8, zorder=0)
    ax.set_xlabel(text, size=SMALL, color=canvas.palette.muted)
