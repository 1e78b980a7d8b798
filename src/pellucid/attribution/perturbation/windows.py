"""Windows that slide over a line of parts, or over the rows and columns of an image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Windows"]


@dataclass(frozen=True)
class Windows:
    """Windows of one size over ``length`` places, ``stride`` apart, from the first place until all are covered.

    The last one is cut off at the end.
    """

    length: int
    size: int
    stride: int

    def __len__(self) -> int:
        return 1 + max(0, -(-(self.length - self.size) // self.stride))

    def cover(self, numbers: NDArray[np.intp]) -> NDArray[np.bool_]:
        """(windows, length) which places lie in each of some windows."""
        start = numbers[:, np.newaxis] * self.stride
        place = np.arange(self.length)
        return np.asarray((start <= place) & (place < start + self.size))

    def total(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(windows, ...) → (length, ...): the sum over the windows that cover each place."""
        reach = (len(self) - 1) * self.stride + 1
        found = np.zeros((reach + self.size, *values.shape[1:]))
        for place in range(self.size):
            found[place : place + reach : self.stride] += values
        return found[: self.length]

    @property
    def counts(self) -> NDArray[np.float64]:
        """(length,) how many windows cover each place."""
        return self.total(np.ones(len(self)))
