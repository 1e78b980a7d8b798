"""What matters overall: a sentence, a bar chart, and a table with the spread of each input."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from pellucid.core.attribution import Attribution
from pellucid.narrative import numerals
from pellucid.narrative.vocabulary import input_names
from pellucid.pages.context import Context
from pellucid.pages.figures import WIDTH, figure, numbered_table
from pellucid.pages.labelled import labelled
from pellucid.pages.markup import Markup, tag
from pellucid.pages.sizes import rows_height
from pellucid.pages.tables import data_table
from pellucid.plots.bar import bar

__all__ = ["SHOWN", "importance_section"]

#: bars in a figure, and lines in a table
BARS, SHOWN = 14, 40


def importance_section(context: Context, one: Attribution) -> Markup:
    """Importance of the inputs for one target.

    Parameters
    ----------
    one : of many rows, with one target.
    """
    heading = context.heading(context.say("importance.heading"))
    sentence = context.describe(one, target=one.target_names[0], top=4)
    shown = labelled(one, context.words)

    def draw(axes: Axes, theme: str) -> None:
        bar(shown, ax=axes, theme=theme, max_display=BARS)
        axes.set_xlabel(context.axis("importance", one))

    caption = context.say("importance.figure", quantity=context.quantity(one), rows=context.rows(len(one)))
    picture = figure(
        context,
        draw,
        (WIDTH, rows_height(shown.feature_names, BARS)),
        caption=caption,
        label=context.say("importance.label", sentence=sentence),
    )
    return tag("section", heading, tag("p", sentence), picture, _table(context, one))


def _table(context: Context, one: Attribution) -> Markup:
    importance = one.importance()
    values, errors = importance.values[:, 0], importance.stderr[:, 0]
    order = np.argsort(-values, kind="stable")
    total = values.sum() or 1.0
    spread = np.quantile(one.values[..., 0], (0.05, 0.5, 0.95), axis=0)
    places = numerals.decimals(float(values.sum())) + 1
    names = input_names(one)
    rows = [
        [
            context.words.name(names[j]),
            numerals.with_error(float(values[j]), float(errors[j]), places),
            numerals.percent(float(values[j] / total)),
            *(numerals.signed(float(quantile[j]), places) for quantile in spread),
        ]
        for j in order[:SHOWN]
    ]
    keys = ("input", "value", "share", "least", "median", "greatest")
    caption = [context.say("importance.table"), context.say("importance.spread")]
    if len(order) > SHOWN:
        caption.append(context.say("importance.shown", shown=str(SHOWN), count=f"{len(order):,}"))
    return data_table(
        context.words.paragraph([f"{caption[0]}{context.say('page.stop')}", *caption[1:]]),
        [context.say(f"importance.{key}") for key in keys],
        rows,
        numbers=range(1, len(keys)),
        number=numbered_table(context),
    )
