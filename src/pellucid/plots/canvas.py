"""Where a plot draws: the axes it was given, or new ones on a figure of the right size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, ScaledTranslation, blended_transform_factory

from pellucid.core.errors import ArgumentTypeError, ParameterError
from pellucid.core.params import Constraint, Either, Nothing, OneOf, Whole, check_settings
from pellucid.plots.fonts import fit_fonts
from pellucid.plots.style import THEMES, Palette, palette_for, root_figure

__all__ = ["BASE", "SMALL", "Canvas", "add_above", "check_plot", "finish", "open_canvas", "room"]

#: sizes of text in points
BASE, SMALL = 9.5, 8.5
_INCH = 72.0


@dataclass(frozen=True, eq=False)
class Canvas:
    """Axes to draw on, with what a plot must know to place text.

    Parameters
    ----------
    ax : the axes.
    palette : colours that suit what lies behind them.
    width, height : estimated size of the drawing area in points.
    own : whether the figure was made here, so that its size could be chosen.
    kept : texts that were there before and stay as they are.
    """

    ax: Axes
    palette: Palette
    width: float
    height: float
    own: bool
    kept: tuple[Text, ...]


def check_plot(plot: str, theme: object, **wholes: object) -> None:
    """Raise ParameterError for a theme that does not exist or a count below two."""
    constraints: Mapping[str, Constraint] = {
        "theme": Either(Nothing(), OneOf(tuple(THEMES))),
        **dict.fromkeys(wholes, Whole(2)),
    }
    check_settings(plot, constraints, {"theme": theme, **wholes})


def open_canvas(
    plot: str,
    ax: Axes | Figure | None,
    theme: str | None,
    *,
    inches: tuple[float, float],
    around: tuple[float, float] = (60.0, 40.0),
) -> Canvas:
    """Axes ready to draw on.

    Parameters
    ----------
    plot : for errors.
    ax : axes; or an empty figure, whose size is then set; or None for a new figure of pyplot's, which a notebook shows.
    inches : width and height of a new figure.
    around : points of its width and height that labels outside the drawing area will take.

    Raises
    ------
    ArgumentTypeError : ``ax`` is neither axes nor a figure.
    ParameterError : the figure has axes already.
    """
    if isinstance(ax, Axes):
        kept = tuple(child for child in ax.get_children() if isinstance(child, Text))
        box = ax.get_window_extent()
        dots = root_figure(ax).dpi / _INCH
        canvas = Canvas(ax, palette_for(theme, ax), box.width / dots, box.height / dots, False, kept)
    else:
        new = _new_axes(plot, ax, inches)
        size = (inches[0] * _INCH - around[0], inches[1] * _INCH - around[1])
        canvas = Canvas(new, palette_for(theme, new), *size, True, ())
    _dress(canvas, theme)
    return canvas


def room(canvas: Canvas, low: float, high: float, left: float, right: float) -> tuple[float, float]:
    """Limits of x that show ``low`` to ``high`` and leave that many points free on either side."""
    inner = max(canvas.width - left - right, canvas.width / 4)
    span = (high - low) or abs(high) or 1.0
    return low - span * left / inner, high + span * right / inner


def add_above(canvas: Canvas, bottom: float, height: float) -> Axes:
    """Axes over the whole width, that many points above the drawing area, of a fixed height in points.

    A title set later is put above such axes, but across anything else that stands there.
    """
    ax = canvas.ax
    in_points = Affine2D().scale(1 / _INCH) + root_figure(ax).dpi_scale_trans + ScaledTranslation(0, 1, ax.transAxes)  # type: ignore[arg-type]
    return ax.inset_axes((0, bottom, 1, height), transform=blended_transform_factory(ax.transAxes, in_points))


def finish(canvas: Canvas) -> Axes:
    """Make every new text plain (a dollar sign in a name is no formula) and give it a font that has its letters."""
    new = [text for text in canvas.ax.findobj(Text) if not any(text is kept for kept in canvas.kept)]
    for text in new:
        text.set_parse_math(False)
    fit_fonts(_written(new))
    return canvas.ax


def _written(texts: Iterable[Text]) -> list[Text]:
    return [text for text in texts if text.get_text()]


def _new_axes(plot: str, figure: Figure | None, inches: tuple[float, float]) -> Axes:
    if figure is None:
        # imported here alone: pyplot chooses a backend when it is imported
        from matplotlib import pyplot

        return pyplot.figure(figsize=inches, layout="constrained").add_subplot()
    if not isinstance(figure, Figure):
        raise ArgumentTypeError(
            f"{plot}: ax must be matplotlib Axes, an empty Figure or None, got {type(figure).__name__}."
        )
    if figure.axes:
        raise ParameterError(
            f"{plot}: the figure passed as ax has {len(figure.axes)} axes already; pass one of them instead."
        )
    figure.set_size_inches(*inches)
    figure.set_layout_engine("constrained")
    return figure.add_subplot()


def _dress(canvas: Canvas, theme: str | None) -> None:
    ax, palette = canvas.ax, canvas.palette
    if canvas.own and theme is not None:
        root_figure(ax).set_facecolor(palette.background)
    if theme is not None:
        ax.set_facecolor(palette.background)
    ax.grid(False)
    for side, spine in ax.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(palette.faint)
    ax.tick_params(color=palette.faint, labelcolor=palette.muted, labelsize=SMALL, length=3, top=False, right=False)
