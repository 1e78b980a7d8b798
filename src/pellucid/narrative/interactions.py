"""Interactions in words: how much inputs do together, and which of them most."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.core.errors import InputError
from pellucid.core.interactions import Interactions
from pellucid.narrative import numerals
from pellucid.narrative.ranking import Ranking, rank
from pellucid.narrative.receipts import add_up, is_whole, provenance
from pellucid.narrative.settings import check_words
from pellucid.narrative.targets import described_targets
from pellucid.narrative.vocabulary import Names, Vocabulary

__all__ = ["describe"]


def describe(
    explanation: Interactions,
    *,
    language: str = "en",
    depth: str = "expert",
    rows: Any = None,
    target: str | int | None = None,
    top: int = 3,
    labels: Names | None = None,
    units: Names | None = None,
) -> str:
    """Say interactions in words, in one of three depths.

    One row gives what its inputs add alone and together, and the sets that add most, with their signs. Several rows
    give the share of what inputs do together, ``Σ_S I_S / (Σ_i I_i + Σ_S I_S)`` of mean sizes ``I``, and the sets that
    do most.

    Parameters
    ----------
    language, depth, rows, target, labels, units : as in :func:`pellucid.narrative.attribution.describe`.
    top : sets named after the first.

    Returns
    -------
    One paragraph for each target, parted by empty lines.

    Raises
    ------
    ParameterError : a setting is none of its options, or there is no such row or target.
    InputError : no rows were chosen.
    """
    check_words(language, depth, top)
    words = Vocabulary(language, labels, units)
    chosen = explanation if rows is None else explanation[rows]
    if not len(chosen):
        raise InputError(f"describe: no rows were chosen of {len(explanation)}; choose at least one.")
    told = [one.target_names[0] for one in described_targets(chosen.as_attribution(), target)]
    say = _row if len(chosen) == 1 else _rows
    return "\n\n".join(say(chosen.target(name), words, depth, top) for name in told)


def _row(one: Interactions, words: Vocabulary, depth: str, top: int) -> str:
    values = one.values[0, :, 0]
    ranking = rank(values, np.full(len(values), np.nan), top + 1, with_errors=False)
    if depth == "person":
        return _told(one, words, ranking, "together.told_row")
    alone, together = float(one.main.sum()), float(values.sum())
    places = numerals.decimals(float(np.abs(one.main).sum() + np.abs(values).sum()))
    sets = [
        words.say("together.signed", name=_name(one, m, words), amount=numerals.signed(float(values[m]), places))
        for m in ranking.named
    ]
    parts = {"alone": numerals.signed(alone, places), "together": numerals.signed(together, places)}
    sentences = [_result(one, words, places), words.say("together.parts", **parts)]
    sentences.append(words.say("together.row", sets=words.join(sets)) if sets else words.say("together.still"))
    return words.paragraph(sentences + _receipt(one, words, depth))


def _rows(one: Interactions, words: Vocabulary, depth: str, top: int) -> str:
    sizes = one.importance()
    ranking = rank(sizes.values[:, 0], sizes.stderr[:, 0], top + 1, with_errors=depth == "modeller")
    if depth == "person":
        return _told(one, words, ranking, "together.told_rows")
    if not ranking.named:
        return words.paragraph([words.say("together.still"), *_receipt(one, words, depth)])
    together, alone = float(sizes.values[:, 0].sum()), float(np.abs(one.main[..., 0]).mean(axis=0).sum())
    on_result = words.on_target(one.target_names[0], result=True)
    share = numerals.percent(together / (together + alone))
    sentences = [words.say("together.rows", rows=f"{len(one):,}", on_result=on_result, share=share)]
    first, *others = [
        {
            "name": _name(one, m, words),
            "amount": ranking.amount(m),
            "share": numerals.percent(abs(float(ranking.values[m])) / (together + alone)),
        }
        for m in ranking.named
    ]
    sentences.append(words.say("together.first", what=words.of_unit(one.unit, "noun"), **first))
    if others:
        sets = words.join([words.say("together.set", **facts) for facts in others])
        sentences.append(words.say("together.next", sets=sets))
    if ranking.rest:
        shown, named = f"{len(ranking.named):,}", numerals.percent(ranking.share_named)
        sentences.append(words.say("together.rest", shown=shown, count=f"{ranking.count:,}", share=named))
    if depth == "modeller":
        sentences.append(words.say("receipt.errors"))
    return words.paragraph(sentences + _receipt(one, words, depth))


def _told(one: Interactions, words: Vocabulary, ranking: Ranking, key: str) -> str:
    if not ranking.named:
        return words.say("together.still")
    on_result = words.on_target(one.target_names[0], result=True)
    sets = words.join([_name(one, m, words) for m in ranking.named])
    return words.say(key, on_result=on_result, sets=sets)


def _result(one: Interactions, words: Vocabulary, places: int) -> str:
    slots = {
        "result": numerals.amount(float(one.predictions[0, 0]), places),
        "base": numerals.amount(float(one.base[0, 0]), places),
        "after": words.after(one.unit, one.target_names[0]),
        "of_target": words.on_target(one.target_names[0]),
    }
    if not is_whole(one.receipt.completeness):
        return words.say("row.summed", **slots)
    return words.say("row.expert", reading="", base_reading="", **slots)


def _receipt(one: Interactions, words: Vocabulary, depth: str) -> list[str]:
    if depth != "modeller":
        return []
    return [provenance(one.receipt, words), add_up(one.receipt.completeness, words)]


def _name(one: Interactions, number: int, words: Vocabulary) -> str:
    return " × ".join(words.name(name) for name in one.names_of(number))
