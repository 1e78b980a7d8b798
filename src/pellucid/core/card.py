"""The card of a method: where it comes from, what it needs, what it costs, where it stops."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Card"]


@dataclass(frozen=True)
class Card:
    """What a reader wants to know before choosing a method; the registry and the docs are made of these.

    Parameters
    ----------
    summary : one sentence, without a final full stop.
    paper : authors, year, title of the defining paper.
    explains : name of the result type, such as ``"Attribution"``.
    needs : ability a model must have: ``"forest"``, ``"linear"``, ``"predict"``.
    background : ``"none"``, ``"optional"`` or ``"required"``.
    completeness : ``"checked"``, ``"by construction"`` or ``"not promised"``.
    cost : model evaluations or arithmetic a row, in the method's own symbols.
    limits : when not to use it.
    takes : what its rows can be: ``"tables"``, ``"texts"``, ``"images"``, or several with commas between.
    """

    summary: str
    paper: str
    explains: str
    needs: str
    background: str
    completeness: str
    cost: str
    limits: str
    takes: str = "tables"
