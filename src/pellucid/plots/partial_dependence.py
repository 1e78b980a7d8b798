"""Partial dependence: curves of features side by side, of single rows beneath, or the surface of a pair."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.core.effect import Curve, Effect
from pellucid.core.errors import ParameterError
from pellucid.plots.canvas import SMALL, Canvas, check_plot, finish, open_canvas
from pellucid.plots.curves import Band, draw_band, draw_curve, draw_shares, label_places, set_places, values_shown
from pellucid.plots.key import Mark, add_key
from pellucid.plots.labels import shorten, tidy
from pellucid.plots.panels import open_panels
from pellucid.plots.scale import plain_ticks
from pellucid.plots.subject import check_result, quantity
from pellucid.plots.surface import draw_surface

__all__ = ["partial_dependence"]

#: width and height of one panel in inches, panels side by side, and most single rows that are drawn
_PANEL, _COLUMNS, _ROWS = (2.5, 2.05), 3, 100


def partial_dependence(
    explanation: Effect,
    *,
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    max_display: int = 9,
    theme: str | None = None,
) -> Axes:
    """Draw F(z) over z, one panel a feature, all on one scale; or the surface F(z, u) of a pair as colours.

    Parameters
    ----------
    explanation : curves of features, with or without those of single rows; or one surface.
    ax : axes to draw on, in which several panels share the room; or an empty figure, which is sized to fit; or None for
        a new one.
    target : name or number; None draws all targets of curves (of two mirrored probabilities the second).
    max_display : most panels: the features whose curves move most over the background.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes; with several panels each is a child of them. Numbers are shown between the 1st and 99th percentile of the
    background, whose shares stand as bars at the foot, and confidence bands as a shade around the curve; missing values
    stand beside the scale.

    Raises
    ------
    ParameterError : no such target, several surfaces, or a surface of several targets and no choice.
    ArgumentTypeError : something else than an effect.
    """
    check_result("partial_dependence", explanation, Effect)
    check_plot("partial_dependence", theme, max_display=max_display)
    chosen = _chosen(explanation, target)
    if any(len(curve.axes) > 1 for curve in chosen.curves):
        return _surface(chosen, ax, theme)
    curves = _leading(chosen, max_display)
    columns = min(_COLUMNS, len(curves))
    lines = -(-len(curves) // columns)
    inches = (max(_PANEL[0] * columns, 4.6), _PANEL[1] * lines + 0.35) if len(curves) > 1 else (5.2, 3.4)
    canvas = open_canvas("partial_dependence", ax, theme, inches=inches, around=(16, 30))
    panels = open_panels(canvas, len(curves), columns)
    band = Band.of(values_shown(curves, centred=_starts_at_zero(curves)))
    for number, (panel, curve) in enumerate(zip(panels, curves, strict=True)):
        _draw(panel, curve, band, explanation=chosen, first=number % columns == 0)
    _label(canvas, chosen, len(explanation.curves) - len(curves))
    return finish(canvas)


def _chosen(explanation: Effect, target: str | int | None) -> Effect:
    if target is not None:
        return explanation.target(target)
    return explanation.target(1) if _mirrored(explanation) else explanation


def _mirrored(explanation: Effect) -> bool:
    """Whether the targets are the probabilities of two classes, so that either tells all."""
    if explanation.unit != "probability" or len(explanation.target_names) != 2:
        return False
    return all(np.allclose(curve.values.sum(axis=-1), 1.0, atol=1e-6) for curve in explanation.curves)


def _surface(explanation: Effect, ax: Axes | Figure | None, theme: str | None) -> Axes:
    names = explanation.target_names
    if len(explanation) > 1:
        raise ParameterError(
            f"partial_dependence draws one surface by itself, got {len(explanation)} effects; choose it, as in "
            f'ex["age", "income"].plot().'
        )
    if len(names) > 1:
        shown = ", ".join(map(repr, names[:8])) + (", …" if len(names) > 8 else "")
        raise ParameterError(
            f"partial_dependence draws a surface of one target and this explanation has {len(names)}: {shown}; pass "
            f"target= one of them."
        )
    canvas = open_canvas("partial_dependence", ax, theme, inches=(5.4, 4.2), around=(70, 70))
    draw_surface(canvas, explanation.curves[0], f"mean {quantity(explanation.unit, names[0])}")
    return finish(canvas)


def _leading(explanation: Effect, most: int) -> list[Curve]:
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
    ax.set_xlabel(shorten(tidy(axis.name), 34), size=SMALL + 0.5, color=palette.ink)


def _label(canvas: Canvas, explanation: Effect, left_out: int) -> None:
    names, palette = explanation.target_names, canvas.palette
    more = f"; {left_out} that move less are not drawn" if left_out else ""
    what = quantity(explanation.unit, names[0]) if len(names) == 1 else explanation.unit
    said = f"{what} of each row, and their mean" if explanation.curves[0].rows is not None else f"mean {what}"
    canvas.ax.set_title(f"{said}{more}", size=SMALL, color=palette.muted, loc="left", pad=8)
    if len(names) > 1:
        add_key(canvas, [Mark(palette.series[k % len(palette.series)], tidy(name)) for k, name in enumerate(names)])
