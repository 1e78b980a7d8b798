"""Waterfall: from the base to one row's prediction, step by step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.plots.canvas import SMALL, Canvas, check_plot, finish, room
from pellucid.plots.labels import formatter, others, text_width
from pellucid.plots.numbers import draw_errors, write_beside
from pellucid.plots.ranking import rank
from pellucid.plots.rows import open_rows
from pellucid.plots.scale import show_scale
from pellucid.plots.subject import Subject, read_subject

__all__ = ["waterfall"]

Floats = NDArray[np.float64]
_HALF = 0.31


def waterfall(
    explanation: Attribution,
    *,
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    max_display: int = 12,
    theme: str | None = None,
) -> Axes:
    """Draw how one prediction comes about: f(x) = base + Σ_j φ_j, the largest contribution first.

    Read it from top to bottom: each bar starts where the one above ended, orange ones raise the prediction and blue
    ones lower it. The features not shown are summed in the last bar.

    Parameters
    ----------
    explanation : of a single row, as ``ex[3]``.
    ax : axes to draw on; or an empty figure, which is sized to fit; or None for a new one.
    target : name or number; None takes the only one, or the predicted class.
    max_display : most bars, the others' included.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes, x in the explanation's unit; whiskers are standard errors of sampled values.

    Raises
    ------
    ParameterError : more than one row, several targets and no choice, or values that are not finite.
    """
    check_plot("waterfall", theme, max_display=max_display)
    steps = _read(read_subject("waterfall", explanation, target, rows=(1, 1)), max_display)
    canvas = open_rows("waterfall", ax, theme, steps.names, steps.cells, above=0.1, below=0.5)
    _set_limits(canvas, steps)
    _draw_ends(canvas, steps)
    _draw_steps(canvas, steps)
    show_scale(canvas, steps.quantity)
    return finish(canvas)


@dataclass(frozen=True, eq=False)
class _Steps:
    """Rows from top to bottom: the base, the steps, the total; ``levels`` has one number more than ``values``."""

    names: list[str]
    cells: list[str]
    values: Floats
    errors: Floats
    levels: Floats
    quantity: str

    @property
    def reach(self) -> Floats:
        return np.nan_to_num(self.errors)


def _read(subject: Subject, most: int) -> _Steps:
    values = subject.values[0]
    ranking = rank(np.abs(values), most)
    folded = ranking.fold(values)
    errors = np.full(len(folded), np.nan)
    if subject.stderr is not None:
        errors[: len(ranking.shown)] = subject.stderr[0][ranking.shown]
    rest = [others(len(ranking.others))] if len(ranking.others) else []
    cells = [subject.cell(0, j) for j in ranking.shown]
    return _Steps(
        names=["base" if subject.based else "start", *(subject.names[j] for j in ranking.shown), *rest, subject.end],
        cells=["", *cells, *[""] * len(rest), ""],
        values=folded,
        errors=errors,
        levels=subject.base[0] + np.concatenate([[0.0], np.cumsum(folded)]),
        quantity=subject.quantity,
    )


def _set_limits(canvas: Canvas, steps: _Steps) -> None:
    write = formatter(steps.values, signed=True)
    wide = max(text_width(write(value), SMALL) for value in steps.values) + 8
    low = float(np.min(steps.levels[1:] - steps.reach, initial=steps.levels[0]))
    high = float(np.max(steps.levels[1:] + steps.reach, initial=steps.levels[0]))
    canvas.ax.set_xlim(*room(canvas, low, high, wide, wide))


def _draw_ends(canvas: Canvas, steps: _Steps) -> None:
    """The base as a line to compare with, base and total as numbers."""
    palette, ax, last = canvas.palette, canvas.ax, len(steps.names) - 1
    write = formatter([steps.levels[0], steps.levels[-1], *steps.values])
    height = canvas.height / len(steps.names)
    ax.plot([steps.levels[0]] * 2, [0, last + 0.5], color=palette.faint, lw=0.8, zorder=0)
    for row, level in ((0, steps.levels[0]), (last, steps.levels[-1])):
        ax.plot(level, row, marker="o", markersize=5, color=palette.ink)
        write_beside(canvas, level, row, write(level), row=height, gap=7)


def _draw_steps(canvas: Canvas, steps: _Steps) -> None:
    palette, ax = canvas.palette, canvas.ax
    write = formatter(steps.values, signed=True)
    rows = np.arange(1.0, len(steps.values) + 1)
    height = canvas.height / len(steps.names)
    colours = [palette.positive if value >= 0 else palette.negative for value in steps.values]
    # the outline keeps a bar of no length visible
    ax.barh(rows, steps.values, 2 * _HALF, left=steps.levels[:-1], color=colours, edgecolor=colours, lw=0.7)
    tops = np.concatenate([[0.0], rows + _HALF])
    ax.vlines(
        steps.levels, tops + [0.2, *[0] * len(rows)], [*(rows - _HALF), rows[-1] + 0.8], color=palette.neutral, lw=0.7
    )
    draw_errors(canvas, steps.levels[1:], rows, steps.errors)
    for row, value, level, reach in zip(rows, steps.values, steps.levels[1:], steps.reach, strict=True):
        write_beside(canvas, level + (reach if value >= 0 else -reach), row, write(value), row=height, left=value < 0)
