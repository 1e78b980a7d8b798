"""Numbers that sum up an effect, beside its curves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["KeyFigure", "pack_figures", "unpack_figures"]


@dataclass(frozen=True)
class KeyFigure:
    """One number about all of an effect.

    Parameters
    ----------
    name : what it is, such as ``"Brier score of fraud"``.
    value : the number.
    low, high : ends of its band, both or neither; the receipt's settings say how sure it is.
    axis : the axis that it is a place of, and where a plot shows it; None where it is none.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    axis: str | None = None


def pack_figures(figures: tuple[KeyFigure, ...]) -> list[dict[str, object]]:
    """Manifest part."""
    return [asdict(figure) for figure in figures]


def unpack_figures(meta: Mapping[str, Any]) -> tuple[KeyFigure, ...]:
    """The inverse of :func:`pack_figures`, from the whole manifest."""
    return tuple(KeyFigure(**figure) for figure in meta.get("figures", ()))
