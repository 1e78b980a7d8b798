"""Where a stream's explanations go."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from pellucid.core.attribution import Attribution
from pellucid.core.tables import Table

__all__ = ["Explain", "Sink"]

Explain = Callable[[Any], Any]


class Sink(ABC):
    """Takes the explanations of one chunk after the other."""

    def begin(self, explain: Explain, first: Table, chunk: int) -> None:  # noqa: B027 - most need not look
        """Called before anything is explained, to refuse early what cannot be written."""

    def has(self, number: int, rows: Table) -> bool:
        """Whether an earlier run has already finished this chunk."""
        return False

    @abstractmethod
    def write(self, number: int, start: int, rows: Table, explained: Attribution) -> None:
        """Keep the explanation of chunk ``number``, whose first row is row ``start`` of the source."""

    @abstractmethod
    def end(self, chunks: int) -> Any:
        """What the stream returns, after so many chunks."""
