"""Decision: the paths that predictions take from the base to where they end."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.core.rng import generator, sample_rows
from pellucid.plots.canvas import SMALL, Canvas, check_plot, finish, room
from pellucid.plots.key import Mark, Strip, Title, add_key
from pellucid.plots.labels import formatter, others
from pellucid.plots.ranking import rank
from pellucid.plots.rows import open_rows
from pellucid.plots.scale import show_scale
from pellucid.plots.subject import read_subject

__all__ = ["decision"]

Floats = NDArray[np.float64]

#: most paths drawn; more hide each other
_MOST = 300


def decision(
    explanation: Attribution,
    *,
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    max_display: int = 12,
    theme: str | None = None,
) -> Axes:
    """Draw each row as a path: base + φ_1 + … + φ_k after k features, from the bottom to the top.

    The most important feature, by mean |φ|, comes last, on top, and where a path leaves the plot is its row's
    prediction. Paths that end above the base are orange, others blue.

    Parameters
    ----------
    explanation : any number of rows.
    ax : axes to draw on; or an empty figure, which is sized to fit; or None for a new one.
    target : name or number; None takes the only one, of two mirrored probabilities the second.
    max_display : most steps, the others' included.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes, x in the explanation's unit; of more than 300 rows a fixed random sample of 300 is drawn, which the
    key says.

    Raises
    ------
    ParameterError : several targets and no choice, or values that are not finite.
    """
    check_plot("decision", theme, max_display=max_display)
    subject = read_subject("decision", explanation, target, rows=(1, np.iinfo(np.int64).max))
    ranking = rank(np.abs(subject.values).mean(axis=0), max_display)
    single = len(subject.values) == 1
    rest = [others(len(ranking.others))] if len(ranking.others) else []
    names = [subject.names[j] for j in ranking.shown] + rest
    cells = [subject.cell(0, j) if single else "" for j in ranking.shown] + [""] * len(rest)
    canvas = open_rows("decision", ax, theme, names, cells, above=0.3, below=0.5)
    rows = sample_rows(len(subject.values), _MOST, 0, "plots", "paths")
    paths = subject.base[rows, np.newaxis] + _sums(ranking.fold(subject.values[rows]))
    side = 50 if single else 8
    canvas.ax.set_xlim(*room(canvas, float(paths.min()), float(paths.max()), side, side))
    _draw_paths(canvas, paths)
    _draw_rungs(canvas, paths, subject.based)
    if single:
        _write_end(canvas, float(paths[0, 0]), subject.end)
    else:
        add_key(canvas, _key(canvas, len(rows), len(subject.values)))
    show_scale(canvas, subject.quantity)
    return finish(canvas)


def _sums(values: Floats) -> Floats:
    """(rows, features + 1) sums from the last feature, the least important, to the first."""
    sums = np.cumsum(values[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([sums, np.zeros((len(values), 1))], axis=1)


def _draw_paths(canvas: Canvas, paths: Floats) -> None:
    """A feature's step is drawn across its row, between the line above it and the line below."""
    rows, points = paths.shape
    y = np.tile(np.arange(points) - 0.5, (rows, 1))
    above = paths[:, 0] >= paths[:, -1]
    palette = canvas.palette
    order = generator(0, "plots", "paths").permutation(rows)
    colours = [palette.positive if above[i] else palette.negative for i in order]
    lines = LineCollection(
        list(np.stack([paths, y], axis=-1)[order]),
        colors=colours,
        linewidths=1.6 if rows == 1 else 1.0 if rows <= 50 else 0.6,
        alpha=float(np.clip(3.0 / np.sqrt(rows), 0.06, 1.0)),
        zorder=2,
    )
    canvas.ax.add_collection(lines, autolim=False)


def _write_end(canvas: Canvas, end: float, name: str) -> None:
    canvas.ax.annotate(
        f"{name} {formatter([end])(end)}",
        (end, -0.5),
        (0, 4),
        textcoords="offset points",
        ha="center",
        size=SMALL,
        color=canvas.palette.ink,
    )


def _key(canvas: Canvas, drawn: int, rows: int) -> list[Title | Mark | Strip]:
    palette = canvas.palette
    marks = [Mark(palette.negative, "ends below the base"), Mark(palette.positive, "ends above")]
    return [*([Title(f"{drawn:,} of {rows:,} rows")] if drawn < rows else []), *marks]


def _draw_rungs(canvas: Canvas, paths: Floats, based: bool) -> None:
    ax, palette = canvas.ax, canvas.palette
    for y in range(paths.shape[1] - 1):
        ax.axhline(y - 0.5, color=palette.faint, lw=0.5, zorder=0)
    start = float(paths[:, -1].mean())
    ax.axvline(start, color=palette.neutral, lw=0.8, zorder=0.5)
    if based:
        ax.annotate(
            f"base {formatter([start])(start)}",
            (start, paths.shape[1] - 1.5),
            (4, 3),
            textcoords="offset points",
            size=SMALL,
            color=palette.muted,
            va="bottom",
            bbox={"facecolor": palette.background, "linewidth": 0, "pad": 0.5},
        )
