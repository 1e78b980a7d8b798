"""How good decisions are, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from pellucid.core.effect import Curve, Effect
from pellucid.core.key_figure import KeyFigure
from pellucid.narrative import numerals
from pellucid.narrative.receipts import provenance
from pellucid.narrative.vocabulary import Vocabulary

__all__ = ["TOLD", "tell"]

#: share of the rows at which gain and lift are told
_ASKED = 0.2


def tell(effect: Effect, words: Vocabulary, depth: str) -> str:
    """Say an effect that one of ``TOLD`` draws: one paragraph a class.

    Parameters
    ----------
    depth : ``"person"`` leaves out what sums all rows up, ``"modeller"`` adds the method.
    """
    paragraphs = TOLD[effect.drawn](effect, words, depth)
    if depth == "modeller":
        paragraphs = [[*sentences, provenance(effect.receipt, words)] for sentences in paragraphs]
    return "\n\n".join(words.paragraph(sentences) for sentences in paragraphs)


def _threshold(effect: Effect, words: Vocabulary, depth: str) -> list[list[str]]:
    names = effect.target_names
    told = [figure for figure in effect.figures if figure.name.rpartition(" ")[2] in names]
    curve, of = effect.curves[0], words.name(str(effect.receipt.target.get("of", "")))
    slots = {"rows": f"{effect.receipt.rows:,}", "of": of}
    if not told:
        middle = float(curve.axes[0].at[len(curve.axes[0].at) // 2])
        at = {"value": _short(middle), "scores": _scores(curve, names, middle, words)}
        return [[words.say("performance.threshold", **slots, **at)]]
    sentences = []
    for figure in told if depth != "person" else told[-1:]:
        metric = words.say(f"performance.best_{figure.name.rpartition(' ')[2]}")
        scores = _scores(curve, names, figure.value, words)
        said = {"metric": metric, "value": _short(figure.value), "scores": scores, **_band(figure)}
        sentences.append(words.say("performance.best", **slots, **said))
    return [sentences]


def _scores(curve: Curve, names: tuple[str, ...], threshold: float, words: Vocabulary) -> str:
    """What each target is at a threshold."""
    values = dict(zip(names, curve.at([threshold])[0].tolist(), strict=True))
    written = {name: _short(value) if name == "cost" else numerals.percent(value) for name, value in values.items()}
    written |= {"f1": _short(values["f1"])} if "f1" in values else {}
    return words.join([words.say(f"performance.{name}", value=text) for name, text in written.items()])


def _calibration(effect: Effect, words: Vocabulary, depth: str) -> list[list[str]]:
    paragraphs = []
    for curve in effect.curves:
        name = curve.names[0].removeprefix("probability of ")
        given, seen = curve.axes[0].at, curve.values[:, 0]
        worst = int(np.abs(seen - given).argmax())
        slots = {
            "rows": f"{effect.receipt.rows:,}",
            "of": words.name(name),
            "given": numerals.percent(float(given[worst])),
            "seen": numerals.percent(float(seen[worst])),
            "bins": f"{len(given):,}",
            "error": _short(effect.figure(f"expected calibration error of {name}").value),
            "brier": _short(effect.figure(f"Brier score of {name}").value),
        }
        keys = ["calibration"] if depth == "person" else ["calibration", "calibration_error"]
        paragraphs.append([words.say(f"performance.{key}", **slots) for key in keys])
    return paragraphs


def _ranked(effect: Effect, words: Vocabulary, depth: str) -> list[list[str]]:
    paragraphs = []
    curve = effect.curves[0]
    at = int(curve.axes[0].find([_ASKED])[0])
    for k, name in enumerate(effect.target_names):
        write = numerals.percent if effect.drawn == "cumulative_gain" else _short
        slots = {
            "rows": f"{effect.receipt.rows:,}",
            "of": words.name(name),
            "asked": numerals.percent(float(curve.axes[0].at[at])),
            "found": write(float(curve.values[at, k])),
        }
        if curve.low is not None and curve.high is not None:
            ends = {"low": write(float(curve.low[at, k])), "high": write(float(curve.high[at, k]))}
            slots["found"] = words.say("performance.within", value=slots["found"], **ends)
        ratio = effect.figure(f"accuracy ratio of {name}")
        sentences = [words.say(f"performance.{effect.drawn}", **slots)]
        if depth != "person":
            sentences.append(words.say("performance.ratio", value=_short(ratio.value)))
        paragraphs.append(sentences)
    return paragraphs


def _band(figure: KeyFigure) -> dict[str, str]:
    low, high = (figure.value if end is None else end for end in (figure.low, figure.high))
    return {"low": _short(low), "high": _short(high)}


def _short(value: float) -> str:
    """Three significant digits."""
    return numerals.cell(float(f"{value:.3g}"))


#: kind of plot → the paragraphs of its effect
TOLD: Mapping[str, Callable[[Effect, Vocabulary, str], list[list[str]]]] = {
    "discrimination_threshold": _threshold,
    "calibration": _calibration,
    "cumulative_gain": _ranked,
    "lift": _ranked,
}
