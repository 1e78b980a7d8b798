"""Beeswarm: every row's contribution of every feature, coloured by the feature's value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.plots.canvas import Canvas, check_plot, finish, room
from pellucid.plots.dots import dot_size, draw_dots
from pellucid.plots.jitter import spread
from pellucid.plots.key import Mark, Strip, add_key
from pellucid.plots.labels import others
from pellucid.plots.ranking import Ranking, rank
from pellucid.plots.rows import open_rows
from pellucid.plots.scale import show_scale
from pellucid.plots.shade import shades
from pellucid.plots.style import Palette, sequential
from pellucid.plots.subject import Subject, read_subject

__all__ = ["beeswarm"]

Floats = NDArray[np.float64]


def beeswarm(
    explanation: Attribution,
    *,
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    max_display: int = 12,
    theme: str | None = None,
) -> Axes:
    """Draw φ_ij of every row i as a dot in the row of its feature j, coloured by the value x_ij.

    Features are ordered by mean |φ_j|. Dots are spread upwards and downwards where they are dense, so the outline shows
    their distribution. Hollow dots are missing values, grey ones categories or sums of the features not shown.

    Parameters
    ----------
    explanation : of two rows at least.
    ax : axes to draw on; or an empty figure, which is sized to fit; or None for a new one.
    target : name or number; None takes the only one, of two mirrored probabilities the second.
    max_display : most rows of dots, the others' included.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes, x in the explanation's unit; the dots are kept as pixels inside vector files.

    Raises
    ------
    ParameterError : a single row, several targets and no choice, or values that are not finite.
    """
    check_plot("beeswarm", theme, max_display=max_display)
    subject = read_subject("beeswarm", explanation, target, rows=(2, np.iinfo(np.int64).max))
    ranking = rank(np.abs(subject.values).mean(axis=0), max_display)
    names = [subject.names[j] for j in ranking.shown] + ([others(len(ranking.others))] if len(ranking.others) else [])
    canvas = open_rows("beeswarm", ax, theme, names, thick=1.25, above=0.3, below=0.5)
    swarm = _place(canvas, subject, ranking)
    draw_dots(canvas, swarm.x, swarm.y, swarm.colours, swarm.hollow, size=swarm.size)
    add_key(canvas, _key(canvas.palette, swarm))
    canvas.ax.axvline(0, color=canvas.palette.faint, lw=0.8, zorder=0)
    show_scale(canvas, f"contribution to {subject.quantity}")
    return finish(canvas)


@dataclass(frozen=True, eq=False)
class _Swarm:
    """Dots of all rows, and which kinds there are."""

    x: Floats
    y: Floats
    colours: Floats
    hollow: NDArray[np.bool_]
    size: float
    shaded: bool
    plain: bool


def _place(canvas: Canvas, subject: Subject, ranking: Ranking) -> _Swarm:
    values = ranking.fold(subject.values)
    low, high = room(canvas, float(values.min()), float(values.max()), 8, 8)
    canvas.ax.set_xlim(low, high)
    lane = canvas.height / values.shape[1]
    size = min(dot_size(len(values)), 0.5 * lane)
    scale = canvas.width / (high - low)
    y = np.empty_like(values)
    for row in range(values.shape[1]):
        y[:, row] = row + spread((values[:, row] - low) * scale, dot=size, lane=0.8 * lane) / lane
    colours, hollow, kinds = _colour(canvas.palette, subject, ranking, values.shape)
    return _Swarm(
        x=values.ravel(order="F"),
        y=y.ravel(order="F"),
        colours=colours.reshape(-1, 4),
        hollow=hollow.ravel(),
        size=size,
        shaded="shaded" in kinds,
        plain="plain" in kinds,
    )


def _colour(
    palette: Palette, subject: Subject, ranking: Ranking, shape: tuple[int, ...]
) -> tuple[Floats, NDArray[np.bool_], set[str]]:
    """Colours (features, rows, 4), hollow ones (features, rows), and the kinds of features among them."""
    colours = np.tile(to_rgba(palette.neutral if subject.data is not None else palette.accent), (shape[1], shape[0], 1))
    hollow = np.zeros((shape[1], shape[0]), dtype=np.bool_)
    ramp, kinds = sequential(palette), set()
    if subject.data is None:
        return colours, hollow, set()
    for row, feature in enumerate(ranking.shown):
        shade = shades(subject.data, feature)
        hollow[row] = shade.missing
        known = np.isfinite(shade.at)
        colours[row, known] = ramp(shade.at[known])
        kinds.add("plain" if subject.data.kinds[feature] == "category" else "shaded")
    return colours, hollow, kinds


def _key(palette: Palette, swarm: _Swarm) -> list[Mark | Strip]:
    ramp = sequential(palette)
    items: list[Mark | Strip] = []
    if swarm.hollow.any():
        items.append(Mark(palette.neutral, "missing", hollow=True))
    if swarm.plain:
        items.append(Mark(palette.neutral, "category"))
    if swarm.shaded:
        items.append(Strip([ramp(t) for t in np.linspace(0, 1, 24)], "low", "high", "value"))
    return items
