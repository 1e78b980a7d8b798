"""Several outputs side by side: the importance of each input for each of them."""

from __future__ import annotations

import numpy as np

from pellucid.core.attribution import Attribution
from pellucid.narrative import numerals
from pellucid.narrative.vocabulary import input_names
from pellucid.pages.context import Context
from pellucid.pages.figures import numbered_table
from pellucid.pages.markup import Markup, tag
from pellucid.pages.tables import data_table

__all__ = ["targets_section"]

INPUTS = 20


def targets_section(context: Context, explanation: Attribution, left_out: list[str], shown: int) -> Markup:
    """A table of importances, inputs by outputs.

    Parameters
    ----------
    left_out : names of the outputs that get no section of their own.
    shown : how many do.
    """
    heading = context.heading(context.say("targets.heading"))
    words = context.words
    unit = words.of_unit(explanation.unit, "short")
    sizes = np.abs(explanation.values).mean(axis=0)
    order = np.argsort(-sizes.sum(axis=1), kind="stable")[:INPUTS]
    places = numerals.decimals(float(sizes.sum(axis=0).max())) + 1
    names = input_names(explanation)
    rows = [[words.name(names[j]), *(numerals.amount(float(size), places) for size in sizes[j])] for j in order]
    table = data_table(
        context.say("targets.caption", unit=unit),
        [context.say("targets.input"), *map(words.name, explanation.target_names)],
        rows,
        numbers=range(1, len(explanation.target_names) + 1),
        number=numbered_table(context),
    )
    note = None
    if left_out:
        listed = words.join([words.name(name) for name in left_out])
        note = tag("p", context.say("targets.left_out", shown=str(shown), names=listed))
    return tag("section", heading, tag("p", context.say("targets.intro", unit=unit)), table, note)
