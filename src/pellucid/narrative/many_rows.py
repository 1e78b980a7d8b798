"""Many rows in words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.narrative import numerals
from pellucid.narrative.direction import Direction, direction
from pellucid.narrative.ranking import Ranking, rank
from pellucid.narrative.readings import Reading
from pellucid.narrative.receipts import add_up, provenance
from pellucid.narrative.vocabulary import Vocabulary, input_names

__all__ = ["describe_rows", "input_direction"]


def describe_rows(explanation: Attribution, words: Vocabulary, depth: str, top: int, known: Reading | None) -> str:
    """The paragraph for an explanation of many rows and one target.

    Parameters
    ----------
    top : inputs named after the first.
    known : not used; the base of many rows may differ from row to row.
    """
    ranking = rank(*_sizes(explanation), top + 1, with_errors=depth == "modeller")
    slots = {
        "rows": f"{len(explanation):,}",
        "on_result": words.on_target(explanation.target_names[0], result=True),
        "what": words.of_unit(explanation.unit, "noun"),
    }
    if not ranking.named:
        return words.say("many.still", **slots)
    if depth == "person":
        return words.paragraph(_told(explanation, words, ranking, slots))
    sentences = [_first(explanation, words, ranking, slots), _next(explanation, words, ranking)]
    if ranking.rest:
        shown, share = f"{len(ranking.named):,}", numerals.percent(ranking.share_named)
        sentences.append(words.say("many.rest", shown=shown, count=f"{ranking.count:,}", share=share))
    if depth == "modeller":
        receipt = explanation.receipt
        sentences += [_base(explanation, words, ranking), words.say("receipt.errors")]
        sentences += [provenance(receipt, words), add_up(receipt.completeness, words)]
    return words.paragraph(sentences)


def input_direction(explanation: Attribution, j: int) -> Direction:
    """Direction of one input of a table; none where there is no data."""
    data = explanation.data
    if data is None or explanation.values.ndim != 3 or j >= len(data.names):
        return Direction("none")
    return direction(data.column(j), data.kinds[j], explanation.values[:, j, 0])


def _sizes(explanation: Attribution) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    sizes = np.abs(explanation.values.reshape(len(explanation), -1))
    return sizes.mean(axis=0), sizes.std(axis=0, ddof=1) / np.sqrt(len(sizes))


def _told(explanation: Attribution, words: Vocabulary, ranking: Ranking, slots: dict[str, str]) -> list[str]:
    names = input_names(explanation)
    parts = [
        {"name": words.name(names[j]), "direction": _direction(explanation, words, j, "told_direction")}
        for j in ranking.named
    ]
    sentences = [words.say("many.told_first", **slots, **parts[0])]
    if len(parts) > 1:
        inputs = words.join([words.say("many.told_input", **part) for part in parts[1:]])
        sentences.append(words.say("many.told_next", inputs=inputs))
    return sentences


def _first(explanation: Attribution, words: Vocabulary, ranking: Ranking, slots: dict[str, str]) -> str:
    return words.say("many.first", **slots, **_facts(explanation, words, ranking, ranking.named[0]))


def _next(explanation: Attribution, words: Vocabulary, ranking: Ranking) -> str:
    others = [words.say("many.input", **_facts(explanation, words, ranking, j)) for j in ranking.named[1:]]
    return words.say("many.next", inputs=words.join(others)) if others else ""


def _facts(explanation: Attribution, words: Vocabulary, ranking: Ranking, j: int) -> dict[str, str]:
    return {
        "name": words.name(input_names(explanation)[j]),
        "amount": ranking.amount(j),
        "share": numerals.percent(ranking.share(j)),
        "direction": _direction(explanation, words, j, "direction"),
    }


def _direction(explanation: Attribution, words: Vocabulary, j: int, form: str) -> str:
    found = input_direction(explanation, j)
    name = input_names(explanation)[j]
    return words.say(
        f"{form}.{found.kind}",
        pronoun=words.of_unit(explanation.unit, "pronoun"),
        high=words.value(name, "category", found.high) or "",
        low=words.value(name, "category", found.low) or "",
    )


def _base(explanation: Attribution, words: Vocabulary, ranking: Ranking) -> str:
    if explanation.base is None or np.ptp(explanation.base):
        return ""
    value = float(explanation.base[0, 0])
    base = numerals.amount(value, numerals.decimals(max(abs(value), float(np.abs(ranking.values).max()))))
    return words.say("many.base", base=base, after=words.after(explanation.unit, explanation.target_names[0]))
