"""A number axis: few ticks, plain numbers, and what it shows."""

from __future__ import annotations

from matplotlib.ticker import FuncFormatter, MaxNLocator

from pellucid.plots.canvas import SMALL, Canvas
from pellucid.plots.labels import tick_text

__all__ = ["plain_ticks", "show_scale"]


def show_scale(canvas: Canvas, text: str) -> None:
    """Ticks along x, with its label."""
    plain_ticks(canvas, "x")
    canvas.ax.set_xlabel(text, size=SMALL, color=canvas.palette.muted)


def plain_ticks(canvas: Canvas, which: str) -> None:
    """As many ticks as there is room for, up to six, each with the decimals that its step needs.

    Parameters
    ----------
    which : ``"x"`` or ``"y"``.
    """
    axis, space = (canvas.ax.xaxis, canvas.width / 60) if which == "x" else (canvas.ax.yaxis, canvas.height / 35)
    most = min(max(int(space), 3), 6)
    axis.set_major_locator(MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10], min_n_ticks=3))
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value, axis.get_view_interval())))
