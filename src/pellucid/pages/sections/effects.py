"""How the prediction moves when an input moves: a sentence, a figure and its numbers for each effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from pellucid.core.effect import Curve, Effect
from pellucid.narrative import numerals
from pellucid.narrative.effect import describe
from pellucid.narrative.vocabulary import Vocabulary
from pellucid.pages.context import Context
from pellucid.pages.figures import WIDTH, figure
from pellucid.pages.markup import Markup, tag
from pellucid.pages.tables import data_table
from pellucid.plots.effect_panels import effect_height, leading_curves
from pellucid.plots.surface import surface_inches

__all__ = ["effects_section"]

#: panels of one figure, and height of a line of them in inches
PANELS, LINE = 6, 2.1
#: part of the width that numbers beside the axes take; plots whose curves stand in panels
LEFT = 0.05
PANELLED = ("partial_dependence", "ale", "target_plot")
#: lines of a table
SHOWN = 60


def effects_section(context: Context, effects: Sequence[Effect], heading: str = "effects") -> Markup:
    """One figure an effect.

    Parameters
    ----------
    effects : of any method; each is said, drawn and told in its own way.
    heading : ``"effects"`` or ``"performance"``.
    """
    return tag(
        "section",
        context.heading(context.say(f"effects.{heading}_heading")),
        [_one(context, effect) for effect in effects],
    )


def _one(context: Context, effect: Effect) -> Markup:
    said = describe(effect, language=context.language, labels=context.labels, units=context.units)
    shown = _labelled(effect, context.words)

    def draw(axes: Axes, theme: str) -> None:
        several: dict[str, Any] = {"max_display": PANELS} if effect.drawn in PANELLED else {}
        shown.plot(ax=axes, theme=theme, **several)
        axes.set_title("", loc="left")

    picture = figure(
        context,
        draw,
        (WIDTH, _height(effect)),
        caption=context.say("effects.figure", method=effect.receipt.method, rows=context.rows(effect.receipt.rows)),
        label=said,
        left=LEFT if effect.drawn in PANELLED and len(effect.curves[0].axes) == 1 else 0.4,
        table=_table(context, effect),
    )
    return tag("div", [tag("p", paragraph) for paragraph in said.split("\n\n")], picture)


def _height(effect: Effect) -> float:
    """Inches in which all that is drawn can be read."""
    if any(len(curve.axes) > 1 for curve in effect.curves):
        return max(3.2, *(surface_inches(curve)[1] for curve in effect.curves if len(curve.axes) > 1))
    if effect.drawn in PANELLED:
        return effect_height(leading_curves(effect, PANELS), (0.97 - LEFT) * WIDTH * 72)
    lines = -(-min(len(effect), PANELS) // 3)
    return LINE * lines + 0.3 if len(effect) > 1 else 3.2


def _labelled(effect: Effect, words: Vocabulary) -> Effect:
    """The same curves under the names that their readers know."""

    def named(curve: Curve) -> Curve:
        return replace(curve, axes=tuple(replace(axis, name=words.name(axis.name)) for axis in curve.axes))

    target = dict(effect.receipt.target, names=[words.name(name) for name in effect.target_names])
    receipt = replace(effect.receipt, target=target)
    return replace(effect, receipt=receipt, curves=tuple(named(curve) for curve in effect.curves))


def _table(context: Context, effect: Effect) -> Markup:
    columns = effect.columns()
    keys = [key for key in columns if key != "row"]
    count = len(columns["effect"])
    lines = [_line(context, columns, keys, k) for k in islice(range(count), SHOWN)]
    caption = context.say("effects.table")
    if count > SHOWN:
        shown = context.say("importance.shown", shown=str(SHOWN), count=f"{count:,}")
        caption = context.words.paragraph([f"{caption}{context.say('page.stop')}", shown])
    numbers = [k for k, key in enumerate(keys) if columns[key].dtype.kind == "f"]
    return data_table(caption, [context.say(f"effects.{_plain(key)}") for key in keys], lines, numbers=numbers)


def _plain(key: str) -> str:
    """Key of a column's heading: ``"value 2"`` and ``"up to"`` are no keys of a phrase."""
    return key.rstrip(" 12").replace(" ", "_")


def _line(context: Context, columns: Mapping[str, NDArray[Any]], keys: list[str], k: int) -> list[str]:
    return [_cell(context, key, columns[key][k]) for key in keys]


def _cell(context: Context, key: str, value: Any) -> str:
    if key.startswith(("feature", "target")):
        return context.words.name(str(value))
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return "–"
    if key.startswith("share"):
        return numerals.percent(float(value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)
