"""An explanation under the names that its readers know."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from pellucid.core.attribution import Attribution
from pellucid.narrative.vocabulary import Vocabulary, input_names

__all__ = ["labelled"]


def labelled(explanation: Attribution, words: Vocabulary) -> Attribution:
    """The same values with labels for names, as plots are to write them; equal labels keep the column's name beside."""
    names = input_names(explanation)
    labels = [words.name(name) for name in names]
    often = Counter(labels)
    unique = tuple(f"{a} ({b})" if often[a] > 1 and a != b else a for a, b in zip(labels, names, strict=True))
    target = dict(explanation.receipt.target, names=[words.name(name) for name in explanation.target_names])
    data = explanation.data
    return replace(
        explanation,
        receipt=replace(explanation.receipt, target=target),
        feature_names=unique,
        data=None if data is None or len(data.names) != len(unique) else data.renamed(unique),
    )
