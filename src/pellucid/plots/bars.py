"""What a bar plot draws: lengths, errors and names, of contributions or of importances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.core.errors import ParameterError
from pellucid.core.importance import OWN_UNIT, Importance
from pellucid.plots.labels import others, tidy
from pellucid.plots.ranking import Ranking, leading, rank
from pellucid.plots.style import LIGHT
from pellucid.plots.subject import check_finite, mirrored, quantity, read_names

__all__ = ["Bars", "chosen_targets", "read_bars"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Bars:
    """What is drawn: lengths and errors are (bars, targets), errors nan where unknown."""

    labels: list[str]
    lengths: Floats
    errors: Floats
    targets: list[str]
    signed: bool
    summed: bool
    axis: str


def chosen_targets(explanation: Attribution | Importance, target: str | int | None) -> list[int]:
    """Numbers of the targets drawn: the one asked for, of two mirrored probabilities the second, or all.

    Raises
    ------
    ParameterError : there is no such target.
    """
    names = explanation.target_names
    if target is None:
        return [1] if isinstance(explanation, Attribution) and mirrored(explanation) else list(range(len(names)))
    if isinstance(target, str) and target in names:
        return [names.index(target)]
    if isinstance(target, int) and -len(names) <= target < len(names):
        return [target % len(names)]
    raise ParameterError(f"bar: there is no target {target!r}; this explanation has {', '.join(map(repr, names))}.")


def read_bars(explanation: Attribution | Importance, chosen: list[int], most: int) -> Bars:
    """At most so many bars, the last the sum of those not shown.

    Raises
    ------
    ParameterError : values that are not finite.
    """
    names, values, errors = _numbers(explanation)
    values, errors = values[:, chosen], errors[:, chosen]
    measured = explanation.receipt.model == "none"
    ranking = (leading if measured else rank)(np.abs(values).sum(axis=1), most)
    weights = isinstance(explanation, Importance) and explanation.are_weights
    left = ""
    if weights and len(ranking.others):
        order = np.concatenate([ranking.shown, ranking.others])
        ranking, left = Ranking(order[:most], order[:0]), f"; {most} of {len(order)} features"
    unknown = np.full((1 if len(ranking.others) else 0, len(chosen)), np.nan)
    lengths, targets = _fewer(ranking.fold(values, axis=0), [tidy(explanation.target_names[j]) for j in chosen])
    kept = np.concatenate([errors[ranking.shown], unknown])
    local = isinstance(explanation, Attribution) and len(explanation) == 1
    return Bars(
        labels=[names[j] for j in ranking.shown] + ([others(len(ranking.others))] if len(ranking.others) else []),
        lengths=lengths,
        errors=kept if lengths.shape == kept.shape else np.full(lengths.shape, np.nan),
        targets=targets,
        signed=local or weights,
        summed=len(ranking.others) > 0,
        axis=_measured(explanation, targets, len(names) - most)
        if measured
        else _axis(explanation, targets, local) + left,
    )


def _numbers(explanation: Attribution | Importance) -> tuple[tuple[str, ...], Floats, Floats]:
    """Names, values (features, targets) and their errors."""
    if isinstance(explanation, Attribution):
        names = read_names("bar", explanation)
        check_finite("bar", explanation.values, names)
        if len(explanation) == 1:
            stderr = explanation.stderr
            values = explanation.values[0]
            return names, values, np.full(values.shape, np.nan) if stderr is None else stderr[0]
        explanation = explanation.importance()
    names = tuple(tidy(name) for name in explanation.feature_names)
    check_finite("bar", explanation.values[np.newaxis], names)
    return names, explanation.values, explanation.error


def _fewer(lengths: Floats, targets: list[str]) -> tuple[Floats, list[str]]:
    """At most as many targets as there are colours; the smallest are summed."""
    most = len(LIGHT.series)
    if len(targets) <= most:
        return lengths, targets
    ranking = rank(np.abs(lengths).sum(axis=0), most + 1)
    kept, rest = np.sort(ranking.shown), ranking.others
    folded = np.concatenate([lengths[:, kept], lengths[:, rest].sum(axis=1, keepdims=True)], axis=1)
    return folded, [targets[j] for j in kept] + [f"{len(rest)} other targets"]


def _axis(explanation: Attribution | Importance, targets: list[str], local: bool) -> str:
    what = explanation.unit if len(targets) > 1 else quantity(explanation.unit, targets[0])
    if isinstance(explanation, Importance):
        return _axis_of_weights(explanation, targets) or f"importance, {what}"
    if len(targets) > 1:
        return f"contribution, {what}" if local else f"mean |contribution|, {what}"
    return f"contribution to {what}" if local else f"mean |contribution| to {what}"


def _axis_of_weights(explanation: Importance, targets: list[str]) -> str:
    """What weights, and measures in their own units, are called; empty for other importances."""
    one = tidy(targets[0]) if len(targets) == 1 else ""
    if explanation.unit == OWN_UNIT:
        return one or "each measure in its own unit"
    if not explanation.are_weights:
        return ""
    return f"weight{f' for {one}' if one else ''}, {explanation.unit} of a feature"


def _measured(explanation: Attribution | Importance, targets: list[str], left_out: int) -> str:
    """What a measure of data alone is called."""
    what = explanation.unit if len(targets) > 1 else quantity(explanation.unit, targets[0])
    return what + (f"; {left_out} smaller not drawn" if left_out > 0 else "")
