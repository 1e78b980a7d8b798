"""An effect in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect import Curve, Effect
from pellucid.core.effect_axis import Axis
from pellucid.narrative import numerals
from pellucid.narrative.observed import opening, pairs_said
from pellucid.narrative.performance import TOLD, tell
from pellucid.narrative.receipts import provenance
from pellucid.narrative.settings import check_words
from pellucid.narrative.vocabulary import Names, Vocabulary, day

__all__ = ["describe"]

Floats = NDArray[np.float64]

#: part of a curve's range that it may turn back by and still be said to rise or fall
_WAVER = 0.1


def describe(
    explanation: Effect,
    *,
    language: str = "en",
    depth: str = "expert",
    target: str | int | None = None,
    top: int = 3,
    labels: Names | None = None,
    units: Names | None = None,
) -> str:
    """Say an effect in words, in one of three depths.

    The feature whose curve moves most over the background, between which values and where, whether it rises or falls,
    and the next ones; of how good decisions are, the best threshold, the bin farthest off, or what the first rows hold.

    Parameters
    ----------
    language, depth, labels, units : as in :func:`pellucid.narrative.attribution.describe`.
    target : which target, by name or number; None describes each, of two probabilities of classes the second.
    top : features named after the first.

    Returns
    -------
    One paragraph for each target, parted by empty lines.

    Raises
    ------
    ParameterError : a setting is none of its options, or there is no such target.
    """
    check_words(language, depth, top)
    words = Vocabulary(language, labels, units)
    if explanation.drawn == "pair_ranking":
        return words.paragraph([pairs_said(explanation, words, top)])
    if explanation.drawn in TOLD:
        return tell(explanation if target is None else explanation.target(target), words, depth)
    if target is not None:
        targets = [explanation.target(target)]
    elif explanation.unit == "probability" and len(explanation.target_names) == 2:
        targets = [explanation.target(1)]
    else:
        targets = [explanation.target(k) for k in range(len(explanation.target_names))]
    return "\n\n".join(_paragraph(one, words, depth, top) for one in targets)


@dataclass(frozen=True)
class _Move:
    """Where a curve is lowest and highest among what the background holds."""

    curve: Curve
    low: float
    high: float
    at_low: tuple[int, ...]
    at_high: tuple[int, ...]


def _paragraph(one: Effect, words: Vocabulary, depth: str, top: int) -> str:
    sizes = one.importance().values[:, 0]
    order = [int(c) for c in np.argsort(-sizes, kind="stable") if sizes[c] > 0]
    moves = [_move(one.curves[c]) for c in order[: top + 1]]
    target, rows = one.target_names[0], f"{one.receipt.rows:,}"
    what = {"what": words.of_unit(one.unit, "noun"), "on_target": words.on_target(target), "rows": rows}
    moving = [move for move in moves if move.high > move.low]
    if not moving:
        return words.say("effect.still" if opening(one) is None else "observed.still", **what)
    told = depth == "person"
    first = _said(moving[0], words, one.unit, target, told=told)
    key = "told_first" if told else "first" if len(one) > 1 else "alone"
    result = words.on_target(target, result=True)
    sentences = [words.say(opening(one) or f"effect.{key}", **what, **first, on_result=result)]
    if len(moving) > 1:
        said = [_said(move, words, one.unit, target, told=told) for move in moving[1:]]
        inputs = [facts["name"] if told else words.say("effect.input", **facts) for facts in said]
        sentences.append(words.say("effect.next", inputs=words.join(inputs)))
    sentences += [] if told else _together(moving, words)
    if depth == "modeller":
        sentences += _proof(one, words)
    return words.paragraph(sentences)


def _together(moving: list[_Move], words: Vocabulary) -> list[str]:
    """Which features have rare categories at a common place."""
    others = {axis.name: axis.others for move in moving for axis in move.curve.axes if axis.others}
    return [words.say("effect.others", name=words.name(name), count=f"{n:,}") for name, n in others.items()]


def _proof(one: Effect, words: Vocabulary) -> list[str]:
    completeness = one.receipt.completeness
    said = [provenance(one.receipt, words)]
    if completeness.gap is not None and completeness.tolerance is not None:
        gaps = {"gap": numerals.tiny(completeness.gap), "tolerance": numerals.tiny(completeness.tolerance)}
        said.append(words.say("effect.checked", rows=f"{completeness.rows:,}", **gaps))
    return said


def _move(curve: Curve) -> _Move:
    values = np.where(curve.share > 0, curve.values[..., 0], np.nan)
    low, high = int(np.nanargmin(values)), int(np.nanargmax(values))
    places = [tuple(int(k) for k in np.unravel_index(at, values.shape)) for at in (low, high)]
    return _Move(curve, float(np.nanmin(values)), float(np.nanmax(values)), places[0], places[1])


def _said(move: _Move, words: Vocabulary, unit: str, target: str, *, told: bool) -> dict[str, str]:
    digits = numerals.decimals(move.high - move.low)
    axes = move.curve.axes
    kind = "told_direction" if told else "direction"
    return {
        "name": _name(axes, words),
        "low": numerals.amount(move.low, digits),
        "high": numerals.amount(move.high, digits),
        "after": words.after(unit, target),
        "at_low": _where(axes, move.at_low, words),
        "at_high": _where(axes, move.at_high, words),
        "direction": words.say(f"{kind}.{_direction(move)}", pronoun=words.of_unit(unit, "pronoun")),
    }


def _name(axes: tuple[Axis, ...], words: Vocabulary) -> str:
    names = [words.name(axis.name) for axis in axes]
    return names[0] if len(names) == 1 else words.say("effect.pair", first=names[0], second=names[1])


def _direction(move: _Move) -> str:
    axis = move.curve.axes[0]
    if len(move.curve.axes) > 1 or axis.kind == "levels" or axis.present < 2:
        return "none"
    held = axis.share[: axis.present] > 0
    values = move.curve.values[: axis.present, 0][held]
    fall = float((np.maximum.accumulate(values) - values).max())
    rise = float((values - np.minimum.accumulate(values)).max())
    waver = _WAVER * (move.high - move.low)
    later = "later_" if axis.at.dtype.kind == "M" else ""
    if min(fall, rise) > waver or max(fall, rise) == 0:
        return "mixed"
    return f"{later}up" if rise > fall else f"{later}down"


def _where(axes: tuple[Axis, ...], places: tuple[int, ...], words: Vocabulary) -> str:
    return words.join([_place(axis, place, words) for axis, place in zip(axes, places, strict=True)])


def _place(axis: Axis, place: int, words: Vocabulary) -> str:
    if place >= axis.present:
        return words.say("effect.at_missing")
    if axis.others and place == len(axis.at):
        return words.say("effect.at_others", count=f"{axis.others:,}")
    if axis.kind == "levels":
        level = axis.at.tolist()[place]
        kind = "boolean" if isinstance(level, bool) else "category"
        return words.say("effect.at_level", value=words.value(axis.name, kind, level) or "")
    if axis.kind == "points":
        at = axis.at[place]
        text = day(at) if axis.at.dtype.kind == "M" else numerals.cell(float(at))
        return words.say("effect.at_point", value=words.with_unit(axis.name, text))
    low, high = (float(ends[place]) for ends in axis.ends())
    ends = {
        "low": words.with_unit(axis.name, numerals.cell(low)),
        "high": words.with_unit(axis.name, numerals.cell(high)),
    }
    if np.isinf(low):
        return words.say("effect.at_all" if np.isinf(high) else "effect.at_most", **ends)
    return words.say("effect.above" if np.isinf(high) else "effect.between", **ends)


def _number(axis: Axis, value: float, words: Vocabulary) -> str:
    return words.with_unit(axis.name, numerals.cell(value))
