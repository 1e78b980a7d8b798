"""Lines over one axis of numbers, each with its band: what a classifier's decisions are worth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect import Curve, Effect
from pellucid.core.errors import ParameterError
from pellucid.plots.canvas import SMALL, Canvas
from pellucid.plots.curves import draw_band, numbers, span_of
from pellucid.plots.labels import shorten, tidy
from pellucid.plots.scale import plain_ticks
from pellucid.plots.subject import check_result

__all__ = ["asked_of", "check_drawn", "colours_of", "draw_baseline", "draw_line", "dress", "left_out"]

Floats = NDArray[np.float64]


def check_drawn(plot: str, explanation: object, method: str) -> Effect:
    """The effect, where it is one that this plot is made for.

    Raises
    ------
    ArgumentTypeError : something else than an effect.
    ParameterError : an effect of another kind.
    """
    check_result(plot, explanation, Effect)
    if isinstance(explanation, Effect) and explanation.drawn == plot:
        return explanation
    other = explanation.receipt.method  # type: ignore[attr-defined]
    raise ParameterError(
        f"{plot} draws what {method} explains, got an effect by {other}; call its plot() without a kind."
    )


def asked_of(explanation: Effect, target: str | int | None) -> Effect:
    """One target, or all."""
    return explanation if target is None else explanation.target(target)


def left_out(count: int) -> str:
    """What a title says of classes that are not drawn."""
    return f"; {count:,} more not drawn" if count else ""


def colours_of(panel: Canvas, count: int) -> list[str]:
    """One colour a line."""
    if count == 1:
        return [panel.palette.accent]
    return [panel.palette.series[k % len(panel.palette.series)] for k in range(count)]


def draw_line(panel: Canvas, curve: Curve, k: int, colour: str) -> None:
    """Target k of a curve, with its band."""
    axis = curve.axes[0]
    if curve.low is not None and curve.high is not None:
        draw_band(panel, axis, span_of(axis), curve.low[:, k], curve.high[:, k], colour)
    panel.ax.plot(numbers(axis), curve.values[:, k], color=colour, lw=1.6, zorder=3)


def draw_baseline(panel: Canvas, y: tuple[float, float], text: str = "") -> None:
    """A thin straight line over 0 to 1 that the curves are compared with, named below its middle."""
    palette = panel.palette
    panel.ax.plot((0, 1), y, color=palette.muted, lw=0.9, ls=(0, (4, 3)), zorder=1.5)
    panel.ax.annotate(
        text,
        (0.55, y[0] + 0.55 * (y[1] - y[0])),
        (4, -4),
        textcoords="offset points",
        ha="left",
        va="top",
        size=SMALL - 0.5,
        color=palette.muted,
        zorder=4,
    )


def dress(panel: Canvas, x: tuple[float, float], y: tuple[float, float], *, xlabel: str, title: str) -> None:
    """Limits, few plain ticks, what is along x, and what is drawn."""
    ax, palette = panel.ax, panel.palette
    ax.set_xlim(*x)
    ax.set_ylim(*y)
    for which in ("x", "y"):
        plain_ticks(panel, which)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(shorten(tidy(xlabel), 60), size=SMALL + 0.5, color=palette.ink)
    ax.set_title(shorten(tidy(title), 90), size=SMALL, color=palette.muted, loc="left", pad=8)
