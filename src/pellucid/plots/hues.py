"""Colours of dots by the values of a feature, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.colors import to_rgba
from numpy.typing import NDArray

from pellucid.core.tables import Table
from pellucid.plots.key import Mark, Strip, Title
from pellucid.plots.labels import value_text
from pellucid.plots.shade import shades
from pellucid.plots.style import Palette, sequential
from pellucid.plots.subject import Subject

__all__ = ["Hues", "find_hues"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Hues:
    """Colours (rows, 4), which rows are hollow, and the key."""

    colours: Floats
    hollow: NDArray[np.bool_]
    key: list[Title | Mark | Strip]


def find_hues(palette: Palette, subject: Subject, feature: int | None) -> Hues:
    """Colour rows by a feature: a ramp for numbers and dates, up to seven separate colours for categories.

    Rows where it is missing are hollow. Without a feature all rows have one colour.
    """
    rows = len(subject.values)
    if feature is None or subject.data is None:
        return Hues(np.tile(to_rgba(palette.accent), (rows, 1)), np.zeros(rows, dtype=np.bool_), [])
    if subject.data.kinds[feature] in ("category", "boolean"):
        return _by_category(palette, subject.data, feature, subject.names[feature])
    return _by_number(palette, subject.data, feature, subject.names[feature])


def _by_number(palette: Palette, data: Table, feature: int, name: str) -> Hues:
    shade, ramp = shades(data, feature), sequential(palette)
    colours = np.tile(to_rgba(palette.neutral), (len(data), 1))
    known = np.isfinite(shade.at)
    colours[known] = ramp(shade.at[known])
    kind = data.kinds[feature]
    low, high = (_text(value, kind) for value in (shade.low, shade.high))
    key: list[Title | Mark | Strip] = [Strip([ramp(t) for t in np.linspace(0, 1, 24)], low, high, name)]
    return Hues(colours, shade.missing, _missing(palette, shade.missing) + key)


def _by_category(palette: Palette, data: Table, feature: int, name: str) -> Hues:
    kind = data.kinds[feature]
    texts = np.array([value_text(value, kind) for value in data.column(feature)], dtype=object)
    hollow = texts == "missing"
    names, counts = np.unique(texts[~hollow], return_counts=True)
    frequent = [names[j] for j in np.sort(np.argsort(-counts, kind="stable")[: len(palette.series)])]
    ends = (palette.ramp[0], palette.ramp[-1])
    tones = ends if kind == "boolean" and len(frequent) == 2 else palette.series
    colours = np.tile(to_rgba(palette.neutral), (len(data), 1))
    for text, tone in zip(frequent, tones, strict=False):
        colours[texts == text] = to_rgba(tone)
    key: list[Title | Mark | Strip] = [Mark(tone, text) for text, tone in zip(frequent, tones, strict=False)]
    if len(names) > len(frequent):
        key.append(Mark(palette.neutral, f"{len(names) - len(frequent):,} others"))
    return Hues(colours, hollow, [Title(name), *key, *_missing(palette, hollow)])


def _missing(palette: Palette, hollow: NDArray[np.bool_]) -> list[Title | Mark | Strip]:
    return [Mark(palette.neutral, "missing", hollow=True)] if hollow.any() else []


def _text(value: float, kind: str) -> str:
    if kind == "date" and np.isfinite(value):
        return value_text(np.datetime64(round(value * 86_400e6), "us").astype("datetime64[D]"), kind)
    return value_text(value, kind)
