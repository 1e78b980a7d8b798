"""Cumulative gain: the share of a class that is found, over the share of rows asked, against a random order."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.core.effect import Effect
from pellucid.plots.canvas import check_plot
from pellucid.plots.lines import asked_of, check_drawn
from pellucid.plots.ranked import draw_ranked

__all__ = ["cumulative_gain"]


def cumulative_gain(
    explanation: Effect,
    *,
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    max_display: int = 7,
    theme: str | None = None,
) -> Axes:
    """Draw the share of each class that is found over the share of rows asked.

    Parameters
    ----------
    explanation : what CumulativeGain explains.
    ax : axes to draw on; or an empty figure, which is sized to fit; or None for a new one.
    target : name or number of one class; None draws all.
    max_display : most classes drawn; the first ones, the rest are counted in the title.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes, with confidence bands as shades and the diagonal of a random order.

    Raises
    ------
    ParameterError : no such class, or an effect of another kind.
    ArgumentTypeError : something else than an effect.
    """
    checked = check_drawn("cumulative_gain", explanation, "CumulativeGain")
    check_plot("cumulative_gain", theme, max_display=max_display)
    chosen = asked_of(checked, target)
    return draw_ranked(
        "cumulative_gain", chosen, ax, theme, most=max_display, what="share of {} found", random=(0.0, 1.0)
    )
