"""The model and the data: what is explained, what it predicts, what its columns hold."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.narrative import numerals
from pellucid.narrative.readings import reading
from pellucid.narrative.receipts import is_whole
from pellucid.pages.columns import Column, summarise
from pellucid.pages.context import Context
from pellucid.pages.figures import numbered_table
from pellucid.pages.histogram import spark
from pellucid.pages.markup import Markup, tag
from pellucid.pages.sections.brief import definitions
from pellucid.pages.tables import data_table

__all__ = ["model_section"]

Floats = NDArray[np.float64]

TOLD_LEVELS, OPEN_COLUMNS, MOST_COLUMNS = 4, 40, 400
_QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
_HEADINGS = ("least", "quarter", "median", "three_quarters", "greatest", "mean", "base")


def model_section(context: Context, explanation: Attribution) -> Markup:
    """Model, predictions and columns."""
    heading = context.heading(context.say("model.heading"))
    receipt, words = explanation.receipt, context.words
    known = definitions(
        [
            (context.say("model.kind"), receipt.model),
            (context.say("model.fingerprint"), f"{receipt.model_fingerprint[:16]}…"),
            (context.say("model.outputs"), str(receipt.target.get("outputs", len(explanation.target_names)))),
            (context.say("model.unit"), words.of_unit(receipt.unit, "short")),
        ]
    )
    model = [
        context.heading(context.say("model.model"), deeper=1, listed=False),
        known,
        _predictions(context, explanation),
    ]
    data = [context.heading(context.say("model.data"), deeper=1, listed=False), _columns(context, explanation)]
    return tag("section", heading, model, data)


def _predictions(context: Context, explanation: Attribution) -> Markup | None:
    if explanation.base is None:
        return None
    words, known = context.words, reading(explanation)
    whole = is_whole(explanation.receipt.completeness)
    rows = []
    for k, name in enumerate(explanation.target_names):
        target, unit = words.name(name), words.of_unit(explanation.unit, "short")
        result, base = explanation.predictions[:, k], explanation.base[:, k]
        rows.append([context.say("model.in_unit", target=target, unit=unit), *_numbers(result, base)])
        if known is not None and known.converted and whole:
            label = context.say(f"model.as_{known.kind}", target=target)
            rows.append([label, *_numbers(known.result[:, k], known.base[:, k], known.kind)])
    caption = "model.predictions_caption" if whole else "model.sums_caption"
    return data_table(
        context.say(caption, rows=f"{len(explanation):,}"),
        [context.say("model.target"), *(context.say(f"model.{key}") for key in _HEADINGS)],
        rows,
        numbers=range(1, len(_HEADINGS) + 1),
        number=numbered_table(context),
    )


def _numbers(result: Floats, base: Floats, kind: str = "amount") -> list[str]:
    same = not np.ptp(base)
    numbers = [*np.quantile(result, _QUANTILES), result.mean(), base[0] if same else np.nan]
    if kind == "chance":
        return [numerals.percent(float(value)) if np.isfinite(value) else "–" for value in numbers]
    places = numerals.decimals(float(np.ptp(result)) or float(np.abs(result).max()))
    return [numerals.amount(float(value), places) for value in numbers]


def _columns(context: Context, explanation: Attribution) -> Markup:
    if explanation.data is None:
        return tag("p", context.say("model.no_data"))
    columns = summarise(explanation.data)
    key = "model.data_caption" if len(columns) <= MOST_COLUMNS else "model.data_more"
    caption = context.say(key, count=f"{len(columns):,}", shown=f"{MOST_COLUMNS:,}")
    table = data_table(
        caption,
        [context.say(f"model.{key}") for key in ("column", "column_kind", "missing", "holds", "shape")],
        [_row(context, column) for column in columns[:MOST_COLUMNS]],
        numbers=(2,),
        number=numbered_table(context),
        name="columns",
    )
    return table if len(columns) <= OPEN_COLUMNS else tag("details", tag("summary", caption), table)


def _row(context: Context, column: Column) -> list[str | Markup | list[Markup]]:
    label = context.words.name(column.name)
    own = [tag("span", label), tag("code", column.name)] if label != column.name else [tag("span", label)]
    return [
        own,
        context.say(f"kind.{column.kind}"),
        numerals.percent(column.missing) if column.missing else "–",
        _holds(context, column),
        spark(column.heights, apart=bool(column.levels)),
    ]


def _holds(context: Context, column: Column) -> str:
    value = context.words.value
    if column.quantiles:
        low, middle, high = (_bare(context, column, each) for each in column.quantiles)
        if column.kind == "number":
            high = context.words.with_unit(column.name, high)
        return context.say("model.range", low=low, median=middle, high=high)
    if not column.levels:
        return context.say("model.all_missing")
    told = [
        context.say("model.level", level=value(column.name, column.kind, level) or "", share=numerals.percent(share))
        for level, share in column.levels[:TOLD_LEVELS]
    ]
    more = len(column.levels) - len(told)
    if not more:
        return context.words.join(told)
    return context.say("model.levels_more", levels=context.words.comma(told), count=f"{more:,}")


def _bare(context: Context, column: Column, value: Any) -> str:
    """A value without its unit, which is said once."""
    if column.kind == "number":
        return numerals.cell(float(value))
    return context.words.value(column.name, column.kind, value) or ""
