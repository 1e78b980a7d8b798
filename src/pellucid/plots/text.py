"""Text: the words of a text on the colour of what they contribute."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.core.errors import ParameterError
from pellucid.core.texts import Texts
from pellucid.plots.canvas import SMALL, Canvas, check_plot, finish, open_canvas
from pellucid.plots.key import Strip, add_key
from pellucid.plots.labels import formatter
from pellucid.plots.running_text import Placed, flow
from pellucid.plots.style import Palette, diverging, root_figure
from pellucid.plots.subject import check_finite, check_result, choose_target, quantity

__all__ = ["text"]

Floats = NDArray[np.float64]

#: sizes in points: of the letters, of a line, of the line that says the prediction, between two texts
_SIZE, _LINE, _HEAD, _GAP = 11.0, 20.0, 17.0, 14.0
_WIDE = 468.0
_MOST = 20


def text(
    explanation: Attribution,
    *,
    ax: Axes | Figure | None = None,
    target: str | int | None = None,
    theme: str | None = None,
) -> Axes:
    """Draw each text in full, every part of it on the colour of its contribution.

    Orange raises the prediction and blue lowers it, the stronger the further from the background; all texts share one
    scale. Above each stands how its base and its contributions add up.

    Parameters
    ----------
    explanation : of texts, at most 20.
    ax : axes to draw on; or an empty figure, which is sized to fit; or None for a new one.
    target : name or number; None takes the only one, the second of two classes, or the predicted class of one text.
    theme : ``"light"`` or ``"dark"``; None follows the figure.

    Returns
    -------
    Axes without scales, one patch a part and line.

    Raises
    ------
    ParameterError : not texts, more than 20, several targets and no choice, or values that are not finite.
    """
    check_result("text", explanation, Attribution)
    check_plot("text", theme)
    texts = _texts_of(explanation)
    chosen = explanation.target(choose_target("text", explanation, target))
    values = chosen.values[..., 0]
    check_finite("text", values, tuple(f"part {part}" for part in range(values.shape[1])))
    wide = _width_within(ax)
    lines = [flow(_pieces(texts, row)[0], wide, _SIZE) for row in range(len(texts))]
    height = sum(_HEAD + _GAP + _LINE * (1 + (one[-1].line if one else 0)) for one in lines)
    canvas = open_canvas("text", ax, theme, inches=((_WIDE + 24) / 72, (height + 40) / 72), around=(24, 40))
    _open(canvas, wide, height)
    top = float(np.abs(values).max(initial=0.0)) or 1.0
    down = 0.0
    for row, placed in enumerate(lines):
        _head(canvas, chosen, row, down)
        down = _draw(canvas, placed, _pieces(texts, row)[1], values[row] / top, down + _HEAD) + _GAP
    _add_scale(canvas, top, quantity(chosen.unit, chosen.target_names[0]))
    return finish(canvas)


def _texts_of(explanation: Attribution) -> Texts:
    texts = explanation.parted
    if not isinstance(texts, Texts):
        raise ParameterError(
            f"text draws texts, and this explains {'images' if texts is not None else 'rows of a table'}; "
            f'use plot("{explanation.default_plot()}").'
        )
    if len(texts) > _MOST:
        raise ParameterError(f"text draws at most {_MOST} texts, got {len(texts):,}; choose some, as in ex[:5].")
    return texts


def _pieces(texts: Texts, row: int) -> tuple[list[str], list[int]]:
    """A text in pieces, and which part each one is; −1 for what is between parts."""
    whole, pieces, parts, at = texts.native[row], [], [], 0
    for part, (start, end) in enumerate(() if texts.spans is None else texts.spans[row]):
        pieces += [whole[at:start], whole[start:end]]
        parts += [-1, part]
        at = int(end)
    return [*pieces, whole[at:]], [*parts, -1]


def _width_within(ax: Axes | Figure | None) -> float:
    """Points of a line: what the caller's axes have, or those of a new figure."""
    if not isinstance(ax, Axes):
        return _WIDE
    return max(100.0, float(ax.get_window_extent().width) * 72 / root_figure(ax).dpi - 8)


def _open(canvas: Canvas, wide: float, height: float) -> None:
    """Let both axes count points, from the upper left."""
    ax = canvas.ax
    ax.set_xlim(-4, wide + 4)
    ax.set_ylim(max(height, canvas.height if not canvas.own else 0.0), 0)
    ax.set_axis_off()


def _head(canvas: Canvas, explanation: Attribution, row: int, y: float) -> None:
    if explanation.base is None:
        return
    base, total = float(explanation.base[row, 0]), float(explanation.predictions[row, 0])
    write = formatter([base, total])
    end = "sum" if explanation.receipt.completeness.kind == "not promised" else "prediction"
    said = f"base {write(base)}  →  {end} {write(total)}"
    canvas.ax.text(0, y + _HEAD - 4, said, size=SMALL, color=canvas.palette.muted, va="baseline", in_layout=False)


def _draw(canvas: Canvas, placed: list[Placed], parts: list[int], shares: Floats, y: float) -> float:
    """The text from y on; returns where it ends."""
    ramp = diverging(canvas.palette)
    for piece in placed:
        top, part = y + piece.line * _LINE, parts[piece.number]
        share = float(shares[part]) if part >= 0 else 0.0
        if part >= 0:
            _patch(canvas, piece, top, ramp((share + 1) / 2))
        ink = _ink(canvas.palette, ramp, share) if part >= 0 else canvas.palette.muted
        canvas.ax.text(
            piece.left, top + 0.72 * _LINE, piece.text, size=_SIZE, color=ink, va="baseline", in_layout=False
        )
    return y + _LINE * (1 + (placed[-1].line if placed else 0))


def _patch(canvas: Canvas, piece: Placed, top: float, colour: tuple[float, ...]) -> None:
    box = FancyBboxPatch(
        (piece.left, top + 2), piece.width, _LINE - 3.5, boxstyle="round,pad=0,rounding_size=2.5", fc=colour, lw=0
    )
    canvas.ax.add_patch(box)


def _ink(palette: Palette, ramp: Colormap, share: float) -> str:
    """Letters that can be read on the colour of a share."""
    red, green, blue, _ = ramp((share + 1) / 2)
    behind = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#ffffff" if behind < 0.45 else "#1f2933"


def _add_scale(canvas: Canvas, top: float, unit: str) -> None:
    ramp, write = diverging(canvas.palette), formatter([top], signed=True)
    add_key(canvas, [Strip([ramp(t) for t in np.linspace(0, 1, 25)], write(-top), write(top), unit)])
