"""Pair ranking: how any two features go together, as the lower half of a matrix."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from pellucid.core.effect import Effect
from pellucid.core.errors import ParameterError
from pellucid.plots.canvas import SMALL, check_plot, finish, open_canvas
from pellucid.plots.key import Strip, add_key
from pellucid.plots.labels import formatter, shorten, text_width, tidy
from pellucid.plots.matrix import LETTERS, Colours, cell_inches, draw_matrix, label_sides
from pellucid.plots.style import diverging
from pellucid.plots.subject import check_result

__all__ = ["pair_ranking"]

#: measures from −1 to 1
_BOUNDED = ("Pearson's r", "Spearman's ρ", "Kendall's τ")


def pair_ranking(
    explanation: Effect,
    *,
    ax: Axes | Figure | None = None,
    max_display: int = 40,
    theme: str | None = None,
) -> Axes:
    """Draw R_jk as the colour of line j and column k, each pair once.

    Parameters
    ----------
    explanation : of a ranking of pairs.
    ax : axes to draw on; or an empty figure, which is sized to fit; or None for a new one.
    max_display : most features: those that go together with others most, in the order of the columns.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes with one image. Correlations are coloured from −1 to 1, other measures as far as they go on either side of 0;
    numbers stand in the cells where they fit. Pairs without a value are left blank.

    Raises
    ------
    ParameterError : not the matrix of one measure.
    ArgumentTypeError : something else than an effect.
    """
    check_result("pair_ranking", explanation, Effect)
    check_plot("pair_ranking", theme, max_display=max_display)
    curve = explanation.curves[0]
    levels = [axis.at.tolist() if axis.kind == "levels" else [] for axis in curve.axes]
    if len(explanation) != 1 or len(levels) != 2 or levels[0] != levels[1] or len(explanation.target_names) != 1:
        raise ParameterError("pair_ranking draws the matrix of FeaturePairRanking; draw other effects with plot().")
    values = np.where(np.tri(len(levels[0]), k=-1, dtype=bool), curve.values[..., 0], np.nan)
    shown = _leading(curve.values[..., 0], max_display)
    values = values[np.ix_(shown, shown)][1:, :-1]
    names = [tidy(levels[0][j]) for j in shown]
    aside = max(text_width(shorten(name, LETTERS), SMALL) for name in names) / 72 + 0.25
    each = cell_inches(len(names))
    size = (max(4.2, aside + each * len(names)), max(2.6, 1.3 + 0.75 * aside + 0.8 * each * len(names)))
    canvas = open_canvas("pair_ranking", ax, theme, inches=size, around=(72 * aside, 72 * (0.4 + 0.75 * aside)))
    unit = explanation.unit
    known = np.abs(values[np.isfinite(values)])
    top = 1.0 if unit in _BOUNDED else float(known.max(initial=0.0)) or 1.0
    colours = Colours(diverging(canvas.palette), -top, top)
    write = _hundredths if unit in _BOUNDED else formatter(known)
    texts = [[write(value) if np.isfinite(value) else "" for value in line] for line in values]
    draw_matrix(canvas, values, colours, texts)
    label_sides(canvas, names[1:], names[:-1])
    ends = formatter([top])
    add_key(canvas, [Strip([colours.ramp(t) for t in np.linspace(0, 1, 25)], ends(-top), ends(top), unit)])
    left_out = len(levels[0]) - len(names)
    if left_out:
        said = f"{left_out} features that go together least are not drawn"
        canvas.ax.set_title(said, size=SMALL, color=canvas.palette.muted, loc="left", pad=8)
    return finish(canvas)


def _leading(values: NDArray[np.float64], most: int) -> NDArray[np.intp]:
    sizes = np.nan_to_num(np.abs(values - np.diag(np.diag(values)))).sum(axis=1)
    return np.sort(np.argsort(-sizes, kind="stable")[:most])


def _hundredths(value: float) -> str:
    """Two decimals without a leading nought: there is little room in a cell."""
    text = f"{abs(value):.2f}"
    return ("−" if value < 0 and float(text) else "") + text.removeprefix("0")
