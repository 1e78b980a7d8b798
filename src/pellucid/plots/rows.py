"""Plots with one row a feature: their height, and labels that fit it."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.plots.canvas import BASE, Canvas, open_canvas
from pellucid.plots.labels import text_width, wrap

__all__ = ["open_rows"]

_COLUMNS = 28
_SINGLE, _DOUBLE = 0.29, 0.40  # inches a row


def open_rows(
    plot: str,
    ax: Axes | Figure | None,
    theme: str | None,
    names: Sequence[str],
    values: Sequence[str] = (),
    *,
    width: float = 7.0,
    thick: float = 1.0,
    above: float = 0.2,
    below: float = 0.5,
    beside: float = 10.0,
) -> Canvas:
    """A canvas with the rows labelled from top to bottom at y = 0, 1, 2 …

    Parameters
    ----------
    names : one a row; long ones take two lines where there is room, and are shortened in the middle.
    values : what follows each name and stays whole; none at all, or one a row.
    width : of a new figure, in inches.
    thick : height of a row as a part of the usual one.
    above, below : inches of a new figure over and under the rows.
    beside : points of its width that marks to the right of the drawing area take.
    """
    values = values or [""] * len(names)
    wrapped = _wrapped(names, values, 2)
    row = max(_DOUBLE if any("\n" in label for label in wrapped) else _SINGLE, _SINGLE * thick)
    aside = max(text_width(label, BASE) for label in wrapped) + 12 + beside
    inches = (width, above + below + row * len(names))
    canvas = open_canvas(plot, ax, theme, inches=inches, around=(aside, (above + below) * 72))
    dense = canvas.height / len(names) < 2.1 * BASE
    _label(canvas, _wrapped(names, values, 1) if dense else wrapped)
    return canvas


def _wrapped(names: Sequence[str], values: Sequence[str], lines: int) -> list[str]:
    return [wrap(name, _COLUMNS, lines, value) for name, value in zip(names, values, strict=True)]


def _label(canvas: Canvas, labels: Sequence[str]) -> None:
    height = canvas.height / len(labels)
    ax, palette = canvas.ax, canvas.palette
    ax.set_yticks(range(len(labels)), labels)
    ax.tick_params(axis="y", length=0, pad=6, labelsize=min(BASE, max(0.8 * height, 4.0)), labelcolor=palette.ink)
    for label in ax.get_yticklabels():
        label.set_linespacing(1.05)
    ax.set_ylim(len(labels) - 0.5, -0.5)
