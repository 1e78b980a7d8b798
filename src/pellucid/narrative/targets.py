"""Which of several targets are worth describing."""

from __future__ import annotations

import numpy as np

from pellucid.core.attribution import Attribution

__all__ = ["described_targets"]

#: units in which the outputs of a classifier are compared with one another
CLASS_UNITS = ("probability", "logit")


def described_targets(explanation: Attribution, target: str | int | None = None) -> list[Attribution]:
    """One explanation for each target to describe, each with one target.

    The named target alone. Otherwise, of two classes that mirror each other (their contributions are each other's
    negatives) the second; for one row of a classifier the class the model favours; else all.

    Raises
    ------
    ParameterError : there is no such target.
    """
    count = len(explanation.target_names)
    if target is not None:
        return [explanation.target(target)]
    if _mirrored(explanation):
        return [explanation.target(1)]
    if len(explanation) == 1 and explanation.base is not None and explanation.unit in CLASS_UNITS and count > 1:
        return [explanation.target(int(np.argmax(explanation.predictions[0])))]
    return [explanation.target(k) for k in range(count)]


def _mirrored(explanation: Attribution) -> bool:
    if explanation.unit not in CLASS_UNITS or len(explanation.target_names) != 2:
        return False
    values = explanation.values
    scale = float(np.abs(values).max(initial=0.0))
    return bool(np.abs(values[..., 0] + values[..., 1]).max(initial=0.0) <= 1e-9 * scale)
