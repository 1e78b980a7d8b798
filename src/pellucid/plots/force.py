"""Force: what pushes one prediction up and what pushes it down, in a single bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.plots.canvas import BASE, SMALL, Canvas, check_plot, finish, open_canvas
from pellucid.plots.labels import formatter, text_width, wrap
from pellucid.plots.ranking import Ranking, rank
from pellucid.plots.scale import show_scale
from pellucid.plots.subject import Subject, read_subject

__all__ = ["force"]

Floats = NDArray[np.float64]

#: heights in points: of the bar, of one line of labels, of the space over the bar
_BAR, _LINE, _OVER = 22.0, 15.0, 34.0
#: most letters of a label, and how many more its number takes
_COLUMNS, _NUMBER = 30, 11


def force(
    explanation: Attribution,
    *,
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    max_display: int = 10,
    theme: str | None = None,
) -> Axes:
    """Draw f(x) = base + Σ_j φ_j as a balance of forces.

    From the left, end to end, what raises the prediction (orange), up to f(x); from the right what lowers it (blue).
    The largest are nearest to f(x), and the base lies where the two sides would leave off without any forces.

    Parameters
    ----------
    explanation : of a single row, as ``ex[3]``.
    ax : axes to draw on; or an empty figure, which is sized to fit; or None for a new one.
    target : name or number; None takes the only one, or the predicted class.
    max_display : most features drawn on their own; the others are summed on either side.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes, x in the explanation's unit.

    Raises
    ------
    ParameterError : more than one row, several targets and no choice, or values that are not finite.
    """
    check_plot("force", theme, max_display=max_display)
    subject = read_subject("force", explanation, target, rows=(1, 1))
    ranking = rank(np.abs(subject.values[0]), max_display + 1)
    lines = max(_count(subject, ranking, 1), _count(subject, ranking, -1), 1)
    inches = (8.5, (_OVER + _BAR + lines * _LINE + 60) / 72)
    canvas = open_canvas("force", ax, theme, inches=inches, around=(16, 52))
    # a third of the width for the labels of either side, so that the bar keeps as much
    columns = min(_COLUMNS, max(8, int(canvas.width / 3 / text_width("0", SMALL)) - _NUMBER))
    up, down = (_side(subject, ranking, sign, columns) for sign in (1, -1))
    _set_limits(canvas, up, down)
    _draw_side(canvas, up)
    _draw_side(canvas, down)
    _mark(canvas, subject)
    show_scale(canvas, subject.quantity)
    return finish(canvas)


@dataclass(frozen=True, eq=False)
class _Side:
    """Forces of one sign, from f(x) outwards: ``edges`` has one number more than ``sizes`` and starts at f(x)."""

    sign: int
    sizes: Floats
    edges: Floats
    texts: list[str]
    summed: bool

    @property
    def middles(self) -> Floats:
        return np.asarray((self.edges[1:] + self.edges[:-1]) / 2)


def _count(subject: Subject, ranking: Ranking, sign: int) -> int:
    """Segments of one sign."""
    values = subject.values[0] * sign
    return int((values[ranking.shown] > 0).sum()) + bool((values[ranking.others] > 0).any())


def _side(subject: Subject, ranking: Ranking, sign: int, columns: int) -> _Side:
    values = subject.values[0]
    own = [int(j) for j in ranking.shown if values[j] * sign > 0]
    rest = [int(j) for j in ranking.others if values[j] * sign > 0]
    sizes = np.array([abs(values[j]) for j in own] + ([np.abs(values[rest]).sum()] if rest else []))
    write = formatter(values, signed=True)
    texts = [f"{wrap(subject.names[j], columns, 1, subject.cell(0, j))}   {write(values[j])}" for j in own]
    if rest:
        texts.append(f"{len(rest):,} other{'' if len(rest) == 1 else 's'}   {write(float(values[rest].sum()))}")
    edges = subject.totals[0] - sign * np.concatenate([[0.0], np.cumsum(sizes)])
    return _Side(sign, sizes, edges, texts, bool(rest))


def _set_limits(canvas: Canvas, up: _Side, down: _Side) -> None:
    """Leave room for labels, which run outwards from the middle of their segment; and let y count points."""
    low, high = float(up.edges[-1]), float(down.edges[-1])
    unit = least = ((high - low) or abs(high) or 1.0) / canvas.width
    for _ in range(30):
        # what a point is worth depends on the room that the labels take, and the other way round
        left = [x - _width(text) * unit for x, text in zip(up.middles, up.texts, strict=True)]
        right = [x + _width(text) * unit for x, text in zip(down.middles, down.texts, strict=True)]
        first, last = min([low - 8 * unit, *left]), max([high + 8 * unit, *right])
        unit = float(np.clip((last - first) / canvas.width, least, 4 * least))
    reach = 1.5 * least * canvas.width
    canvas.ax.set_xlim(max(first, low - reach), min(last, high + reach))
    top = _BAR + _OVER
    canvas.ax.set_ylim(top - max(canvas.height, top + _LINE), top)
    canvas.ax.set_yticks([])
    canvas.ax.spines["bottom"].set_visible(True)


def _width(text: str) -> float:
    return text_width(text, SMALL) + 10


def _draw_side(canvas: Canvas, side: _Side) -> None:
    """Segments that point to f(x), each with its label below, the outermost on the first line."""
    ax, palette = canvas.ax, canvas.palette
    low, high = ax.get_xlim()
    tip = 4 * (high - low) / canvas.width * side.sign
    colour = palette.positive if side.sign > 0 else palette.negative
    for number, (inner, outer) in enumerate(zip(side.edges[:-1], side.edges[1:], strict=True)):
        last = side.summed and number == len(side.sizes) - 1
        ax.add_patch(
            Polygon(
                _chevron(inner, outer, tip),
                facecolor=colour,
                alpha=0.55 if last else 1.0,
                edgecolor=palette.background,
                linewidth=0.8,
            )
        )
    bottom = ax.get_ylim()[0]
    for line, number in enumerate(reversed(range(len(side.texts)))):
        y = -(line + 0.85) * _LINE
        if y > bottom:
            _draw_label(canvas, side.middles[number] - tip / 2, y, side.texts[number], left=side.sign > 0)


def _chevron(inner: float, outer: float, tip: float) -> Sequence[tuple[float, float]]:
    return [
        (outer - tip, 0),
        (inner - tip, 0),
        (inner, _BAR / 2),
        (inner - tip, _BAR),
        (outer - tip, _BAR),
        (outer, _BAR / 2),
    ]


def _draw_label(canvas: Canvas, x: float, y: float, text: str, *, left: bool) -> None:
    palette = canvas.palette
    canvas.ax.plot([x, x], [-1, y - 3], color=palette.neutral, lw=0.6, zorder=1)
    canvas.ax.annotate(
        text,
        (x, y),
        (-4 if left else 4, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center_baseline",
        size=SMALL,
        color=palette.ink,
    )


def _mark(canvas: Canvas, subject: Subject) -> None:
    """The prediction where the two sides meet, and the base, over the bar."""
    ax, palette = canvas.ax, canvas.palette
    total, base = float(subject.totals[0]), float(subject.base[0])
    write = formatter([total, base])
    marks = [(total, subject.end, 20.0, BASE, palette.ink)]
    if subject.based:
        marks.append((base, "base", 5.0, SMALL, palette.muted))
    for x, name, height, size, colour in marks:
        ax.plot([x, x], [_BAR, _BAR + height - 2], color=colour, lw=0.8, zorder=1)
        # the base's label runs away from the line that leads to the prediction
        side = "center" if name != "base" else "left" if base >= total else "right"
        ax.text(x, _BAR + height, f"{name} {write(x)}", size=size, color=colour, ha=side, va="bottom")
