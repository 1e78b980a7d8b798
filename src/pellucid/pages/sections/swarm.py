"""How each input moves the predictions: every row a dot, and the quantiles in a table."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from pellucid.core.attribution import Attribution
from pellucid.core.rng import sample_rows
from pellucid.narrative import numerals
from pellucid.narrative.many_rows import input_direction
from pellucid.narrative.vocabulary import input_names
from pellucid.pages.context import Context
from pellucid.pages.figures import WIDTH, figure
from pellucid.pages.labelled import labelled
from pellucid.pages.markup import Markup, tag
from pellucid.pages.sizes import rows_height
from pellucid.pages.tables import data_table
from pellucid.plots.beeswarm import beeswarm

__all__ = ["swarm_section"]

LANES, DOTS = 12, 2_000
_QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def swarm_section(context: Context, one: Attribution) -> Markup:
    """Beeswarm of one target.

    Parameters
    ----------
    one : of several rows, with one target.
    """
    heading = context.heading(context.say("swarm.heading"))
    # more dots than this hide one another, and the extremes are in the table
    rows = sample_rows(len(one), DOTS, 0, "report", "beeswarm")
    shown = labelled(one if len(rows) == len(one) else one[rows], context.words)

    def draw(axes: Axes, theme: str) -> None:
        beeswarm(shown, ax=axes, theme=theme, max_display=LANES)
        axes.set_xlabel(context.axis("swarm", one))

    sampled = context.say("swarm.sampled", shown=f"{len(rows):,}", rows=f"{len(one):,}") if len(rows) < len(one) else ""
    picture = figure(
        context,
        draw,
        (WIDTH, rows_height(shown.feature_names, LANES, thick=1.3, extra=0.8)),
        caption=context.words.paragraph([context.say("swarm.figure"), sampled]),
        label=context.say("swarm.label"),
        table=_table(context, one),
    )
    return tag("section", heading, picture)


def _table(context: Context, one: Attribution) -> Markup:
    values = one.values[..., 0]
    order = np.argsort(-np.abs(values).mean(axis=0), kind="stable")[:LANES]
    places = numerals.decimals(float(np.abs(values).mean(axis=0).sum())) + 1
    quantiles = np.quantile(values, _QUANTILES, axis=0)
    names = input_names(one)
    rows = [
        [
            context.words.name(names[j]),
            *(numerals.signed(float(quantile[j]), places) for quantile in quantiles),
            _direction(context, one, int(j)),
        ]
        for j in order
    ]
    header = [context.say("importance.input"), *(f"{quantile:.0%}" for quantile in _QUANTILES)]
    header.append(context.say("swarm.direction"))
    return data_table(context.say("swarm.table"), header, rows, numbers=range(1, len(_QUANTILES) + 1))


def _direction(context: Context, one: Attribution, j: int) -> str:
    found = input_direction(one, j)
    name = input_names(one)[j]
    high, low = (context.words.value(name, "category", level) or "" for level in (found.high, found.low))
    return context.say(f"directions.{found.kind}", high=high, low=low)
