"""An importance in words."""

from __future__ import annotations

from pellucid.core.errors import ParameterError
from pellucid.core.importance import Importance
from pellucid.core.ranks import least_agreeing, most_moved
from pellucid.narrative import numerals
from pellucid.narrative.observed import ranked_said
from pellucid.narrative.ranking import Ranking, rank
from pellucid.narrative.receipts import provenance
from pellucid.narrative.settings import check_words
from pellucid.narrative.vocabulary import Names, Vocabulary

__all__ = ["describe"]


def describe(
    explanation: Importance,
    *,
    language: str = "en",
    depth: str = "expert",
    target: str | int | None = None,
    top: int = 3,
    labels: Names | None = None,
    units: Names | None = None,
) -> str:
    """Say an importance in words, in one of three depths.

    The leading input with its importance and its share ``|I_j| / Σ_k |I_k|``, the next ones, and how much of the total
    they make up.

    Parameters
    ----------
    language, depth, labels, units : as in :func:`pellucid.narrative.attribution.describe`.
    target : which target, by name or number; None describes each.
    top : inputs named after the first.

    Returns
    -------
    One paragraph for each target, parted by empty lines; then, of measures side by side, where they disagree.

    Raises
    ------
    ParameterError : a setting is none of its options, or there is no such target.
    """
    check_words(language, depth, top)
    words = Vocabulary(language, labels, units)
    numbers = range(len(explanation.target_names)) if target is None else [_number(explanation, target)]
    paragraphs = [_paragraph(explanation, words, depth, top, k) for k in numbers]
    if target is None and explanation.are_measures and depth != "person":
        paragraphs.append(_disagreement(explanation, words))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _paragraph(explanation: Importance, words: Vocabulary, depth: str, top: int, k: int) -> str:
    if explanation.receipt.model == "none":
        return words.paragraph([ranked_said(explanation, words, top, k)])
    ranking = rank(explanation.values[:, k], explanation.stderr[:, k], top + 1, with_errors=depth == "modeller")
    target = explanation.target_names[k]
    slots = {
        "on_result": words.on_target(target, result=True),
        "after": words.after(explanation.unit, target),
    }
    if not ranking.named:
        return words.say("importance.still", **slots)
    if explanation.are_weights:
        return _weights(explanation, words, ranking, depth, target)
    told = "told_" if depth == "person" else ""
    facts = [
        {
            "name": words.name(explanation.feature_names[j]),
            "amount": ranking.amount(j),
            "share": numerals.percent(ranking.share(j)),
        }
        for j in ranking.named
    ]
    first = words.say(f"importance.{told}first", **slots, **facts[0])
    sentences = [words.opened(first, explanation.feature_names[ranking.named[0]])]
    if len(facts) > 1:
        others = [fact["name"] if told else words.say("importance.input", **fact) for fact in facts[1:]]
        sentences.append(words.say(f"importance.{told}next", inputs=words.join(others)))
    if ranking.rest and not told:
        shown, share = f"{len(ranking.named):,}", numerals.percent(ranking.share_named)
        sentences.append(words.say("importance.rest", shown=shown, count=f"{ranking.count:,}", share=share))
    if depth == "modeller":
        sentences.append(words.say("importance.measured", rows=f"{explanation.receipt.rows:,}"))
        sentences.append(provenance(explanation.receipt, words))
    return words.paragraph(sentences)


def _weights(explanation: Importance, words: Vocabulary, ranking: Ranking, depth: str, target: str) -> str:
    """The largest weights; without shares, since they cannot be added up."""
    inputs = [
        words.say("importance.weight", name=words.name(explanation.feature_names[j]), amount=ranking.signed(j))
        for j in ranking.named
    ]
    unit, count = explanation.unit, f"{ranking.count:,}"
    on = words.on_target(target)
    sentences = [words.say("importance.weights", on_target=on, unit=unit, count=count, inputs=words.join(inputs))]
    if depth != "person":
        sentences.append(words.say("importance.incomparable"))
    if depth == "modeller":
        sentences.append(provenance(explanation.receipt, words))
    return words.paragraph(sentences)


def _disagreement(explanation: Importance, words: Vocabulary) -> str:
    """Which measures agree least, and which input moves most between them; empty where all agree."""
    sentences, targets = [], explanation.target_names
    least = least_agreeing(explanation.values)
    if least is not None:
        tau, a, b = least
        slots = {"a": words.name(targets[a]), "b": words.name(targets[b]), "tau": numerals.amount(tau, 2)}
        sentences.append(words.say("importance.disagree", **slots))
    places = explanation.ranks()
    for j, best, worst in most_moved(explanation.values, 1):
        name = explanation.feature_names[j]
        moved = words.say(
            "importance.moved",
            name=words.name(name),
            best=f"{places[j, best]:g}",
            worst=f"{places[j, worst]:g}",
            count=f"{len(places):,}",
            a=words.name(targets[best]),
            b=words.name(targets[worst]),
        )
        sentences.append(words.opened(moved, name))
    return words.paragraph(sentences)


def _number(explanation: Importance, target: str | int) -> int:
    names = explanation.target_names
    if isinstance(target, str) and target in names:
        return names.index(target)
    if isinstance(target, int) and -len(names) <= target < len(names):
        return target % len(names)
    raise ParameterError(f"there is no target {target!r}; this importance has {', '.join(map(repr, names))}.")
