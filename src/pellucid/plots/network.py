"""Network: which features act together, and how strongly, as lines between them."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError
from pellucid.core.interactions import Interactions
from pellucid.plots.canvas import SMALL, Canvas, check_plot, finish, open_canvas
from pellucid.plots.key import Mark, add_key
from pellucid.plots.labels import formatter, shorten, tidy
from pellucid.plots.subject import check_finite, check_result, quantity

__all__ = ["network"]

Floats = NDArray[np.float64]

#: inches of a side, points of the widest line and of the largest dot, share of the widest below which no line is drawn
_SIDE, _WIDE, _LARGE, _LEAST = 5.2, 9.0, 17.0, 0.01
_LETTERS = 18


def network(
    explanation: Interactions,
    *,
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    max_display: int = 12,
    theme: str | None = None,
) -> Axes:
    """Draw features on a circle, and between each two a line as wide as what they do together.

    Widths are ``|mean I_ij|`` over the rows and areas of dots ``|mean main effect|``, each on a scale of its own;
    orange raises the prediction and blue lowers it, in the mean. Lines below a hundredth of the widest are left out.

    Parameters
    ----------
    explanation : interactions of pairs.
    ax : axes to draw on; or an empty figure, which is sized to fit; or None for a new one.
    target : name or number; None takes the only one.
    max_display : most features: those with the strongest lines. The others are left out.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes without scales, one line a pair and one dot a feature.

    Raises
    ------
    ParameterError : several targets and no choice, sets of more than two features, or values that are not finite.
    ArgumentTypeError : something else than interactions.
    """
    check_result("network", explanation, Interactions)
    check_plot("network", theme, max_display=max_display)
    chosen = explanation.target(_only(explanation) if target is None else target)
    names = tuple(tidy(name) for name in chosen.feature_names)
    check_finite("network", chosen.main, names)
    check_finite("network", chosen.values, tuple(map(tidy, chosen.set_names())))
    pairs, main = _means(chosen)
    shown = np.sort(np.argsort(-np.abs(pairs).sum(axis=1), kind="stable")[:max_display])
    canvas = open_canvas("network", ax, theme, inches=(_SIDE + 1.4, _SIDE + 0.5), around=(20, 40))
    _draw(canvas, pairs[np.ix_(shown, shown)], main[shown], [names[j] for j in shown])
    write = formatter([np.abs(pairs).max(initial=0.0)], signed=True)
    widest = float(pairs.ravel()[np.abs(pairs).argmax()]) if pairs.size else 0.0
    said = quantity(chosen.unit, chosen.target_names[0])
    add_key(canvas, [Mark(canvas.palette.positive, "raises"), Mark(canvas.palette.negative, "lowers")])
    canvas.ax.set_xlabel(f"mean effect on {said}; widest line {write(widest)}", size=SMALL, color=canvas.palette.muted)
    return finish(canvas)


def _only(explanation: Interactions) -> int:
    if explanation.order != 2:
        raise ParameterError(
            f"network draws pairs, got sets of up to {explanation.order} features; ask for those of pairs."
        )
    names = explanation.target_names
    if len(names) > 1:
        shown = ", ".join(map(repr, names[:8])) + (", …" if len(names) > 8 else "")
        raise ParameterError(
            f"network draws one target and this explanation has {len(names)}: {shown}; pass target= one of them."
        )
    return 0


def _means(explanation: Interactions) -> tuple[Floats, Floats]:
    """(features, features) mean effect of each pair, 0 on the diagonal, and (features,) mean main effects."""
    features = len(explanation.feature_names)
    pairs = np.zeros((features, features))
    i, j = explanation.index.T
    pairs[i, j] = pairs[j, i] = explanation.values[..., 0].mean(axis=0)
    return pairs, np.asarray(explanation.main[..., 0].mean(axis=0))


def _draw(canvas: Canvas, pairs: Floats, main: Floats, labels: list[str]) -> None:
    ax, palette, count = canvas.ax, canvas.palette, len(labels)
    angles = np.pi / 2 - 2 * np.pi * np.arange(count) / max(count, 1)
    places = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    ax.set_xlim(-1.75, 1.75)
    ax.set_ylim(-1.2, 1.2)
    ax.set_aspect("equal")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines["bottom"].set_visible(False)
    widest = float(np.abs(pairs).max(initial=0.0)) or 1.0
    order = [(abs(pairs[i, j]), i, j) for i in range(count) for j in range(i)]
    for size, i, j in sorted(order):
        if size >= _LEAST * widest:
            colour = palette.positive if pairs[i, j] > 0 else palette.negative
            ax.add_patch(_line(places[i], places[j], _WIDE * size / widest, colour))
    _dots(canvas, places, main)
    for place, label in zip(places, labels, strict=True):
        side = "center" if abs(place[0]) < 0.1 else "left" if place[0] > 0 else "right"
        up = "bottom" if place[1] > 0.95 else "top" if place[1] < -0.95 else "center"
        x, y = 1.11 * place
        ax.text(x, y, shorten(label, _LETTERS), size=SMALL, color=palette.ink, ha=side, va=up)


def _line(one: Floats, other: Floats, width: float, colour: str) -> PathPatch:
    """A curve that bends towards the centre, so that lines of neighbours do not run along the circle."""
    path = Path([tuple(one), tuple((one + other) / 4), tuple(other)], [Path.MOVETO, Path.CURVE3, Path.CURVE3])
    return PathPatch(path, fc="none", ec=colour, lw=max(0.6, width), alpha=0.75, capstyle="round", zorder=1)


def _dots(canvas: Canvas, places: Floats, main: Floats) -> None:
    palette = canvas.palette
    sizes = np.abs(main) / (float(np.abs(main).max(initial=0.0)) or 1.0)
    colours = [palette.positive if value > 0 else palette.negative if value < 0 else palette.neutral for value in main]
    areas = (_LARGE**2) * np.maximum(sizes, 0.04)
    x, y = places.T
    canvas.ax.scatter(x, y, s=areas, c=colours, edgecolors=palette.background, linewidths=1.5, zorder=2)
