"""What data show by themselves, without a model: means by bins, measures of features and of pairs, in words."""

from __future__ import annotations

import numpy as np

from pellucid.core.effect import Effect
from pellucid.core.importance import Importance
from pellucid.narrative import numerals
from pellucid.narrative.vocabulary import Vocabulary

__all__ = ["opening", "pairs_said", "ranked_said"]


def opening(effect: Effect) -> str | None:
    """The phrase that opens an effect that is no mean over a background; None for one that is."""
    method = effect.receipt.method
    if method == "TargetPlot":
        return "observed.mean" if effect.unit == "target" else "observed.share"
    return {"PredictionPlot": "observed.median", "DecisionRegions": "observed.held"}.get(method)


def pairs_said(effect: Effect, words: Vocabulary, top: int) -> str:
    """The pairs that go together most."""
    curve = effect.curves[0]
    values, names = curve.values[..., 0], curve.axes[0].at.tolist()
    lower = [(j, k) for j, k in zip(*np.tril_indices(len(names), -1), strict=True) if np.isfinite(values[j, k])]
    first = sorted(lower, key=lambda pair: -abs(values[pair]))[: top + 1]
    said = [
        words.say(
            "observed.pair", first=words.name(names[k]), second=words.name(names[j]), amount=_amount(values[j, k])
        )
        for j, k in first
    ]
    rows = f"{effect.receipt.rows:,}"
    if not said:
        return words.say("observed.still", rows=rows, on_target="")
    return words.say("observed.pairs", rows=rows, measure=effect.unit, inputs=words.join(said))


def ranked_said(importance: Importance, words: Vocabulary, top: int, k: int) -> str:
    """The features with the largest values of a measure, in size without regard to sign."""
    values, target = importance.values[:, k], importance.target_names[k]
    first = np.argsort(-np.abs(values), kind="stable")[: top + 1]
    said = [
        words.say("observed.input", name=words.name(importance.feature_names[j]), amount=_amount(values[j]))
        for j in first
    ]
    on_target = "" if target == importance.unit else words.on_target(target)
    rows = f"{importance.receipt.rows:,}"
    return words.say(
        "observed.ranked", rows=rows, measure=importance.unit, on_target=on_target, inputs=words.join(said)
    )


def _amount(value: float) -> str:
    return numerals.amount(float(value), numerals.decimals(abs(float(value))))
