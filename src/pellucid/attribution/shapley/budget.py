"""How many coalitions a row a method that samples them asks about."""

from __future__ import annotations

from pellucid.core.errors import ParameterError

__all__ = ["budget_of", "default_budget"]


def default_budget(players: int) -> int:
    """Coalitions a row unless told otherwise: eight for each player, and at least 256."""
    return max(8 * players, 256)


def budget_of(method: str, asked: int | None, players: int) -> int:
    """Coalitions a row; all ``2^players`` of them where they fit.

    Raises
    ------
    ParameterError : fewer than pairs enough to tell the players apart.
    """
    everything = int(2**players)
    budget = min(asked or default_budget(players), everything)
    if budget < min(2 * players + 2, everything):
        raise ParameterError(
            f"{method}: budget must be at least {2 * players + 2} coalitions for {players} columns, got {budget}; "
            f"leave it out for {default_budget(players)}."
        )
    return budget
