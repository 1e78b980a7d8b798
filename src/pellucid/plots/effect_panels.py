"""An effect as panels of curves side by side, of single rows beneath, or as the surface of a pair."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.core.effect import Curve, Effect
from pellucid.core.errors import ParameterError
from pellucid.plots.canvas import SMALL, Canvas, check_plot, finish, open_canvas
from pellucid.plots.curves import Band, draw_band, draw_curve, draw_shares, label_places, set_places, values_shown
from pellucid.plots.key import Mark, add_key
from pellucid.plots.labels import text_width, tidy, wrap
from pellucid.plots.levels import level_names, room_below
from pellucid.plots.panels import lay_out, open_panels
from pellucid.plots.scale import plain_ticks
from pellucid.plots.subject import check_result, quantity
from pellucid.plots.surface import draw_surface, surface_inches

__all__ = ["chosen_targets", "draw_effect", "effect_height", "effect_inches", "leading_curves"]

#: what the scale shows, from the name of the quantity
Said = Callable[[str], str]
#: width and height of one panel in inches, and most single rows that are drawn
_PANEL, _ROWS = (2.5, 1.5), 100


def draw_effect(
    name: str,
    explanation: Effect,
    said: Said,
    *,
    ax: Axes | Figure | None,
    target: str | int | None,
    max_display: int,
    theme: str | None,
) -> Axes:
    """Draw one panel a feature, all on one scale, or the surface of a pair; see the plots that call it.

    Parameters
    ----------
    name : of the plot.
    said : what the scale shows.
    """
    check_result(name, explanation, Effect)
    check_plot(name, theme, max_display=max_display)
    chosen = chosen_targets(explanation, target)
    if any(len(curve.axes) > 1 for curve in chosen.curves):
        return _surface(name, chosen, said, ax, theme)
    curves = leading_curves(chosen, max_display)
    canvas = open_canvas(name, ax, theme, inches=effect_inches(curves), around=(16, 30))
    layout = lay_out(curves, canvas.width)
    panels, firsts = open_panels(canvas, layout), layout.firsts()
    band = Band.of(values_shown(curves, centred=_starts_at_zero(curves)))
    for number, (panel, curve) in enumerate(zip(panels, curves, strict=True)):
        _draw(panel, curve, band, explanation=chosen, first=number in firsts)
    _label(canvas, chosen, said, len(explanation.curves) - len(curves))
    return finish(canvas)


def effect_inches(curves: Sequence[Curve]) -> tuple[float, float]:
    """Width and height of a figure of so many curves that all can be read."""
    if len(curves) > 1:
        across = max(_PANEL[0] * min(3, len(curves)), 4.6)
    else:
        axis = curves[0].axes[0]
        across = min(9.5, max(5.2, 0.7 + 0.15 * (len(level_names(axis)) if axis.kind == "levels" else 0)))
    return across, effect_height(curves, across * 72 - 16)


def effect_height(curves: Sequence[Curve], width: float) -> float:
    """Inches in which they can be read where they have a width of so many points."""
    if len(curves) > 1:
        return lay_out(curves, width).height(_PANEL[1] * 72) / 72 + 0.35
    axis = curves[0].axes[0]
    names = level_names(axis) if axis.kind == "levels" else []
    return 3.1 + max(0.3, room_below(names, (width - 40) / max(len(names), 1)) / 72)


def chosen_targets(explanation: Effect, target: str | int | None) -> Effect:
    """The target asked for; of two mirrored probabilities the second; otherwise all."""
    if target is not None:
        return explanation.target(target)
    return explanation.target(1) if _mirrored(explanation) else explanation


def _mirrored(explanation: Effect) -> bool:
    """Whether the targets are the probabilities of two classes, so that either tells all."""
    if explanation.unit != "probability" or len(explanation.target_names) != 2:
        return False
    return all(_sum_to_one(curve) for curve in explanation.curves)


def _sum_to_one(curve: Curve) -> bool:
    """Bins without rows have no probabilities."""
    sums = curve.values.sum(axis=-1)
    return bool(np.allclose(sums[~np.isnan(sums)], 1.0, atol=1e-6))


def _surface(name: str, explanation: Effect, said: Said, ax: Axes | Figure | None, theme: str | None) -> Axes:
    names = explanation.target_names
    if len(explanation) > 1:
        raise ParameterError(
            f"{name} draws one surface by itself, got {len(explanation)} effects; choose it, as in "
            f'ex["age", "income"].plot().'
        )
    if len(names) > 1:
        shown = ", ".join(map(repr, names[:8])) + (", …" if len(names) > 8 else "")
        raise ParameterError(
            f"{name} draws a surface of one target and this explanation has {len(names)}: {shown}; pass "
            f"target= one of them."
        )
    canvas = open_canvas(name, ax, theme, inches=surface_inches(explanation.curves[0]), around=(70, 70))
    draw_surface(canvas, explanation.curves[0], said(quantity(explanation.unit, names[0])))
    return finish(canvas)


def leading_curves(explanation: Effect, most: int) -> list[Curve]:
    """The curves that are drawn: those that move most over the background, in their order of size, or all."""
    sizes = explanation.importance().values.sum(axis=1)
    order = np.argsort(-sizes, kind="stable")[:most] if len(sizes) > most else np.arange(len(sizes))
    return [explanation.curves[int(c)] for c in order]


def _starts_at_zero(curves: list[Curve]) -> bool:
    return all(curve.rows is not None and (curve.rows == 0).all(axis=(0, 2)).any() for curve in curves)


def _draw(panel: Canvas, curve: Curve, band: Band, *, explanation: Effect, first: bool) -> None:
    ax, palette = panel.ax, panel.palette
    axis = curve.axes[0]
    places = set_places(panel, axis)
    draw_shares(panel, axis, places, band)
    colours = [palette.accent] if len(explanation.target_names) == 1 else palette.series
    if curve.rows is not None:
        step = max(1, len(curve.rows) // _ROWS)
        for row in curve.rows[::step]:
            draw_curve(panel, axis, places, row[:, 0], palette.neutral, single=True)
    for k in range(curve.values.shape[1]):
        colour = colours[k % len(colours)]
        if curve.low is not None and curve.high is not None:
            draw_band(panel, axis, places, curve.low[:, k], curve.high[:, k], colour)
        draw_curve(panel, axis, places, curve.values[:, k], colour)
    ax.set_ylim(band.low, band.high)
    plain_ticks(panel, "y")
    ax.tick_params(axis="y", length=0, labelleft=first)
    ax.spines["left"].set_visible(False)
    label_places(panel, axis, places)
    letters = max(12, int(panel.width / text_width("x", SMALL + 0.5)))
    ax.set_xlabel(wrap(tidy(axis.name), letters, 2), size=SMALL + 0.5, color=palette.ink)


def _label(canvas: Canvas, explanation: Effect, said: Said, left_out: int) -> None:
    names, palette = explanation.target_names, canvas.palette
    more = f"; {left_out} that move less are not drawn" if left_out else ""
    what = quantity(explanation.unit, names[0]) if len(names) == 1 else explanation.unit
    title = f"{what} of each row, and their mean" if explanation.curves[0].rows is not None else said(what)
    canvas.ax.set_title(f"{title}{more}", size=SMALL, color=palette.muted, loc="left", pad=8)
    if len(names) > 1:
        add_key(canvas, [Mark(palette.series[k % len(palette.series)], tidy(name)) for k, name in enumerate(names)])
