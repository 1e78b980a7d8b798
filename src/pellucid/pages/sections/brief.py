"""The receipt in brief, on top of the page: may these numbers be trusted, and how are they read."""

from __future__ import annotations

from pellucid.core.attribution import Attribution
from pellucid.core.receipt import Receipt
from pellucid.narrative import numerals
from pellucid.narrative.receipts import add_up
from pellucid.pages.context import Context
from pellucid.pages.markup import Markup, tag

__all__ = ["background_text", "brief", "definitions"]

_STATES = {"checked": "checked", "by construction": "constructed", "not promised": "unpromised"}


def brief(context: Context, explanation: Attribution) -> Markup:
    """The box under the title."""
    receipt, words = explanation.receipt, context.words
    heading = context.heading(context.say("summary.heading"), listed=False)
    state = _STATES[receipt.completeness.kind]
    stamp = tag("strong", context.say(f"summary.{state}"), class_=f"stamp {state}")
    sentence = tag("p", stamp, " ", add_up(receipt.completeness, words), class_="verdict")
    targets = words.join([words.name(str(name)) for name in explanation.target_names])
    pairs = [
        (context.say("receipt.method"), receipt.method),
        (context.say("receipt.model"), receipt.model),
        (context.say("receipt.target"), targets),
        (context.say("receipt.unit"), words.of_unit(receipt.unit, "short")),
        (context.say("receipt.rows"), f"{receipt.rows:,}"),
        (context.say("receipt.background"), background_text(context, receipt)),
    ]
    full = tag("a", context.say("summary.full"), href="#receipt")
    reading = context.say(
        "summary.reading", unit=words.of_unit(receipt.unit, "short"), base=_base_text(context, explanation)
    )
    return tag("section", heading, sentence, definitions(pairs), tag("p", reading), tag("p", full), class_="brief")


def definitions(pairs: list[tuple[str, str]]) -> Markup:
    """Terms and what they are."""
    return tag("dl", [tag("div", tag("dt", term), tag("dd", text)) for term, text in pairs])


def background_text(context: Context, receipt: Receipt) -> str:
    """What stood in for absent inputs."""
    if receipt.background is None:
        return context.say("receipt.path_dependent" if receipt.method == "TreeSHAP" else "receipt.no_background")
    if "rows" not in receipt.background:
        return str(receipt.background["absent"])
    weighted = context.say("receipt.weighted") if receipt.background.get("weighted") else ""
    return context.say("receipt.background_rows", rows=f"{receipt.background['rows']:,}", weighted=weighted)


def _base_text(context: Context, explanation: Attribution) -> str:
    base = explanation.base
    if base is None:
        return context.say("summary.base_none")
    places = numerals.decimals(float(abs(explanation.predictions).max()))
    low, high = base.min(axis=0), base.max(axis=0)
    if (low == high).all():
        texts = [numerals.amount(float(value), places) for value in low]
        return context.say("summary.base_one", base=context.words.join(texts)) if len(texts) == 1 else ""
    return context.say(
        "summary.base_many",
        low=numerals.amount(float(low.min()), places),
        high=numerals.amount(float(high.max()), places),
    )
