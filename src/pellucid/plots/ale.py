"""Accumulated local effects: curves of features side by side with their bands, or the surface of a pair."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.core.effect import Effect
from pellucid.plots.effect_panels import draw_effect

__all__ = ["ale"]


def ale(
    explanation: Effect,
    *,
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    max_display: int = 9,
    theme: str | None = None,
) -> Axes:
    """Draw g(z) over z, one panel a feature, all on one scale; or the surface g(z, u) of a pair as colours.

    Parameters
    ----------
    explanation : accumulated local effects of features, or of one pair.
    ax : axes to draw on, in which several panels share the room; or an empty figure, which is sized to fit; or None for
        a new one.
    target : name or number; None draws all targets of curves (of two mirrored probabilities the second).
    max_display : most panels: the features whose curves move most over the background.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes; with several panels each is a child of them. The shade is the confidence band, bars at the foot are the
    background's shares, and missing values stand beside the scale. 0 is the mean over the background.

    Raises
    ------
    ParameterError : no such target, several surfaces, or a surface of several targets and no choice.
    ArgumentTypeError : something else than an effect.
    """
    return draw_effect(
        "ale", explanation, "effect on {}".format, ax=ax, target=target, max_display=max_display, theme=theme
    )
