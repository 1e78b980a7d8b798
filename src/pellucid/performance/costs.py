"""What decisions cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ModelFailedError
from pellucid.performance.counts import Counts

__all__ = ["Cost", "CostOf", "cost_per_row"]

Floats = NDArray[np.float64]
Cost = Mapping[str, float] | Callable[[Counts], Any]

#: what may have a cost: each outcome of a row, and ``review``, which every row above the threshold costs
_PRICED = ("true_positive", "false_positive", "false_negative", "true_negative", "review")


@dataclass(frozen=True)
class CostOf:
    """Constraint: prices by name, or a function."""

    def allows(self, value: object) -> bool:
        if not isinstance(value, Mapping):
            return callable(value)
        prices = value.values()
        finite = all(isinstance(price, Real) and np.isfinite(float(price)) for price in prices)
        return bool(value) and set(value) <= set(_PRICED) and finite

    @property
    def words(self) -> str:
        return f"a mapping of some of {', '.join(map(repr, _PRICED))} to numbers, or a function of Counts"


def cost_per_row(cost: Cost, counts: Counts) -> Floats:
    """(thresholds,) mean cost of a row.

    Raises
    ------
    ModelFailedError : a function that raised, or did not answer with one finite number a threshold.
    """
    shape = counts.recall.shape
    if isinstance(cost, Mapping):
        parts = {name: getattr(counts, "queue_rate" if name == "review" else name) for name in cost}
        return np.asarray(sum((price * parts[name] for name, price in cost.items()), np.zeros(shape)))
    try:
        found = np.asarray(cost(counts), dtype=np.float64)
    except Exception as error:  # whatever a caller's function raises becomes one sentence
        raise ModelFailedError(
            f"cost raised {type(error).__name__}: {' '.join(str(error).split()).rstrip('.')}; it is given Counts, "
            f"whose true_positive and other fields are arrays of shares, one for each threshold."
        ) from error
    if found.shape != shape or not np.isfinite(found).all():
        raise ModelFailedError(f"cost must answer with {shape[0]} finite numbers, one for each threshold, got {found}.")
    return found
