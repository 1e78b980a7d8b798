"""What it means that an input is absent: the protocol between maskers and methods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pellucid.core.tables import Table

__all__ = ["MaskedBatch", "Masker"]


@dataclass(frozen=True, eq=False)
class MaskedBatch:
    """Model inputs that stand for coalitions.

    Parameters
    ----------
    inputs : rows to hand to the model.
    coalition : (inputs,) number of the coalition each row stands for.
    weight : (inputs,) weights that sum to one within a coalition.
    """

    inputs: Table
    coalition: NDArray[np.intp]
    weight: NDArray[np.float64]


@runtime_checkable
class Masker(Protocol):
    """Turns "these players are present, those absent" into model inputs; methods know nothing of modality."""

    def players(self, row: Table) -> tuple[str, ...]:
        """Names of the players of one row."""
        ...

    def inputs(self, row: Table, coalitions: NDArray[np.bool_], *, batch_size: int) -> Iterator[MaskedBatch]:
        """Model inputs for (coalitions, players) of one row, in batches of about ``batch_size`` model rows."""
        ...

    def describe(self) -> Mapping[str, object]:
        """What a receipt keeps: ``rows``, ``fingerprint``, ``weighted``."""
        ...
