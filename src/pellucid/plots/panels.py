"""Several panels within one pair of axes, so that they can stand wherever axes can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pellucid.core.effect import Curve
from pellucid.plots.canvas import SMALL, Canvas
from pellucid.plots.levels import level_names, room_below

__all__ = ["Layout", "lay_out", "open_panels"]

#: points around a panel: for numbers at the left of a line, between panels, and for ticks and name below
_LEFT, _BETWEEN, _BELOW, _ABOVE = 34.0, 14.0, 38.0, 6.0
#: panels side by side, and points that a category needs beside others where it has no line of its own
_COLUMNS, _CATEGORY = 3, 10.0
#: points of the name below a panel, which may take two lines
_NAME = 30.0


@dataclass(frozen=True)
class Layout:
    """Panels in lines.

    Parameters
    ----------
    lines : how many panels each line has.
    columns : how many stand side by side; a line of fewer leaves the rest free, but one in ``wide`` alone fills it.
    wide : lines whose only panel takes their whole width.
    below : points below the panels of each line.
    """

    lines: tuple[int, ...]
    columns: int
    wide: frozenset[int]
    below: tuple[float, ...]

    @classmethod
    def even(cls, count: int, columns: int) -> Layout:
        """So many panels, all alike."""
        lines = [min(columns, count - start) for start in range(0, count, columns)]
        return cls(tuple(lines), columns, frozenset(), (_BELOW,) * len(lines))

    def height(self, each: float) -> float:
        """Points of all lines, their panels being so high."""
        return sum(each + below + _ABOVE for below in self.below)

    def firsts(self) -> set[int]:
        """Numbers of the panels at the left."""
        return {sum(self.lines[:line]) for line in range(len(self.lines))}


def lay_out(curves: Sequence[Curve], width: float) -> Layout:
    """Curves side by side in their order; one over many categories has a line of its own.

    Parameters
    ----------
    width : points that a line has.
    """
    columns = min(_COLUMNS, len(curves))
    narrow = (width - _LEFT - _BETWEEN * (columns - 1)) / columns
    names = [level_names(curve.axes[0]) if curve.axes[0].kind == "levels" else [] for curve in curves]
    lines: list[list[float]] = []
    wide: set[int] = set()
    for own in names:
        step = narrow / max(len(own), 1)
        alone = columns > 1 and step < _CATEGORY
        if alone or not lines or len(lines[-1]) == columns or len(lines) - 1 in wide:
            lines.append([])
        wide |= {len(lines) - 1} if alone else set()
        lines[-1].append(room_below(own, (width - _LEFT) / len(own) if alone else step) + _NAME if own else 0.0)
    below = tuple(max(_BELOW, *line) for line in lines)
    return Layout(tuple(len(line) for line in lines), columns, frozenset(wide), below)


def open_panels(canvas: Canvas, layout: Layout) -> list[Canvas]:
    """Drawing areas of one height, line by line; a single one is the canvas itself."""
    if layout.lines == (1,):
        return [canvas]
    width = (canvas.width - _LEFT - _BETWEEN * (layout.columns - 1)) / layout.columns
    height = max(24.0, (canvas.height - layout.height(0.0)) / len(layout.lines))
    canvas.ax.set_axis_off()
    panels, top = [], canvas.height
    for line, count in enumerate(layout.lines):
        bottom = top - _ABOVE - height
        across = canvas.width - _LEFT if line in layout.wide else width
        panels += [_panel(canvas, _LEFT + k * (width + _BETWEEN), bottom, across, height) for k in range(count)]
        top = bottom - layout.below[line]
    return panels


def _panel(canvas: Canvas, left: float, bottom: float, width: float, height: float) -> Canvas:
    bounds = (left / canvas.width, bottom / canvas.height, width / canvas.width, height / canvas.height)
    ax = canvas.ax.inset_axes(bounds)
    ax.set_facecolor("none")
    for side, spine in ax.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(canvas.palette.faint)
    ax.tick_params(color=canvas.palette.faint, labelcolor=canvas.palette.muted, labelsize=SMALL, length=3)
    return replace(canvas, ax=ax, width=width, height=height)
