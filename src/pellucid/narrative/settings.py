"""What every narrator lets its caller choose."""

from __future__ import annotations

from collections.abc import Mapping

from pellucid.core.params import Constraint, OneOf, Whole, check_settings
from pellucid.narrative.phrases import LANGUAGES

__all__ = ["DEPTHS", "check_words"]

DEPTHS = ("person", "expert", "modeller")
_ALLOWED: Mapping[str, Constraint] = {"language": OneOf(LANGUAGES), "depth": OneOf(DEPTHS), "top": Whole(1)}


def check_words(language: str, depth: str, top: int) -> None:
    """Raise ParameterError for a setting that is none of its options."""
    check_settings("describe", _ALLOWED, {"language": language, "depth": depth, "top": top})
