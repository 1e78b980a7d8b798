"""One row in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.narrative import numerals
from pellucid.narrative.readings import Reading
from pellucid.narrative.receipts import add_up, is_whole, provenance
from pellucid.narrative.vocabulary import Vocabulary, input_names

__all__ = ["describe_row"]

LITTLE = 0.1


@dataclass(frozen=True, eq=False)
class _Row:
    """One row and one target, ready to be spoken of.

    Parameters
    ----------
    moved : (inputs,) contributions.
    errors : (inputs,) standard errors, or None.
    raised, lowered : the inputs to name, the strongest first.
    places : decimal places of all numbers.
    """

    explanation: Attribution
    words: Vocabulary
    moved: NDArray[np.float64]
    errors: NDArray[np.float64] | None
    raised: list[int]
    lowered: list[int]
    places: int

    @property
    def rest(self) -> list[int]:
        named = {*self.raised, *self.lowered}
        return [j for j in range(len(self.moved)) if j not in named]


def describe_row(explanation: Attribution, words: Vocabulary, depth: str, top: int, known: Reading | None) -> str:
    """The paragraph for an explanation of one row and one target.

    Parameters
    ----------
    known : the prediction in a unit that people know, where there is one.
    """
    row = _look(explanation, words, top)
    if depth == "person":
        return words.paragraph([_told_result(row, known), *_told_moves(row)])
    sentences = [_result(row, known), *_moves(row)]
    if depth == "modeller":
        receipt = explanation.receipt
        errors = words.say("receipt.errors") if row.errors is not None else ""
        sentences += [_balance(row), errors, provenance(receipt, words), add_up(receipt.completeness, words)]
    return words.paragraph(sentences)


def _look(explanation: Attribution, words: Vocabulary, top: int) -> _Row:
    moved = explanation.values.reshape(-1)
    errors = None if explanation.stderr is None else explanation.stderr.reshape(-1)
    order = [int(j) for j in np.argsort(-np.abs(moved), kind="stable")]
    error = 0.0 if errors is None else float(np.nanmax(errors, initial=0.0))
    sizes = np.abs(moved)
    places = numerals.decimals(float(sizes.sum()), error, float(sizes.max(initial=0.0)))
    visible = [j for j in order if abs(moved[j]) * 10**places >= 0.5]
    return _Row(
        explanation,
        words,
        moved,
        errors,
        raised=[j for j in visible if moved[j] > 0][:top],
        lowered=[j for j in visible if moved[j] < 0][:top],
        places=places,
    )


def _told_result(row: _Row, known: Reading | None) -> str:
    if known is None or not is_whole(row.explanation.receipt.completeness):
        return ""
    name = row.explanation.target_names[0]
    of_target = row.words.on_target(name)
    form = "amount" if known.kind == "amount" else ("chance" if of_target else "chance_unnamed")
    result, base = (row.words.with_unit(name, text) for text in known.texts(row.places))
    return row.words.say(f"row.{form}", result=result, base=base, target=row.words.name(name), of_target=of_target)


def _told_moves(row: _Row) -> list[str]:
    sentences = []
    for side, inputs in _stronger_first(row):
        parts = [row.words.input(row.explanation, 0, j, told=True) for j in inputs]
        sentences.append(row.words.say(f"row.told_{side}", inputs=row.words.join(parts)))
    if not sentences:
        return [row.words.say("row.still_told")]
    rest = float(row.moved[row.rest].sum())
    if row.rest:
        size = "small" if abs(rest) < LITTLE * np.abs(row.moved).sum() else ("up" if rest > 0 else "down")
        sentences.append(row.words.say(f"row.rest_told_{size}"))
    return sentences


def _result(row: _Row, known: Reading | None) -> str:
    explanation, words = row.explanation, row.words
    if explanation.base is None:
        return ""
    slots = {
        "result": numerals.amount(float(explanation.predictions[0, 0]), row.places),
        "base": numerals.amount(float(explanation.base[0, 0]), row.places),
        "after": words.after(explanation.unit, explanation.target_names[0]),
        "of_target": words.on_target(explanation.target_names[0]),
    }
    if not is_whole(explanation.receipt.completeness):
        return words.say("row.summed", **slots)
    slots["reading"] = slots["base_reading"] = ""
    if known is not None and known.converted:
        result, base = known.texts(row.places)
        slots["reading"] = words.say(f"reading.{known.kind}", reading=result)
        slots["base_reading"] = words.say("reading.base", reading=base)
    return words.say("row.expert", **slots)


def _moves(row: _Row) -> list[str]:
    words, unit = row.words, row.explanation.unit
    sides = _stronger_first(row)
    if not sides:
        return [words.say("row.still", what=words.of_unit(unit, "noun"))]
    sentences = []
    for number, (side, inputs) in enumerate(sides):
        what = words.of_unit(unit, "pronoun" if number else "noun")
        clauses = [
            words.say(
                f"row.{'more_' if place else ''}{side}",
                input=words.input(row.explanation, 0, j),
                what=what,
                amount=_amount(row, j),
            )
            for place, j in enumerate(inputs)
        ]
        sentence = words.say("row.sentence", clauses=words.join(clauses, clauses=True))
        sentences.append(words.opened(sentence, input_names(row.explanation)[inputs[0]]))
    return [*sentences, _rest(row)]


def _rest(row: _Row) -> str:
    if not row.rest:
        return ""
    amount = numerals.signed(float(row.moved[row.rest].sum()), row.places)
    return row.words.say(
        "row.rest_one" if len(row.rest) == 1 else "row.rest_many", count=f"{len(row.rest):,}", amount=amount
    )


def _amount(row: _Row, j: int) -> str:
    size = abs(float(row.moved[j]))
    if row.errors is None:
        return numerals.amount(size, row.places)
    return numerals.with_error(size, float(row.errors[j]), row.places)


def _balance(row: _Row) -> str:
    up, down = row.moved[row.moved > 0].sum(), row.moved[row.moved < 0].sum()
    return row.words.say(
        "row.balance", up=numerals.signed(float(up), row.places), down=numerals.amount(float(down), row.places)
    )


def _stronger_first(row: _Row) -> list[tuple[str, list[int]]]:
    """The sides that have inputs to name, the one that moved the result more before the other."""
    sides = [("up", row.raised), ("down", row.lowered)]
    if -row.moved[row.moved < 0].sum() > row.moved[row.moved > 0].sum():
        sides.reverse()
    return [(side, inputs) for side, inputs in sides if inputs]
