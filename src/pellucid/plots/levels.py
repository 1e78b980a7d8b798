"""Categories along an axis: what they are called, and their names as ticks that can be read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.core.effect_axis import Axis
from pellucid.plots.canvas import SMALL, Canvas
from pellucid.plots.labels import shorten, text_width, value_text

__all__ = ["LETTERS", "NARROWEST", "has_missing", "label_levels", "level_names", "room_below", "turned"]

#: most letters of a name, room in points below which two names cannot stand side by side, smallest letters
LETTERS, NARROWEST, _SMALLEST = 18, 5.4, 4.5
#: names that stand upright are turned by so much, more of them than fit so upright
_SLANT, _FEW = 35, 14


def has_missing(axis: Axis) -> bool:
    """Whether the background holds missing values; where it does not, their effect is not drawn."""
    return axis.missing and bool(axis.share[-1] > 0)


def level_names(axis: Axis) -> list[str]:
    """What to call the places of categories that are drawn: each, the rarer ones together, the missing value."""
    kinds = ["boolean" if isinstance(level, bool | np.bool_) else "category" for level in axis.at.tolist()]
    names = [value_text(level, kind) for level, kind in zip(axis.at.tolist(), kinds, strict=True)]
    return names + [axis.others_name] * (axis.others > 0) + ["missing"] * has_missing(axis)


def turned(names: Sequence[str], step: float) -> int:
    """By how many degrees names must be turned to stand so many points apart."""
    widest = max((text_width(shorten(name, LETTERS), SMALL) for name in names), default=0.0)
    if widest + 4 <= step:
        return 0
    return _SLANT if len(names) <= _FEW and step > 1.6 * SMALL else 90


def room_below(names: Sequence[str], step: float) -> float:
    """Points that names below an axis take."""
    degrees = turned(names, step)
    widest = max((text_width(shorten(name, LETTERS), _size(step)) for name in names), default=0.0)
    return _size(step) + widest * float(np.sin(np.radians(degrees)))


def label_levels(panel: Canvas, names: Sequence[str]) -> None:
    """Every name below its place, turned and as small as need be; where even that has no room, every second, third …"""
    step = panel.width / max(len(names), 1)
    every = max(1, int(np.ceil(NARROWEST / step)))
    degrees = turned(names, step)
    at = range(0, len(names), every)
    panel.ax.set_xticks(at, [shorten(names[k], LETTERS) for k in at], size=_size(step * every))
    panel.ax.tick_params(axis="x", length=0)
    for label in panel.ax.get_xticklabels() if degrees else []:
        label.set(rotation=degrees, ha="right", va="center" if degrees == 90 else "top", rotation_mode="anchor")


def _size(step: float) -> float:
    return float(min(SMALL - 0.5, max(_SMALLEST, 0.8 * step)))
