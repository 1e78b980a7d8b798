"""Discrimination threshold: precision, recall, F1, queue rate and cost over the threshold, and where they are best."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.core.effect import Effect
from pellucid.core.key_figure import KeyFigure
from pellucid.plots.canvas import SMALL, Canvas, check_plot, finish, open_canvas
from pellucid.plots.curves import Band, draw_shares, span_of
from pellucid.plots.key import Mark, add_key
from pellucid.plots.labels import shorten, tidy, value_text
from pellucid.plots.lines import asked_of, check_drawn, colours_of, draw_line, dress
from pellucid.plots.panels import Layout, open_panels

__all__ = ["discrimination_threshold"]

#: room for the scores, and at their foot for where the rows lie
_SCORES = Band(-0.02, -0.15, 1.04)


def discrimination_threshold(
    explanation: Effect,
    *,
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    theme: str | None = None,
) -> Axes:
    """Draw the scores over the threshold with their bands, and the cost in a panel beneath.

    Parameters
    ----------
    explanation : what DiscriminationThreshold explains.
    ax : axes to draw on, in which both panels share the room; or an empty figure, which is sized to fit; or None for a
        new one.
    target : name or number of one score; None draws all.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes; with a cost beside scores each panel is a child of them. The best threshold is a line, the band of those of
    single splits a shade; where the rows' scores lie is shown as bars at the foot.

    Raises
    ------
    ParameterError : no such target, or an effect of another kind.
    ArgumentTypeError : something else than an effect.
    """
    chosen = asked_of(check_drawn("discrimination_threshold", explanation, "DiscriminationThreshold"), target)
    check_plot("discrimination_threshold", theme)
    names = chosen.target_names
    scores, costs = ([k for k, name in enumerate(names) if (name == "cost") == priced] for priced in (False, True))
    both = bool(scores and costs)
    inches = (6.2, 6.0) if both else (6.2, 3.7)
    canvas = open_canvas("discrimination_threshold", ax, theme, inches=inches, around=(24, 50))
    panels = open_panels(canvas, Layout.even(1 + both, 1))
    if scores:
        _draw(panels[0], chosen, scores, "" if both else "threshold")
    if costs:
        _draw(panels[-1], chosen, costs, "threshold")
    if len(scores) > 1:
        marks = [Mark(colour, tidy(names[k]).replace("_", " ")) for k, colour in _colours(panels[0], scores)]
        add_key(panels[0], marks, bottom=0.0)
    panels[0].ax.set_title(_title(explanation), size=SMALL, color=canvas.palette.muted, loc="left", pad=8)
    return finish(canvas)


def _colours(panel: Canvas, numbers: list[int]) -> list[tuple[int, str]]:
    return list(zip(numbers, colours_of(panel, len(numbers)), strict=True))


def _draw(panel: Canvas, chosen: Effect, numbers: list[int], label: str) -> None:
    curve, names = chosen.curves[0], chosen.target_names
    axis = curve.axes[0]
    priced = names[numbers[0]] == "cost"
    band = Band.of(_ends(chosen, numbers)) if priced else _SCORES
    span = span_of(axis)
    draw_shares(panel, axis, span, band)
    for k, colour in _colours(panel, numbers):
        draw_line(panel, curve, k, colour)
    title = "cost of a row" if priced else ""
    dress(panel, (span.low, span.high), (band.low, band.high), xlabel=label, title=title)
    if not priced:
        panel.ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
    for figure in chosen.figures:
        if figure.name == f"best threshold for {'cost' if priced else 'f1'}":
            _mark(panel, figure, band)


def _ends(chosen: Effect, numbers: list[int]) -> np.ndarray:
    curve = chosen.curves[0]
    parts = [curve.values, *(end for end in (curve.low, curve.high) if end is not None)]
    return np.concatenate([part[:, numbers].ravel() for part in parts])


def _mark(panel: Canvas, figure: KeyFigure, band: Band) -> None:
    """The best threshold as a line, its band as a shade, and which it is."""
    ax, palette = panel.ax, panel.palette
    if figure.low is not None and figure.high is not None:
        ax.axvspan(figure.low, figure.high, color=palette.neutral, alpha=0.13, lw=0, zorder=0)
    ax.axvline(figure.value, color=palette.ink, lw=0.9, ls=(0, (4, 3)), zorder=2)
    low, high = ax.get_xlim()
    right = figure.value > (low + high) / 2
    ax.annotate(
        f"{figure.name.removeprefix('best threshold for ')} best at {value_text(figure.value, 'number')}",
        (figure.value, band.foot),
        (-4 if right else 4, 3),
        textcoords="offset points",
        ha="right" if right else "left",
        va="bottom",
        size=SMALL,
        color=palette.ink,
        bbox={"facecolor": palette.background, "alpha": 0.75, "linewidth": 0, "pad": 0.8},
        zorder=5,
    )


def _title(explanation: Effect) -> str:
    settings, of = explanation.receipt.settings, explanation.receipt.target.get("of", "")
    low, _, high = np.asarray(settings["quantiles"])
    tries = "splits" if settings["refit"] else "draws"
    return f"finding “{shorten(tidy(of), 24)}”: median over {tries}, band {low:.0%} to {high:.0%}"
