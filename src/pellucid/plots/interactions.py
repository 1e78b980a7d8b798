"""Interactions: how much pairs of features do together, beside what each does alone."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError
from pellucid.core.interactions import Interactions
from pellucid.plots.canvas import SMALL, Canvas, check_plot, finish
from pellucid.plots.key import Strip, add_key
from pellucid.plots.labels import formatter, shorten, text_width, tidy
from pellucid.plots.rows import open_rows
from pellucid.plots.style import Palette
from pellucid.plots.subject import check_finite, check_result, quantity

__all__ = ["interactions"]

Floats = NDArray[np.float64]

_INCH, _LETTERS = 0.62, 14  # width of a cell; most letters of a name under its column


def interactions(
    explanation: Interactions,
    *,
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    max_display: int = 8,
    theme: str | None = None,
) -> Axes:
    """Draw mean |I_ij| over the rows as a symmetric matrix, mean |main effect| on its diagonal.

    Parameters
    ----------
    explanation : interactions of pairs.
    ax : axes to draw on; or an empty figure, which is sized to fit; or None for a new one.
    target : name or number; None takes the only one.
    max_display : most features: those with the largest main effect and interactions together. The others are left out.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes with one image, features in the same order along x and y, the most important first. Pairs that have no
    interaction in any tree are left blank.

    Raises
    ------
    ParameterError : several targets and no choice, sets of more than two features, or values that are not finite.
    ArgumentTypeError : something else than interactions.
    """
    check_result("interactions", explanation, Interactions)
    check_plot("interactions", theme, max_display=max_display)
    chosen = explanation.target(_only(explanation) if target is None else target)
    names = tuple(tidy(name) for name in chosen.feature_names)
    check_finite("interactions", chosen.main, names)
    check_finite("interactions", chosen.values, tuple(map(tidy, chosen.set_names())))
    sizes = _sizes(chosen)
    shown = np.argsort(-np.nansum(sizes, axis=1), kind="stable")[:max_display]
    labels = [names[j] for j in shown]
    aside = max(text_width(shorten(label, 28), 9.5) for label in labels) / 72 + 0.3
    canvas = open_rows(
        "interactions", ax, theme, labels, width=aside + _INCH * len(labels), thick=1.6, above=0.35, below=0.9
    )
    _draw(canvas, sizes[np.ix_(shown, shown)], labels)
    canvas.ax.set_xlabel(
        f"mean |effect| on {quantity(chosen.unit, chosen.target_names[0])}; alone on the diagonal",
        size=SMALL,
        color=canvas.palette.muted,
    )
    return finish(canvas)


def _only(explanation: Interactions) -> int:
    names = explanation.target_names
    if len(names) > 1:
        shown = ", ".join(map(repr, names[:8])) + (", …" if len(names) > 8 else "")
        raise ParameterError(
            f"interactions draws one target and this explanation has {len(names)}: {shown}; pass target= one of them."
        )
    return 0


def _sizes(explanation: Interactions) -> Floats:
    """(features, features) mean |effect| of each pair, of single features on the diagonal, nan where there is none."""
    if explanation.order != 2:
        raise ParameterError(
            f"interactions draws pairs, got sets of {explanation.order} features; ask for those of pairs."
        )
    features = len(explanation.feature_names)
    sizes = np.full((features, features), np.nan)
    i, j = explanation.index.T
    sizes[i, j] = sizes[j, i] = np.abs(explanation.values[..., 0]).mean(axis=0)
    np.fill_diagonal(sizes, np.abs(explanation.main[..., 0]).mean(axis=0))
    return sizes


def _draw(canvas: Canvas, sizes: Floats, labels: list[str]) -> None:
    ax, palette, count = canvas.ax, canvas.palette, len(labels)
    top = float(np.nanmax(sizes)) or 1.0
    ramp = _ramp(palette)
    ax.imshow(sizes, cmap=ramp, vmin=0.0, vmax=top, aspect="auto", interpolation="nearest")
    for edge in np.arange(count - 1) + 0.5:
        ax.axhline(edge, color=palette.background, lw=2)
        ax.axvline(edge, color=palette.background, lw=2)
    write = formatter(sizes[np.isfinite(sizes)])
    if max(text_width(write(size), SMALL) for size in sizes[np.isfinite(sizes)]) < canvas.width / count:
        for row, column in np.argwhere(np.isfinite(sizes)):
            size = sizes[row, column]
            dark = size > 0.55 * top
            colour = palette.background if dark else palette.ink
            ax.text(column, row, write(size), ha="center", va="center", size=SMALL, color=colour)
    ax.set_xticks(range(count), [shorten(label, _LETTERS) for label in labels], rotation=30, ha="right")
    ax.tick_params(axis="x", length=0)
    ax.spines["bottom"].set_visible(False)
    add_key(canvas, [Strip([ramp(t) for t in np.linspace(0, 1, 25)], "0", formatter([top])(top), "effect")])


def _ramp(palette: Palette) -> Colormap:
    return LinearSegmentedColormap.from_list("pellucid_sizes", [palette.background, palette.accent])
