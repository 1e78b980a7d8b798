"""Lift: how many times more of a class is found than in random order, over the share of rows asked."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.core.effect import Effect
from pellucid.plots.canvas import check_plot
from pellucid.plots.lines import asked_of, check_drawn
from pellucid.plots.ranked import draw_ranked

__all__ = ["lift"]


def lift(
    explanation: Effect,
    *,
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    max_display: int = 7,
    theme: str | None = None,
) -> Axes:
    """Draw the lift of each class over the share of rows asked.

    Parameters
    ----------
    explanation : what Lift explains.
    ax : axes to draw on; or an empty figure, which is sized to fit; or None for a new one.
    target : name or number of one class; None draws all.
    max_display : most classes drawn; the first ones, the rest are counted in the title.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes, with confidence bands as shades and the level 1 of a random order.

    Raises
    ------
    ParameterError : no such class, or an effect of another kind.
    ArgumentTypeError : something else than an effect.
    """
    checked = check_drawn("lift", explanation, "Lift")
    check_plot("lift", theme, max_display=max_display)
    chosen = asked_of(checked, target)
    return draw_ranked(
        "lift", chosen, ax, theme, most=max_display, what="times more {} than in random order", random=(1.0, 1.0)
    )
