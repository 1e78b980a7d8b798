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
    """Model inputs that stand for rows with some of their players present.

    Parameters
    ----------
    inputs : rows to hand to the model.
    entry : (inputs,) which pair of row and coalition each one stands for: ``row · coalitions + coalition``.
    weight : (inputs,) weights that sum to one within an entry.
    """

    inputs: Table
    entry: NDArray[np.intp]
    weight: NDArray[np.float64]


@runtime_checkable
class Masker(Protocol):
    """Turns "these players are present, those absent" into model inputs; methods know nothing of modality."""

    @property
    def one_base(self) -> bool:
        """Whether the empty coalition gives the same inputs for every row, so that it need be asked only once."""
        ...

    def players(self, row: Table) -> tuple[str, ...]:
        """Names of the players of one row."""
        ...

    def inputs(self, rows: Table, coalitions: NDArray[np.bool_], *, batch_size: int) -> Iterator[MaskedBatch]:
        """Model inputs for every row with every coalition, entry by entry.

        Parameters
        ----------
        rows : rows that have the same players.
        coalitions : (coalitions, players) which players are present.
        batch_size : the most model rows in a batch.
        """
        ...

    def describe(self) -> Mapping[str, object]:
        """What a receipt keeps: ``rows``, ``fingerprint``, ``weighted``."""
        ...
