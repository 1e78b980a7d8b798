"""Side by side: one narrow panel of bars for each target, the features in one order, with their places"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pellucid.core.importance import OWN_UNIT, SHARE, Importance
from pellucid.core.ranks import ranks
from pellucid.plots.canvas import SMALL, Canvas, check_plot, finish
from pellucid.plots.labels import shorten, tidy
from pellucid.plots.numbers import write_beside
from pellucid.plots.rows import open_rows
from pellucid.plots.subject import check_finite, check_result

__all__ = ["side_by_side"]

Floats = NDArray[np.float64]
#: what a panel's bars may take of its width; numbers and the next panel's zero line need the rest
_FILLED = 0.66
_LETTER = 5.4  # points
SAID = {SHARE: "share of each measure's sum", OWN_UNIT: "each measure in its own unit"}


def side_by_side(
    explanation: Importance,
    *,
    ax: Axes | Figure | None = None,
    max_display: int = 12,
    theme: str | None = None,
) -> Axes:
    """Draw the importances by each target in a panel of its own, with one standard error.

    The features stand in the order of their mean share ``|I_jm| / Σ_k |I_km|`` over the targets m; the number at a
    bar is the feature's place by that target alone, so numbers out of order are where the targets disagree.

    Parameters
    ----------
    explanation : importances; targets with units of their own have scales of their own.
    ax : axes to draw on; or an empty figure, which is sized to fit; or None for a new one.
    max_display : most features; the others are left out, since not every measure can be summed.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes; panel m lies between x = m and m + 1, the most important features on top.

    Raises
    ------
    ParameterError : values that are not finite.
    ArgumentTypeError : something else than an importance.
    """
    check_result("side_by_side", explanation, Importance)
    check_plot("side_by_side", theme, max_display=max_display)
    names = tuple(tidy(name) for name in explanation.feature_names)
    check_finite("side_by_side", explanation.values[np.newaxis], names)
    order = _order(explanation.values)[:max_display]
    titles = [tidy(name) for name in explanation.target_names]
    width = max(7.0, 1.8 + 0.75 * len(titles))
    canvas = open_rows("side_by_side", ax, theme, [names[j] for j in order], width=width, above=0.6, below=0.45)
    for number, scale in enumerate(_scales(explanation)):
        places = ranks(explanation.values)[order, number]
        _draw(canvas, number, scale, explanation.values[order, number], explanation.stderr[order, number], places)
    _write_titles(canvas, titles)
    _label(canvas, explanation, len(order))
    return finish(canvas)


@dataclass(frozen=True)
class _Scale:
    """From values to places within a panel of width one."""

    low: float
    high: float

    def __call__(self, values: Floats) -> Floats:
        return np.asarray(_FILLED * (np.clip(values, self.low, self.high) - self.low) / (self.high - self.low))


def _order(values: Floats) -> NDArray[np.intp]:
    sizes = np.abs(values)
    total = sizes.sum(axis=0)
    return np.argsort(-(sizes / np.where(total > 0, total, 1.0)).mean(axis=1), kind="stable")


def _scales(explanation: Importance) -> list[_Scale]:
    """One for all targets, unless each has a unit of its own."""
    reach = np.nan_to_num(explanation.stderr)
    low = np.minimum(0.0, (explanation.values - reach).min(axis=0))
    high = np.maximum(0.0, (explanation.values + reach).max(axis=0))
    if explanation.unit != OWN_UNIT:
        low, high = np.full(len(low), low.min()), np.full(len(high), high.max())
    return [_Scale(float(a), float(b) if b > a else float(a) + 1.0) for a, b in zip(low, high, strict=True)]


def _draw(canvas: Canvas, number: int, scale: _Scale, values: Floats, errors: Floats, places: Floats) -> None:
    ax, palette = canvas.ax, canvas.palette
    at, zero = np.arange(float(len(values))), number + float(scale(np.zeros(1))[0])
    ends = number + scale(values)
    ax.barh(at, ends - zero, 0.62, left=zero, color=palette.accent, lw=0)
    ax.plot([zero, zero], [-0.5, len(values) - 0.5], color=palette.faint, lw=0.8, zorder=0)
    reach = np.nan_to_num(errors)
    first, last = number + scale(values - reach), number + scale(values + reach)
    ax.hlines(at[reach > 0], first[reach > 0], last[reach > 0], color=palette.ink, lw=0.9, zorder=2.5)
    row = canvas.height / len(values)
    for y, x, place in zip(at, np.maximum(last, zero), places, strict=True):
        write_beside(canvas, float(x), float(y), f"{place:g}", row=row, gap=3.0)


def _write_titles(canvas: Canvas, titles: list[str]) -> None:
    columns = max(int(canvas.width / len(titles) / _LETTER), 6)
    for number, title in enumerate(titles):
        canvas.ax.annotate(
            _broken(title, columns),
            (number, 1),
            (0, 3),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            va="bottom",
            size=SMALL,
            color=canvas.palette.ink,
        )


def _broken(title: str, columns: int) -> str:
    """In lines at its spaces; words that are too long lose their middle."""
    return "\n".join(shorten(line, columns) for line in textwrap.wrap(title, columns, break_long_words=False)[:3])


def _label(canvas: Canvas, explanation: Importance, shown: int) -> None:
    ax, count = canvas.ax, len(explanation.feature_names)
    ax.set_xlim(-0.02, len(explanation.target_names))
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    own = SAID.get(explanation.unit, f"importance, {explanation.unit}")
    some = f"; {shown} of {count} features" if shown < count else ""
    ax.set_xlabel(f"{own}; the numbers are places{some}", size=SMALL, color=canvas.palette.muted)
