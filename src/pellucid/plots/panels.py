"""Several panels within one pair of axes, so that they can stand wherever axes can."""

from __future__ import annotations

from dataclasses import replace

from pellucid.plots.canvas import SMALL, Canvas

__all__ = ["open_panels"]

#: points around a panel: for numbers at the left of a line, between panels, and for ticks and name below
_LEFT, _BETWEEN, _BELOW, _ABOVE = 34.0, 14.0, 34.0, 6.0


def open_panels(canvas: Canvas, count: int, columns: int) -> list[Canvas]:
    """Drawing areas of one size, line by line; a single one is the canvas itself."""
    if count == 1:
        return [canvas]
    lines = -(-count // columns)
    width = (canvas.width - _LEFT - _BETWEEN * (columns - 1)) / columns
    height = (canvas.height - (_BELOW + _ABOVE) * lines) / lines
    canvas.ax.set_axis_off()
    return [_panel(canvas, number // columns, number % columns, lines, width, height) for number in range(count)]


def _panel(canvas: Canvas, line: int, column: int, lines: int, width: float, height: float) -> Canvas:
    left = _LEFT + column * (width + _BETWEEN)
    bottom = (lines - 1 - line) * (height + _BELOW + _ABOVE) + _BELOW
    bounds = (left / canvas.width, bottom / canvas.height, width / canvas.width, height / canvas.height)
    ax = canvas.ax.inset_axes(bounds)
    ax.set_facecolor("none")
    for side, spine in ax.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(canvas.palette.faint)
    ax.tick_params(color=canvas.palette.faint, labelcolor=canvas.palette.muted, labelsize=SMALL, length=3)
    return replace(canvas, ax=ax, width=width, height=height)
