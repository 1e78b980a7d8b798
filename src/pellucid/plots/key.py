"""The line above a plot that says what its colours mean."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.lines import Line2D
from matplotlib.offsetbox import AnnotationBbox, DrawingArea, HPacker, OffsetBox, TextArea, VPacker
from matplotlib.patches import Rectangle

from pellucid.plots.canvas import SMALL, Canvas, add_above
from pellucid.plots.labels import shorten, text_width
from pellucid.plots.style import Palette

__all__ = ["Mark", "Strip", "Title", "add_key"]

_STEPS, _STEP, _THICK, _LINE = 24, 2.5, 5.0, 13.0


class Title:
    """What the marks after it are values of."""

    def __init__(self, text: str) -> None:
        self.text = shorten(text, 32)

    @property
    def width(self) -> float:
        return 14 + text_width(self.text, SMALL)

    def pack(self, palette: Palette) -> OffsetBox:
        return _text(self.text, palette, ink=True)


class Mark:
    """A dot of one colour with its meaning; hollow for what is missing."""

    def __init__(self, colour: str, text: str, *, hollow: bool = False) -> None:
        self.colour, self.text, self.hollow = colour, shorten(text, 24), hollow

    @property
    def width(self) -> float:
        return 24 + text_width(self.text, SMALL)

    def pack(self, palette: Palette) -> OffsetBox:
        area = DrawingArea(7, 7)
        face = "none" if self.hollow else self.colour
        area.add_artist(Line2D([3.5], [3.5], marker="o", markersize=5.5, mfc=face, mec=self.colour, mew=0.9))
        return HPacker(children=[area, _text(self.text, palette)], align="center", pad=0, sep=4)


class Strip:
    """A ramp of colours with what its ends stand for."""

    def __init__(self, colours: Sequence[tuple[float, ...]], low: str, high: str, title: str = "") -> None:
        self.colours, self.low, self.high, self.title = colours, low, high, shorten(title, 32)

    @property
    def width(self) -> float:
        return 28 + _STEPS * _STEP + sum(text_width(text, SMALL) for text in (self.title, self.low, self.high))

    def pack(self, palette: Palette) -> OffsetBox:
        step = _STEP * _STEPS / len(self.colours)
        area = DrawingArea(_STEPS * _STEP, _THICK)
        for i, colour in enumerate(self.colours):
            # a hair wider than its step, so that no seam shows between two of them
            last = i == len(self.colours) - 1
            area.add_artist(Rectangle((i * step, 0), step + (0 if last else 0.4), _THICK, fc=colour, lw=0))
        title = [_text(self.title, palette, ink=True)] if self.title else []
        children: list[Artist] = [*title, _text(self.low, palette), area, _text(self.high, palette)]
        return HPacker(children=children, align="center", pad=0, sep=5)


def add_key(canvas: Canvas, items: Sequence[Title | Mark | Strip], *, bottom: float = 0.0) -> None:
    """Put the items above the upper right corner, in as many lines as they need.

    Parameters
    ----------
    bottom : points above the drawing area.
    """
    if not items:
        return
    lines: list[list[Title | Mark | Strip]] = [[]]
    for item in items:
        if lines[-1] and sum(other.width for other in [*lines[-1], item]) > canvas.width:
            lines.append([])
        lines[-1].append(item)
    packed: list[Artist] = [
        HPacker(children=[item.pack(canvas.palette) for item in line], align="center", pad=0, sep=14) for line in lines
    ]
    area = add_above(canvas, bottom, 5 + _LINE * len(packed))
    area.set_axis_off()
    area.add_artist(
        AnnotationBbox(
            VPacker(children=packed, align="right", pad=0, sep=4),
            (1, 0),
            xybox=(0, 5),
            xycoords="axes fraction",
            boxcoords="offset points",
            box_alignment=(1, 0),
            frameon=False,
            pad=0,
            annotation_clip=False,
        )
    )


def _text(text: str, palette: Palette, *, ink: bool = False) -> TextArea:
    return TextArea(text, textprops={"size": SMALL, "color": palette.ink if ink else palette.muted})
