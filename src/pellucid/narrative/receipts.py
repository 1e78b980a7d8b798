"""What a receipt promises, in words."""

from __future__ import annotations

from pellucid.core.receipt import Completeness, Receipt
from pellucid.narrative import numerals
from pellucid.narrative.vocabulary import Vocabulary

__all__ = ["add_up", "is_whole", "provenance"]

UNCHECKED = "the check was turned off"


def provenance(receipt: Receipt, words: Vocabulary) -> str:
    """The method and its background."""
    background = words.say("receipt.no_background")
    if receipt.background is not None and "rows" in receipt.background:
        background = words.say("receipt.background", rows=f"{receipt.background['rows']:,}")
    return words.say("receipt.method", method=receipt.method, background=background)


def add_up(completeness: Completeness, words: Vocabulary) -> str:
    """Whether base and contributions are what the model says, with the gap seen and the tolerance."""
    gap = "" if completeness.gap is None else numerals.tiny(completeness.gap)
    if completeness.kind == "checked":
        tolerance = "" if completeness.tolerance is None else numerals.tiny(completeness.tolerance)
        return words.say("receipt.checked", rows=f"{completeness.rows:,}", gap=gap, tolerance=tolerance)
    if completeness.kind == "by construction":
        return words.say("receipt.constructed_error" if gap else "receipt.constructed", gap=gap)
    if completeness.reason:
        return words.say("receipt.unpromised_reason", reason=words.reason(completeness.reason))
    return words.say("receipt.unpromised")


def is_whole(completeness: Completeness) -> bool:
    """Whether base + Σ values may be called the model's prediction."""
    return completeness.kind != "not promised" or completeness.reason == UNCHECKED
