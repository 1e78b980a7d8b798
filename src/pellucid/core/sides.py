"""Settings that are a length along each side of an image: one number for both, or a pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pellucid.core.params import Whole

__all__ = ["Sides", "two_sides"]


@dataclass(frozen=True)
class Sides:
    """A whole number of at least ``low``, or a pair (height, width) of them."""

    low: int = 1

    def allows(self, value: object) -> bool:
        pair = value if isinstance(value, tuple | list) else (value, value)
        return len(pair) == 2 and all(Whole(self.low).allows(side) for side in pair)

    @property
    def words(self) -> str:
        return f"{Whole(self.low).words} or a pair (height, width) of them"


def two_sides(value: int | Sequence[int]) -> tuple[int, int]:
    """(height, width)."""
    height, width = value if isinstance(value, Sequence) else (value, value)
    return int(height), int(width)
