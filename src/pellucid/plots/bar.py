"""Bars: how much each feature matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.core.errors import ParameterError
from pellucid.core.importance import OWN_UNIT, Importance
from pellucid.plots.canvas import SMALL, Canvas, check_plot, finish, room
from pellucid.plots.key import Mark, add_key
from pellucid.plots.labels import formatter, others, text_width, tidy
from pellucid.plots.numbers import draw_errors, write_beside
from pellucid.plots.ranking import Ranking, leading, rank
from pellucid.plots.rows import open_rows
from pellucid.plots.style import LIGHT
from pellucid.plots.subject import check_finite, check_result, mirrored, quantity, read_names

__all__ = ["bar"]

Floats = NDArray[np.float64]

#: most targets that are drawn side by side unless asked otherwise
_SIDE_BY_SIDE = 3


def bar(
    explanation: Attribution | Importance,
    *,
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    max_display: int = 12,
    stacked: bool | None = None,
    theme: str | None = None,
) -> Axes:
    """Draw how much each feature matters, with the standard error.

    I_j = Σ_i |φ_ij| / n, one bar a feature; a single row shows its contributions φ_j themselves, with their signs.
    The last bar is the sum over the features not shown; weights, which cannot be summed, have none.

    Parameters
    ----------
    explanation : contributions, or importances computed by whatever method.
    ax : axes to draw on; or an empty figure, which is sized to fit; or None for a new one.
    target : name or number; None draws all targets (of two mirrored probabilities the second).
    max_display : most bars, the others' included.
    stacked : several targets end to end, instead of side by side; None does so for more than three.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes, bars along x in the explanation's unit, the most important on top.

    Raises
    ------
    ParameterError : no such target, or values that are not finite.
    ArgumentTypeError : something else than an attribution or importance.
    """
    check_result("bar", explanation, Attribution, Importance)
    check_plot("bar", theme, max_display=max_display)
    bars = _read(explanation, _targets(explanation, target), max_display)
    count = len(bars.targets)
    heaped = count > 1 and (count > _SIDE_BY_SIDE if stacked is None else stacked)
    thick = 1.0 if heaped else 1 + 0.45 * (count - 1)
    canvas = open_rows("bar", ax, theme, bars.labels, thick=thick, above=0.35 if count > 1 else 0.1, below=0.45)
    colours = _colours(canvas, bars)
    (_draw_heaped if heaped else _draw_grouped)(canvas, bars, colours)
    if count > 1:
        add_key(canvas, [Mark(colour, name) for name, colour in zip(bars.targets, colours, strict=True)])
    _label_axis(canvas, bars.axis)
    return finish(canvas)


@dataclass(frozen=True, eq=False)
class _Bars:
    """What is drawn: lengths and errors are (bars, targets), errors nan where unknown."""

    labels: list[str]
    lengths: Floats
    errors: Floats
    targets: list[str]
    signed: bool
    summed: bool
    axis: str


def _targets(explanation: Attribution | Importance, target: str | int | None) -> list[int]:
    names = explanation.target_names
    if target is None:
        return [1] if isinstance(explanation, Attribution) and mirrored(explanation) else list(range(len(names)))
    if isinstance(target, str) and target in names:
        return [names.index(target)]
    if isinstance(target, int) and -len(names) <= target < len(names):
        return [target % len(names)]
    raise ParameterError(f"bar: there is no target {target!r}; this explanation has {', '.join(map(repr, names))}.")


def _read(explanation: Attribution | Importance, chosen: list[int], most: int) -> _Bars:
    names, values, errors = _numbers(explanation)
    values, errors = values[:, chosen], errors[:, chosen]
    measured = explanation.receipt.model == "none"
    ranking = (leading if measured else rank)(np.abs(values).sum(axis=1), most)
    weights = isinstance(explanation, Importance) and explanation.are_weights
    left = ""
    if weights and len(ranking.others):
        order = np.concatenate([ranking.shown, ranking.others])
        ranking, left = Ranking(order[:most], order[:0]), f"; {most} of {len(order)} features"
    unknown = np.full((1 if len(ranking.others) else 0, len(chosen)), np.nan)
    lengths, targets = _fewer(ranking.fold(values, axis=0), [tidy(explanation.target_names[j]) for j in chosen])
    kept = np.concatenate([errors[ranking.shown], unknown])
    local = isinstance(explanation, Attribution) and len(explanation) == 1
    return _Bars(
        labels=[names[j] for j in ranking.shown] + ([others(len(ranking.others))] if len(ranking.others) else []),
        lengths=lengths,
        errors=kept if lengths.shape == kept.shape else np.full(lengths.shape, np.nan),
        targets=targets,
        signed=local or weights,
        summed=len(ranking.others) > 0,
        axis=_measured(explanation, targets, len(names) - most)
        if measured
        else _axis(explanation, targets, local) + left,
    )


def _numbers(explanation: Attribution | Importance) -> tuple[tuple[str, ...], Floats, Floats]:
    """Names, values (features, targets) and their errors."""
    if isinstance(explanation, Attribution):
        names = read_names("bar", explanation)
        check_finite("bar", explanation.values, names)
        if len(explanation) == 1:
            stderr = explanation.stderr
            values = explanation.values[0]
            return names, values, np.full(values.shape, np.nan) if stderr is None else stderr[0]
        explanation = explanation.importance()
    names = tuple(tidy(name) for name in explanation.feature_names)
    check_finite("bar", explanation.values[np.newaxis], names)
    return names, explanation.values, explanation.error


def _fewer(lengths: Floats, targets: list[str]) -> tuple[Floats, list[str]]:
    """At most as many targets as there are colours; the smallest are summed."""
    most = len(LIGHT.series)
    if len(targets) <= most:
        return lengths, targets
    ranking = rank(np.abs(lengths).sum(axis=0), most + 1)
    kept, rest = np.sort(ranking.shown), ranking.others
    folded = np.concatenate([lengths[:, kept], lengths[:, rest].sum(axis=1, keepdims=True)], axis=1)
    return folded, [targets[j] for j in kept] + [f"{len(rest)} other targets"]


def _axis(explanation: Attribution | Importance, targets: list[str], local: bool) -> str:
    what = explanation.unit if len(targets) > 1 else quantity(explanation.unit, targets[0])
    if isinstance(explanation, Importance):
        return _axis_of_weights(explanation, targets) or f"importance, {what}"
    if len(targets) > 1:
        return f"contribution, {what}" if local else f"mean |contribution|, {what}"
    return f"contribution to {what}" if local else f"mean |contribution| to {what}"


def _axis_of_weights(explanation: Importance, targets: list[str]) -> str:
    """What weights, and measures in their own units, are called; empty for other importances."""
    one = tidy(targets[0]) if len(targets) == 1 else ""
    if explanation.unit == OWN_UNIT:
        return one or "each measure in its own unit"
    if not explanation.are_weights:
        return ""
    return f"weight{f' for {one}' if one else ''}, {explanation.unit} of a feature"


def _measured(explanation: Attribution | Importance, targets: list[str], left_out: int) -> str:
    """What a measure of data alone is called."""
    what = explanation.unit if len(targets) > 1 else quantity(explanation.unit, targets[0])
    return what + (f"; {left_out} smaller not drawn" if left_out > 0 else "")


def _colours(canvas: Canvas, bars: _Bars) -> list[str]:
    palette = canvas.palette
    if len(bars.targets) == 1:
        return [palette.accent]
    return [*palette.series, palette.neutral][: len(bars.targets)]


def _draw_grouped(canvas: Canvas, bars: _Bars, colours: list[str]) -> None:
    """Targets side by side, each with its error and its number."""
    count = len(bars.targets)
    thick = (0.62 if count == 1 else 0.8) / count
    write = formatter(bars.lengths[:-1] if bars.summed else bars.lengths, signed=bars.signed)
    reach = np.nan_to_num(bars.errors)
    cut = _cut(bars, np.abs(bars.lengths) + reach)
    low, high = (np.clip(ends, -cut, cut) for ends in (bars.lengths - reach, bars.lengths + reach))
    _set_limits(canvas, low, high, [write(x) for x in bars.lengths.ravel()])
    row = thick * canvas.height / len(bars.labels)
    for j, colour in enumerate(colours):
        at = np.arange(float(len(bars.labels))) + (j - (count - 1) / 2) * thick
        length = bars.lengths[:, j]
        drawn = canvas.ax.barh(at, length, thick * 0.94, color=_row_colours(canvas, bars, length, colour), lw=0)
        draw_errors(canvas, length, at, bars.errors[:, j])
        for y, x, first, last in zip(at, length, low[:, j], high[:, j], strict=True):
            write_beside(canvas, last if x >= 0 else first, y, write(x), row=row, left=x < 0)
        if abs(length[-1]) > cut:
            _break(canvas, [drawn[-1]], np.copysign(cut, length[-1]))


def _draw_heaped(canvas: Canvas, bars: _Bars, colours: list[str]) -> None:
    """Targets end to end: what raises to the right of zero, what lowers to its left."""
    up, down = np.clip(bars.lengths, 0, None), np.clip(bars.lengths, None, 0)
    low, high = down.sum(axis=1), up.sum(axis=1)
    write = formatter(high[:-1] if bars.summed else high)
    cut = _cut(bars, np.maximum(high, -low)[:, np.newaxis])
    _set_limits(canvas, np.clip(low, -cut, None), np.clip(high, None, cut), [write(x) for x in high])
    at = np.arange(float(len(bars.labels)))
    ends = []
    for j, colour in enumerate(colours):
        length = bars.lengths[:, j]
        start = np.where(length >= 0, up[:, :j].sum(axis=1), down[:, :j].sum(axis=1))
        ends.append(canvas.ax.barh(at, length, 0.62, left=start, color=colour, lw=0)[-1])
    for end, sign in ((high[-1], 1.0), (low[-1], -1.0)):
        if abs(end) > cut:
            _break(canvas, ends, sign * cut)
    if not down.any():
        for y, x in zip(at, high, strict=True):
            write_beside(canvas, min(x, cut), y, write(x), row=canvas.height / len(at))


def _cut(bars: _Bars, sizes: Floats) -> float:
    """Where the bar of the others is broken off, lest it squeeze those that people came to see."""
    if not bars.summed:
        return np.inf
    longest = float(sizes[:-1].max())
    return 1.15 * longest if sizes[-1].max() > 1.5 * longest > 0 else np.inf


def _break(canvas: Canvas, drawn: Sequence[Rectangle], at: float) -> None:
    """Hide what lies beyond, and mark the place by two strokes across the bar."""
    ax = canvas.ax
    for bar_ in drawn:
        half, y = bar_.get_height() / 2, bar_.get_y()
        window = Rectangle((min(at, 0), y - half), abs(at), 4 * half, transform=ax.transData)
        bar_.set_clip_path(window)
    middle = drawn[0].get_y() + drawn[0].get_height() / 2
    for x in (0.93 * at, 0.96 * at):
        slant = 0.008 * at
        ax.plot(
            [x - slant, x + slant], [middle + 0.42, middle - 0.42], color=canvas.palette.background, lw=1.8, zorder=2.6
        )


def _row_colours(canvas: Canvas, bars: _Bars, length: Floats, colour: str) -> list[str]:
    palette = canvas.palette
    if len(bars.targets) > 1:
        return [colour] * len(length)
    colours = (
        [palette.positive if x >= 0 else palette.negative for x in length] if bars.signed else [colour] * len(length)
    )
    return [*colours[:-1], palette.neutral] if bars.summed else colours


def _set_limits(canvas: Canvas, low: Floats, high: Floats, texts: list[str]) -> None:
    wide = max(text_width(text, SMALL) for text in texts) + 8
    lowest, highest = min(0.0, float(low.min())), max(0.0, float(high.max()))
    canvas.ax.set_xlim(*room(canvas, lowest, highest, wide if (low < 0).any() else 0.0, wide))


def _label_axis(canvas: Canvas, text: str) -> None:
    """The numbers stand at the bars, so the axis needs none."""
    ax = canvas.ax
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.axvline(0, color=canvas.palette.faint, lw=0.8, zorder=0)
    ax.set_xlabel(text, size=SMALL, color=canvas.palette.muted)
