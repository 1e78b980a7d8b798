"""Contribution against value for the leading inputs, coloured by the input that interacts most."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.core.rng import sample_rows
from pellucid.narrative import numerals
from pellucid.narrative.vocabulary import input_names
from pellucid.pages.context import Context
from pellucid.pages.figures import figure
from pellucid.pages.groups import halves, ranges
from pellucid.pages.labelled import labelled
from pellucid.pages.markup import Markup, tag
from pellucid.pages.tables import data_table
from pellucid.plots.partner import interaction_strengths
from pellucid.plots.scatter import scatter

__all__ = ["dependence_section"]

DOTS = 2_000
SIZE = (3.9, 3.1)
#: share of the remaining spread below which no input is worth a colour
WORTH = 0.02


def dependence_section(context: Context, one: Attribution, most: int) -> Markup | None:
    """Scatter plots of the leading inputs of one target; None where no input moves anything or the data was not kept.

    Parameters
    ----------
    one : of several rows, with one target.
    most : how many inputs.
    """
    if one.data is None or len(one.data.names) != one.values.shape[1]:
        return None
    sizes = np.abs(one.values[..., 0]).mean(axis=0)
    leading = [int(j) for j in np.argsort(-sizes, kind="stable") if sizes[j] > 0][:most]
    if not leading:
        return None
    heading = context.heading(context.say("dependence.heading"))
    rows = sample_rows(len(one), DOTS, 0, "report", "dependence")
    sample = one if len(rows) == len(one) else one[rows]
    shown = labelled(sample, context.words)
    intro = context.say("dependence.intro")
    if sample is not one:
        drawn = context.say("swarm.sampled", shown=f"{len(rows):,}", rows=f"{len(one):,}")
        intro = context.words.paragraph([intro, drawn])
    pictures = [_picture(context, one, shown, j) for j in leading]
    return tag("section", heading, tag("p", intro), tag("div", pictures, class_="pair"))


def _picture(context: Context, one: Attribution, shown: Attribution, j: int) -> Markup:
    names = input_names(one)
    name = context.words.name(names[j])
    other, share = _partner(shown, j)
    caption = context.say("dependence.figure_plain", name=name)
    if other is not None:
        partner = context.words.name(names[other])
        caption = context.say("dependence.figure", name=name, other=partner, share=numerals.percent(share))

    def draw(axes: Axes, theme: str) -> None:
        scatter(shown, j, color_by=other, ax=axes, theme=theme)
        axes.set_ylabel(context.axis("swarm", one))

    label = context.say("dependence.label", name=name)
    table = _table(context, one, j, other)
    return figure(context, draw, SIZE, caption=caption, label=label, table=table, left=0.17)


def _partner(shown: Attribution, j: int) -> tuple[int | None, float]:
    """The input that explains most of the spread among rows of like value, if any is worth a colour, and its share."""
    if shown.data is None:
        return None, 0.0
    strengths = interaction_strengths(shown.values[:, j, 0], shown.data, j)
    best = int(np.argmax(strengths))
    return (best if strengths[best] >= WORTH else None), float(strengths[best])


def _table(context: Context, one: Attribution, j: int, other: int | None) -> Markup | None:
    if one.data is None:
        return None
    moved = one.values[:, j, 0]
    places = numerals.decimals(float(np.abs(one.values[..., 0]).sum(axis=1).mean())) + 1
    compared = [] if other is None else halves(context, one.data, other)
    rows = [
        [
            name,
            f"{int(inside.sum()):,}",
            _mean(moved, inside, places),
            *(_mean(moved, inside & part, places) for _, part in compared),
        ]
        for name, inside in ranges(context, one.data, j)
    ]
    name = context.words.name(one.data.names[j])
    header = [name, context.say("dependence.rows"), context.say("dependence.mean"), *(group for group, _ in compared)]
    caption = context.say("dependence.table", name=name)
    return data_table(caption, header, rows, numbers=range(1, len(header)))


def _mean(moved: NDArray[np.float64], rows: NDArray[np.bool_], places: int) -> str:
    return numerals.signed(float(moved[rows].mean()), places) if rows.any() else "–"
