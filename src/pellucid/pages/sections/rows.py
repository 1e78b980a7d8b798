"""A few rows that teach most, each with its sentence, its waterfall and its table."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from pellucid.core.attribution import Attribution
from pellucid.narrative import numerals
from pellucid.narrative.vocabulary import input_names
from pellucid.pages.context import Context
from pellucid.pages.figures import WIDTH, figure
from pellucid.pages.instructive import FEW, TEN, Pick, instructive_rows
from pellucid.pages.labelled import labelled
from pellucid.pages.markup import Markup, tag
from pellucid.pages.sizes import rows_height
from pellucid.pages.tables import data_table
from pellucid.plots.waterfall import waterfall

__all__ = ["rows_section"]

STEPS, LISTED = 10, 30


def rows_section(context: Context, explanation: Attribution, one: Attribution, *, few: bool) -> Markup:
    """The instructive rows of one target.

    Parameters
    ----------
    explanation : with all targets.
    one : the same with one target.
    few : choose four rows rather than ten.
    """
    if len(one) == 1:
        heading = context.heading(context.say("rows.heading_one"))
        return tag("section", heading, _row(context, explanation, one, Pick("only", 0)))
    picks = instructive_rows(one.values[..., 0], one.predictions[:, 0], FEW if few else TEN)
    heading = context.heading(context.say("rows.heading", count=f"{len(picks)}"))
    keys = ("typical_few" if few else "typical", "extreme", "disputed", "fresh")
    rules = tag("ul", [tag("li", context.say(f"rows.rule_{key}")) for key in keys], class_="rules")
    intro = tag("p", context.say("rows.intro"))
    return tag("section", heading, intro, rules, [_row(context, explanation, one, pick) for pick in picks])


def _row(context: Context, explanation: Attribution, one: Attribution, pick: Pick) -> Markup:
    row = f"{pick.row:,}"
    role = context.say(f"role.{pick.role}")
    heading = context.heading(context.say("rows.row", row=row, role=role), deeper=1, listed=False)
    case = one[[pick.row]]
    sentence = context.describe(explanation[[pick.row]], target=one.target_names[0], top=3)
    shown = labelled(case, context.words)

    def draw(axes: Axes, theme: str) -> None:
        waterfall(shown, ax=axes, theme=theme, max_display=STEPS)
        axes.set_xlabel(context.axis("rows", one))

    picture = figure(
        context,
        draw,
        (WIDTH, rows_height(_steps(context, case), STEPS + 2)),
        caption=context.say("rows.figure", row=row),
        label=context.say("rows.label", row=row, sentence=sentence),
        table=_table(context, case, row),
    )
    return tag("article", heading, tag("p", sentence), picture, class_="row")


def _steps(context: Context, case: Attribution) -> list[str]:
    """What stands beside the bars, for as much room as it takes: base and prediction besides the leading inputs."""
    order = np.argsort(-np.abs(case.values[0, :, 0]), kind="stable")[:STEPS]
    return [*(context.words.input(case, 0, int(j)) for j in order), "", ""]


def _table(context: Context, case: Attribution, row: str) -> Markup:
    moved = case.values[0, :, 0]
    order = np.argsort(-np.abs(moved), kind="stable")
    places = numerals.decimals(float(np.abs(moved).sum())) + 1
    lines = [_line(context, case, int(j), places) for j in order[:LISTED]]
    rest = order[LISTED:]
    if len(rest):
        total = numerals.signed(float(moved[rest].sum()), places)
        lines.append([context.say("rows.others", count=f"{len(rest):,}"), "", total, *[""] * (case.stderr is not None)])
    keys = ["input", "value", "contribution", *(["error"] if case.stderr is not None else [])]
    header = [context.say(f"rows.{key}") for key in keys]
    return data_table(context.say("rows.table", row=row), header, lines, numbers=(2, 3))


def _line(context: Context, case: Attribution, j: int, places: int) -> list[str]:
    name = input_names(case)[j]
    value: str | None = ""
    if case.data is not None and j < len(case.data.names):
        value = context.words.value(name, case.data.kinds[j], case.data.column(j)[0])
    line = [
        context.words.name(name),
        context.say("rows.missing") if value is None else value,
        numerals.signed(float(case.values[0, j, 0]), places),
    ]
    return line if case.stderr is None else [*line, numerals.tiny(float(case.stderr[0, j, 0]))]
