"""One feature's curve: steps, points or categories along an axis, and where the background lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from numpy.typing import NDArray

from pellucid.core.effect import Curve
from pellucid.core.effect_axis import Axis
from pellucid.plots.canvas import SMALL, Canvas
from pellucid.plots.labels import text_width
from pellucid.plots.levels import has_missing, label_levels, level_names
from pellucid.plots.scale import plain_ticks

__all__ = [
    "Band",
    "Span",
    "draw_band",
    "draw_curve",
    "draw_shares",
    "label_places",
    "set_places",
    "span_of",
    "values_shown",
]

Floats = NDArray[np.float64]

#: share of the background beyond either end of the scale, most pieces drawn, bins of the band
_BEYOND, _MOST, _BINS = 0.01, 600, 48


@dataclass(frozen=True)
class Band:
    """The scale of values, with room at its foot for the background."""

    foot: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Floats) -> Band:
        bottom, top = float(values.min()), float(values.max())
        span = (top - bottom) or abs(top) or 1.0
        return cls(bottom - 0.06 * span, bottom - 0.2 * span, top + 0.06 * span)


@dataclass(frozen=True)
class Span:
    """Places along x: numbers from ``low`` to ``high``, the missing value at ``missing``; categories at 0, 1, 2 …"""

    low: float
    high: float
    missing: float
    dates: bool = False


def span_of(axis: Axis) -> Span:
    """What of an axis is shown."""
    if axis.kind == "levels":
        return Span(-0.5, axis.present - 0.5, float(axis.present))
    low, high = _ends(axis, numbers(axis))
    return Span(low, high, high + 0.14 * (high - low or 1.0), axis.at.dtype.kind == "M")


def numbers(axis: Axis) -> Floats:
    """Edges or points as numbers; dates as matplotlib counts them."""
    at = date2num(axis.at) if axis.at.dtype.kind == "M" else axis.at  # type: ignore[no-untyped-call]
    return np.asarray(at, dtype=np.float64)


def values_shown(curves: Sequence[Curve], *, centred: bool) -> Floats:
    """All values within what is shown, those of single rows but for their extremes."""
    found = []
    for curve in curves:
        shown = _visible(curve.axes[0])
        found += [part[shown].ravel() for part in (curve.values, curve.low, curve.high) if part is not None]
        if curve.rows is not None:
            found.append(np.percentile(curve.rows[:, shown], [1, 99]))
    if centred:
        found.append(np.zeros(1))
    values = np.concatenate(found)
    known = values[np.isfinite(values)]
    return known if len(known) else np.zeros(1)


def set_places(panel: Canvas, axis: Axis) -> Span:
    """Limits of x."""
    span = span_of(axis)
    step = 1.0 if axis.kind == "levels" else 0.1 * (span.high - span.low or 1.0)
    panel.ax.set_xlim(span.low, span.missing + 0.5 * step if has_missing(axis) else span.high)
    return span


def draw_shares(panel: Canvas, axis: Axis, span: Span, band: Band) -> None:
    """The background as bars at the foot: their area is its share."""
    left, width, share = _bins(axis, span)
    top = share.max(initial=0.0)
    if top <= 0:
        return
    room = 0.75 * (band.foot - band.low)
    panel.ax.bar(left, room * share / top, width, bottom=band.low, align="edge", color=panel.palette.faint, lw=0)


def draw_band(panel: Canvas, axis: Axis, span: Span, low: Floats, high: Floats, colour: str) -> None:
    """The room between the ends of a confidence band."""
    look: dict[str, Any] = {"color": colour, "alpha": 0.16, "lw": 0, "zorder": 2}
    if axis.kind == "levels":
        at = np.arange(axis.present, dtype=np.float64)
        panel.ax.bar(at, (high - low)[: axis.present], 0.64, bottom=low[: axis.present], **look)
    elif axis.kind == "steps":
        (x, below), (_, above) = (_steps(axis, span, end[: axis.present]) for end in (low, high))
        panel.ax.fill_between(x, below, above, **look)
    else:
        panel.ax.fill_between(numbers(axis), low[: axis.present], high[: axis.present], **look)
    if has_missing(axis):
        panel.ax.vlines([span.missing], low[-1:], high[-1:], colors=colour, lw=1.2, zorder=2)


def draw_curve(panel: Canvas, axis: Axis, span: Span, values: Floats, colour: str, *, single: bool = False) -> None:
    """One line; categories and the missing value are marks of their own."""
    thick, clear, above = (0.5, 0.35, 1) if single else (1.6, 1.0, 3)
    line: dict[str, Any] = {"color": colour, "lw": thick, "alpha": clear, "zorder": above}
    known = values[: axis.present]
    if axis.kind == "levels":
        _draw_levels(panel, np.arange(len(known), dtype=np.float64), known, line, single)
    elif axis.kind == "steps":
        x, y = _steps(axis, span, known)
        panel.ax.plot(x, y, solid_joinstyle="miter", **line)
    else:
        panel.ax.plot(numbers(axis), known, marker=None if single else "o", markersize=2.6, **line)
    if has_missing(axis) and not single:
        face = panel.palette.background
        panel.ax.plot([span.missing], values[-1:], "o", mfc=face, mec=colour, mew=1.2, markersize=5, zorder=3)


def label_places(panel: Canvas, axis: Axis, span: Span) -> None:
    """Ticks along x: numbers, dates or names, and where the missing value stands."""
    ax = panel.ax
    if axis.kind == "levels":
        label_levels(panel, level_names(axis))
        return
    if span.dates:
        locator = AutoDateLocator(minticks=2, maxticks=5)  # type: ignore[no-untyped-call]
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    else:
        plain_ticks(panel, "x")
    ticks = [tick for tick in ax.xaxis.get_majorticklocs() if span.low <= tick <= span.high]
    texts = ax.xaxis.get_major_formatter().format_ticks(ticks)
    last = [(span.missing, "missing")] if has_missing(axis) else []
    free = _parted([*last, *reversed(list(zip(ticks, texts, strict=True)))], panel)
    ax.set_xticks([tick for tick, _ in free], [text for _, text in free])


def _parted(ticks: Sequence[tuple[float, str]], panel: Canvas) -> list[tuple[float, str]]:
    """Ticks from right to left without those that would touch the one before."""
    low, high = panel.ax.get_xlim()
    unit = (high - low) / panel.width
    kept: list[tuple[float, str]] = []
    for tick, text in ticks:
        room = (text_width(text + (kept[-1][1] if kept else ""), SMALL) / 2 + 3) * unit
        if not kept or tick + room < kept[-1][0]:
            kept.append((tick, text))
    return kept[::-1]


def _draw_levels(panel: Canvas, at: Floats, values: Floats, line: dict[str, Any], single: bool) -> None:
    panel.ax.hlines(values, at - 0.32, at + 0.32, colors=line["color"], lw=line["lw"], alpha=line["alpha"], zorder=3)
    if not single:
        panel.ax.plot(at, values, "o", color=str(line["color"]), markersize=4.5, zorder=3)


def _visible(axis: Axis) -> NDArray[np.bool_]:
    """Places within what is shown."""
    if axis.kind != "steps" or not len(axis.at):
        return np.ones(axis.places, dtype=np.bool_)
    span = span_of(axis)
    low, high = axis.ends()
    shown = ~((high <= span.low) | (low >= span.high))
    return np.asarray(shown & (np.arange(axis.places) < axis.present + has_missing(axis)))


def _ends(axis: Axis, at: Floats) -> tuple[float, float]:
    """Numbers that all but the outermost parts of the background lie between."""
    if not len(at):
        return 0.0, 1.0
    if axis.kind == "points":
        alone = 0.5 * (at[0] == at[-1])
        return float(at[0] - alone), float(at[-1] + alone)
    known = axis.share[: axis.present] if axis.share[: axis.present].any() else np.ones(axis.present)
    below = np.cumsum(known) / known.sum()
    first, last = (int(np.searchsorted(below, part)) for part in (_BEYOND, 1 - _BEYOND))
    low, high = float(at[max(first - 1, 0)]), float(at[min(last, len(at) - 1)])
    width = (high - low) or abs(high) or 1.0
    # the outermost pieces have no end of their own
    return low - (0.15 if first == 0 else 0.03) * width, high + (0.15 if last >= len(at) else 0.03) * width


def _steps(axis: Axis, span: Span, values: Floats) -> tuple[Floats, Floats]:
    """Corners of the step function between the ends; of very many pieces every few."""
    at = axis.at
    inside = np.flatnonzero((at > span.low) & (at < span.high))
    if len(inside) > _MOST:
        x = np.linspace(span.low, span.high, 2 * _MOST)
        return x, values[np.searchsorted(at, x, side="left")]
    pieces = values[int(np.searchsorted(at, span.low)) :][: len(inside) + 1]
    return np.repeat([span.low, *at[inside], span.high], 2)[1:-1], np.repeat(pieces, 2)


def _bins(axis: Axis, span: Span) -> tuple[Floats, Floats, Floats]:
    """Left ends, widths and heights of the band's bars."""
    if axis.kind != "steps":
        at = np.arange(axis.present, dtype=np.float64) if axis.kind == "levels" else numbers(axis)
        width = 0.64 if axis.kind == "levels" else 0.6 * (span.high - span.low) / max(axis.present, 1)
        return at - width / 2, np.full(axis.present, width), axis.share[: axis.present]
    low, high = axis.ends()
    cuts = np.linspace(span.low, span.high, _BINS + 1)
    begin = np.clip(low[: axis.present], span.low, span.high)
    end = np.clip(high[: axis.present], span.low, span.high)
    wide = end - begin
    overlap = np.clip(np.minimum(end[:, None], cuts[1:]) - np.maximum(begin[:, None], cuts[:-1]), 0, None)
    part = overlap / np.where(wide > 0, wide, 1.0)[:, None]
    return cuts[:-1], np.diff(cuts), axis.share[: axis.present] @ part
