"""Decision regions: the class, probability or value over two features, and the rows that lie near."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pellucid.core.effect import Curve, Effect
from pellucid.core.errors import ParameterError
from pellucid.plots.canvas import Canvas, check_plot, finish, open_canvas
from pellucid.plots.curves import numbers, span_of
from pellucid.plots.key import Mark, add_key
from pellucid.plots.labels import tidy
from pellucid.plots.style import sequential
from pellucid.plots.subject import check_result, quantity
from pellucid.plots.surface import cells_of, draw_surface, label_axis, surface_inches

__all__ = ["decision_regions"]

Floats = NDArray[np.float64]

#: marks of rows by class, so that colour is never all that tells them apart; most classes
_MARKS, _MOST = "osD^vP*X<>h8dp", 14
#: how strongly a region is coloured where the model is unsure and where it is sure
_UNSURE, _SURE = 0.22, 0.62


def decision_regions(
    explanation: Effect,
    *,
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    theme: str | None = None,
) -> Axes:
    """Draw which class wins at every place of the plane, or the value of one target as colours with contours.

    Parameters
    ----------
    explanation : one surface of two features.
    ax : axes to draw on; or an empty figure, which is sized to fit; or None for a new one.
    target : name or number; None draws the classes, or the only target.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes. A region is the stronger coloured the larger its class's probability; lines are where the two largest are
    equal. Marks are rows in the colour and shape of their true class.

    Raises
    ------
    ParameterError : no such target, several surfaces or curves, several targets that are no classes, or more than 14.
    ArgumentTypeError : something else than an effect.
    """
    check_result("decision_regions", explanation, Effect)
    check_plot("decision_regions", theme)
    chosen = explanation if target is None else explanation.target(target)
    if len(chosen) != 1 or len(chosen.curves[0].axes) != 2:
        raise ParameterError(
            f"decision_regions draws one surface of two features, got {len(chosen)} effects; choose it."
        )
    count = len(chosen.target_names)
    if count > _MOST or (count > 1 and chosen.unit == "target"):
        raise ParameterError(
            f"decision_regions draws up to {_MOST} classes or one target, got {count} in {chosen.unit}; pass target=."
        )
    canvas = open_canvas("decision_regions", ax, theme, inches=surface_inches(chosen.curves[0]), around=(70, 70))
    curve = chosen.curves[0]
    if count > 1:
        _draw_classes(canvas, chosen, curve)
    else:
        _draw_values(canvas, chosen, curve, explanation)
    return finish(canvas)


def _draw_classes(canvas: Canvas, chosen: Effect, curve: Curve) -> None:
    (x, across), (y, up) = (cells_of(axis) for axis in curve.axes)
    values = curve.values[np.ix_(across, up)].transpose(1, 0, 2)
    colours = _colours(canvas, len(chosen.target_names))
    winner = values.argmax(axis=-1)
    strength = _strength(values, chosen.unit)[..., np.newaxis]
    paper = np.array(to_rgb(canvas.palette.background))
    picture = strength * np.array([to_rgb(colour) for colour in colours])[winner] + (1 - strength) * paper
    canvas.ax.pcolormesh(x, y, picture, rasterized=True)
    _draw_borders(canvas, curve, values)
    for axis, side in zip(curve.axes, ("x", "y"), strict=True):
        label_axis(canvas, axis, span_of(axis), side)
    marks = _draw_points(canvas, curve, colours)
    shown = sorted({*np.unique(winner).tolist(), *marks})
    add_key(canvas, [Mark(colours[k], tidy(chosen.target_names[k])) for k in shown])


def _draw_values(canvas: Canvas, chosen: Effect, curve: Curve, whole: Effect) -> None:
    draw_surface(canvas, curve, quantity(chosen.unit, chosen.target_names[0]))
    known = curve.values[..., 0]
    if not any(axis.kind == "levels" for axis in curve.axes) and known.max() > known.min():
        x, y = (numbers(axis) for axis in curve.axes)
        levels = [0.5] if chosen.unit == "probability" else np.linspace(known.min(), known.max(), 9)[1:-1]
        if known.min() < levels[0] < known.max():
            canvas.ax.contour(x, y, known.T, levels, colors=canvas.palette.background, linewidths=0.8)
    if curve.points is None or not len(curve.points):
        return
    at = _places(curve)
    true = curve.points[:, 2]
    look: dict[str, Any] = {"s": 16, "edgecolors": canvas.palette.background, "linewidths": 0.6, "zorder": 3}
    if len(whole.target_names) > 1 or chosen.unit == "probability" or not np.isfinite(true).any():
        canvas.ax.scatter(*at, color=canvas.palette.ink, **look)
        return
    ramp = sequential(canvas.palette)
    canvas.ax.scatter(*at, c=true, cmap=ramp, vmin=float(known.min()), vmax=float(known.max()), **look)


def _strength(values: Floats, unit: str) -> Floats:
    if unit != "probability":
        return np.full(values.shape[:-1], (_UNSURE + _SURE) / 2)
    least = 1 / values.shape[-1]
    sure = np.clip((values.max(axis=-1) - least) / (1 - least), 0, 1)
    return np.asarray(_UNSURE + (_SURE - _UNSURE) * sure)


def _draw_borders(canvas: Canvas, curve: Curve, values: Floats) -> None:
    """Where a class and the best of the others are equal; between categories there is no place for it."""
    if any(axis.kind == "levels" for axis in curve.axes):
        return
    x, y = (numbers(axis) for axis in curve.axes)
    for k in range(values.shape[-1]):
        lead = values[..., k] - np.delete(values, k, axis=-1).max(axis=-1)
        if lead.min() < 0 < lead.max():
            canvas.ax.contour(x, y, lead, [0.0], colors=canvas.palette.ink, linewidths=0.9)


def _draw_points(canvas: Canvas, curve: Curve, colours: list[str]) -> list[int]:
    """The classes that were drawn."""
    if curve.points is None or not len(curve.points):
        return []
    x, y = _places(curve)
    true = curve.points[:, 2]
    look: dict[str, Any] = {"s": 20, "edgecolors": canvas.palette.background, "linewidths": 0.7, "zorder": 3}
    found = [int(k) for k in np.unique(true[np.isfinite(true)])]
    for k in found:
        here = true == k
        canvas.ax.scatter(x[here], y[here], color=colours[k], marker=_MARKS[k], **look)
    unknown = np.isnan(true)
    canvas.ax.scatter(x[unknown], y[unknown], color=canvas.palette.muted, marker=".", **look)
    return found


def _places(curve: Curve) -> tuple[Floats, Floats]:
    """Where the rows stand in the picture; those of one category beside each other, by their order."""
    points = np.empty((0, 3)) if curve.points is None else curve.points
    found = []
    for axis, at in zip(curve.axes, points.T, strict=False):
        if axis.kind == "levels":
            found.append(at + 0.6 * (np.modf(np.arange(len(at)) * 0.6180339887)[0] - 0.5))
        elif axis.at.dtype.kind == "M":
            found.append(np.asarray(date2num(at.astype(np.int64).astype("datetime64[us]"))))  # type: ignore[no-untyped-call]
        else:
            found.append(at)
    return found[0], found[1]


def _colours(canvas: Canvas, count: int) -> list[str]:
    """Of more classes than colours the further ones are paler or darker than those they share a hue with."""
    series, ink = canvas.palette.series, np.array(to_rgb(canvas.palette.ink))
    further = [tuple(0.5 * np.array(to_rgb(colour)) + 0.5 * ink) for colour in series]
    mixed = ["#" + "".join(f"{round(255 * part):02x}" for part in colour) for colour in further]
    return [*series, *mixed][:count]
