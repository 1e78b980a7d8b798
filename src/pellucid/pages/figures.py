"""Figures: a drawing, its caption, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.axes import Axes

from pellucid.pages.context import Context
from pellucid.pages.markup import Markup, tag
from pellucid.pages.svg import draw

__all__ = ["WIDTH", "figure", "numbered_table"]

#: inches; one inch is shown as about 96 pixels where there is room
WIDTH = 5.2


def figure(
    context: Context,
    plot: Callable[[Axes, str], object],
    inches: tuple[float, float],
    *,
    caption: str,
    label: str,
    table: Markup | None = None,
    left: float = 0.4,
) -> Markup:
    """A numbered figure with its data table behind it.

    Parameters
    ----------
    plot : draws on axes in the theme of that name.
    label : what a reader who cannot see it is told.
    left : as in :func:`pellucid.pages.svg.draw`.
    table : the numbers, shown on demand; None where they stand beside the figure anyway.
    """
    context.figures += 1
    name = f"figure-{context.figures}"
    drawing = draw(
        plot, inches, name=name, label=label, colours=context.colours, left=left, translate=context.plot_text
    )
    number = tag("b", context.say("figure.number", number=str(context.figures)))
    data = None if table is None else tag("details", tag("summary", context.say("figure.data")), table)
    return tag("figure", drawing, tag("figcaption", number, " ", caption), data, id=name)


def numbered_table(context: Context) -> str:
    """The number of the next table."""
    context.tables += 1
    return context.say("figure.numbers", number=str(context.tables))
