"""What is said in each language, as data: one TOML file a language, all with the same keys."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from pellucid.core.errors import ParameterError

__all__ = ["LANGUAGES", "fill", "load"]

LANGUAGES = ("en", "zh")
_HAN = "[\u3400-\u9fff]"
_EDGE = "\x1e"
_GAPS = re.compile(f"(?<={_HAN}){_EDGE}+(?=[A-Za-z0-9+−±])|(?<=[A-Za-z0-9%]){_EDGE}+(?={_HAN})")


@cache
def load(language: str, package: str = __name__) -> Mapping[str, str]:
    """All phrases of a language under dotted keys, such as ``"row.told_up"``.

    Parameters
    ----------
    language : ``"en"`` or ``"zh"``.
    package : the package whose ``<language>.toml`` is read.

    Raises
    ------
    ParameterError : there is no such language.
    """
    if language not in LANGUAGES:
        raise ParameterError(f"language must be one of {', '.join(map(repr, LANGUAGES))}, got {language!r}.")
    text = files(package).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return MappingProxyType(dict(_flatten(tomllib.loads(text))))


def fill(template: str, slots: Mapping[str, str]) -> str:
    """Put names and numbers into the slots of a phrase; what is put in is never read as a phrase itself.

    Between a Chinese character and a slot's Latin letter or digit stands a space, as Chinese is set.
    """
    fenced = re.sub(r"\{(\w+)\}", lambda slot: f"{_EDGE}{slots[slot[1]].replace(_EDGE, '')}{_EDGE}", template)
    return _GAPS.sub(" ", fenced).replace(_EDGE, "")


def _flatten(tree: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    flat: list[tuple[str, str]] = []
    for key, value in tree.items():
        flat += _flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else [(f"{prefix}{key}", str(value))]
    return flat
