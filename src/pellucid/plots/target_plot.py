"""Target and prediction plots: means or medians in bins of features side by side, or of two crossed ones."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pellucid.core.effect import Effect
from pellucid.core.errors import ParameterError
from pellucid.plots.canvas import SMALL, check_plot, finish, open_canvas
from pellucid.plots.effect_panels import chosen_targets, draw_effect
from pellucid.plots.key import Strip, add_key
from pellucid.plots.labels import formatter, shorten, text_width, tidy
from pellucid.plots.matrix import LETTERS, Colours, cell_inches, draw_matrix, label_sides, place_names
from pellucid.plots.style import sequential
from pellucid.plots.subject import check_result, quantity

__all__ = ["target_plot"]


def target_plot(
    explanation: Effect,
    *,
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    max_display: int = 9,
    theme: str | None = None,
) -> Axes:
    """Draw the mean or median of each bin with its band, one panel a feature, or the bins of a pair as coloured cells.

    Parameters
    ----------
    explanation : of a target or prediction plot: of features, or of one pair.
    ax : axes to draw on, in which several panels share the room; or an empty figure, which is sized to fit; or None for
        a new one.
    target : name or number; None draws all targets of curves (of two mirrored probabilities the second); a pair
        takes one.
    max_display : most panels: the features whose curves move most over the rows.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes; with several panels each is a child of them. Bars at the foot are how many rows stand there; cells of a pair
    hold their numbers of rows where these fit, and are blank where there are none.

    Raises
    ------
    ParameterError : no such target, several pairs, or a pair of several targets and no choice.
    ArgumentTypeError : something else than an effect.
    """
    check_result("target_plot", explanation, Effect)
    check_plot("target_plot", theme, max_display=max_display)
    middle = "median" if explanation.receipt.method == "PredictionPlot" else "mean"
    pairs = [curve for curve in explanation.curves if len(curve.axes) > 1]
    if len(pairs) == len(explanation) == 1 and pairs[0].counts is not None:
        return _pair(explanation, f"{middle} {{}}", ax, target, theme)
    return draw_effect(
        "target_plot",
        explanation,
        f"{middle} {{}}".format,
        ax=ax,
        target=target,
        max_display=max_display,
        theme=theme,
    )


def _pair(
    explanation: Effect, said: str, ax: Axes | Figure | None, target: str | int | None, theme: str | None
) -> Axes:
    chosen = chosen_targets(explanation, target)
    if len(chosen.target_names) > 1:
        raise ParameterError(
            f"target_plot draws a pair for one target and this explanation has {len(chosen.target_names)}: "
            f"{', '.join(map(repr, chosen.target_names[:8]))}; pass target= one of them."
        )
    curve = chosen.curves[0]
    across, up = (place_names(axis) for axis in curve.axes)
    values = curve.values[: len(across), : len(up), 0].T[::-1]
    counts = np.zeros_like(curve.values[..., 0]) if curve.counts is None else curve.counts
    aside = max(text_width(shorten(name, LETTERS), SMALL) for name in up) / 72 + 0.5
    size = (max(4.6, aside + cell_inches(len(across)) * len(across)), 1.5 + 0.34 * len(up))
    canvas = open_canvas("target_plot", ax, theme, inches=size, around=(72 * aside, 90))
    known = values[np.isfinite(values)]
    low, high = float(known.min()), float(known.max())
    colours = Colours(sequential(canvas.palette), low, high if high > low else low + 1.0)
    texts = [[f"{count:,.0f}" for count in line] for line in counts[: len(across), : len(up)].T[::-1]]
    draw_matrix(canvas, values, colours, texts)
    label_sides(canvas, up[::-1], across)
    names = [shorten(tidy(axis.name), 40) for axis in curve.axes]
    canvas.ax.set_xlabel(names[0], size=SMALL + 0.5, color=canvas.palette.ink)
    canvas.ax.set_ylabel(names[1], size=SMALL + 0.5, color=canvas.palette.ink)
    write = formatter([low, high])
    what = said.format(quantity(chosen.unit, chosen.target_names[0]))
    add_key(canvas, [Strip([colours.ramp(t) for t in np.linspace(0, 1, 25)], write(low), write(high), what)])
    canvas.ax.set_title("rows in each cell", size=SMALL, color=canvas.palette.muted, loc="left", pad=8)
    return finish(canvas)
