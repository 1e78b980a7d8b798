"""A number axis: few ticks, plain numbers, and what it shows."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pellucid.plots.canvas import SMALL
from pellucid.plots.labels import tick_text
from pellucid.plots.style import Palette

__all__ = ["plain_ticks", "show_scale"]


def show_scale(ax: Axes, palette: Palette, text: str) -> None:
    """Ticks along x, with its label."""
    plain_ticks(ax, "x")
    ax.set_xlabel(text, size=SMALL, color=palette.muted)


def plain_ticks(ax: Axes, which: str, most: int = 5) -> None:
    """At most that many intervals, each tick with the decimals that its step needs.

    Parameters
    ----------
    which : ``"x"`` or ``"y"``.
    """
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_locator(MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick_text(value, axis.get_view_interval())))
