"""Which inputs lead, and with what share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.narrative import numerals

__all__ = ["Ranking", "rank"]


@dataclass(frozen=True, eq=False)
class Ranking:
    """The importances of one target, ready to be spoken of.

    Parameters
    ----------
    values : (inputs,)
    errors : (inputs,) standard errors; nan where there is none.
    named : numbers of the inputs to name, the first the most important.
    with_errors : whether numbers show their standard error.
    """

    values: NDArray[np.float64]
    errors: NDArray[np.float64]
    named: list[int]
    with_errors: bool

    @property
    def count(self) -> int:
        return len(self.values)

    @property
    def rest(self) -> int:
        """How many inputs are not named."""
        return self.count - len(self.named)

    @property
    def share_named(self) -> float:
        """Share of the total that the named inputs have."""
        return sum(self.share(j) for j in self.named)

    def share(self, j: int) -> float:
        """``|I_j| / Σ_k |I_k|``"""
        return float(abs(self.values[j]) / np.abs(self.values).sum())

    def amount(self, j: int) -> str:
        """The importance of one input, as fine as its error allows; with that error where asked for and known."""
        sizes, value, error = np.abs(self.values), float(self.values[j]), float(self.errors[j])
        places = numerals.decimals(float(sizes.sum()), error, float(sizes.max()))
        return numerals.with_error(value, error, places) if self.with_errors else numerals.amount(value, places)

    def signed(self, j: int) -> str:
        """The same for a weight, which stands alone: three digits of its own, and its sign."""
        value, error = float(self.values[j]), float(self.errors[j])
        text = numerals.signed(value, numerals.own_decimals(value))
        return f"{text} ± {numerals.tiny(error)}" if self.with_errors and np.isfinite(error) else text


def rank(values: NDArray[np.float64], errors: NDArray[np.float64], most: int, *, with_errors: bool) -> Ranking:
    """Choose the inputs to name: the largest ones that are not zero.

    Parameters
    ----------
    values, errors : (inputs,)
    most : how many at most.
    """
    order = [int(j) for j in np.argsort(-np.abs(values), kind="stable") if values[j] != 0]
    return Ranking(values, errors, order[:most], with_errors)
