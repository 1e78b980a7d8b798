"""From a model's own unit to a number that people know: a probability, or an amount of the target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.core.attribution import Attribution
from pellucid.narrative import numerals

__all__ = ["Reading", "reading"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Reading:
    """Predictions and bases in a unit that people know.

    Parameters
    ----------
    kind : ``"chance"`` (a probability) or ``"amount"`` (of the target).
    result : (rows, targets)
    base : (rows, targets)
    converted : whether this differs from the model's own unit.
    """

    kind: str
    result: Floats
    base: Floats
    converted: bool

    def of(self, target: int) -> Reading:
        """The same for one target; its axis stays."""
        return Reading(self.kind, self.result[:, [target]], self.base[:, [target]], self.converted)

    def texts(self, places: int, row: int = 0, target: int = 0) -> tuple[str, str]:
        """Result and base of one row, written out.

        Parameters
        ----------
        places : decimal places of an amount in the model's own unit.
        """
        pair = float(self.result[row, target]), float(self.base[row, target])
        if self.kind == "chance":
            return numerals.percent(pair[0]), numerals.percent(pair[1])
        if self.converted:
            places = numerals.decimals(max(map(abs, pair)))
        return numerals.amount(pair[0], places), numerals.amount(pair[1], places)


def reading(explanation: Attribution) -> Reading | None:
    """The predictions as probabilities or amounts, or None where the unit has no honest conversion.

    ``log-odds``: 1 / (1 + exp(−f)). ``logit``: exp(f_k) / Σ exp(f), where all outputs are explained.
    ``log(target)``: exp(f). ``probability`` and ``target`` are read as they are. A contrast, a mix or a function of
    outputs is not converted.
    """
    if explanation.base is None or not _outputs_as_they_are(explanation):
        return None
    unit, result, base = explanation.unit, explanation.predictions, explanation.base
    if unit in ("probability", "target"):
        return Reading("chance" if unit == "probability" else "amount", result, base, converted=False)
    if unit == "log(target)":
        return Reading("amount", np.exp(result), np.exp(base), converted=True)
    if unit == "log-odds":
        return Reading("chance", _sigmoid(result), _sigmoid(base), converted=True)
    if unit == "logit" and explanation.receipt.target.get("outputs") == len(explanation.target_names) > 1:
        return Reading("chance", _softmax(result), _softmax(base), converted=True)
    return None


def _outputs_as_they_are(explanation: Attribution) -> bool:
    """Whether each explained number is one output of the model."""
    if "mix" not in explanation.receipt.target:
        return "chosen" in explanation.receipt.target
    mix = np.asarray(explanation.receipt.target["mix"], dtype=np.float64)
    return bool(((mix == 0) | (mix == 1)).all() and (mix.sum(axis=0) == 1).all())


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(np.exp(-np.logaddexp(0, -values)))


def _softmax(values: Floats) -> Floats:
    shifted = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))
