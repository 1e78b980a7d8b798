"""Labels and units from a TOML file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pellucid.core.errors import InputError

__all__ = ["read_labels"]

TABLES = ("labels", "units")


def read_labels(path: str | None) -> dict[str, Mapping[str, Any]]:
    """``{"labels": name → label, "units": name → unit}``, each a text or one text for each language.

    Raises
    ------
    InputError : missing, not TOML, or of another shape.
    """
    if path is None:
        return {}
    data = _read(path)
    unknown = [name for name in data if name not in TABLES]
    if unknown:
        raise InputError(f"{path} must hold the tables [labels] and [units], got {unknown[0]!r}; put names under one.")
    for table, names in data.items():
        wrong = [names] if not isinstance(names, dict) else [label for label in names.values() if not _is_label(label)]
        if wrong:
            raise InputError(
                f'{path}: [{table}] must give texts or {{en = "…", zh = "…"}}, got {wrong[0]!r}; correct it.'
            )
    return data


def _read(path: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as TOML ({error}); correct it.") from error


def _is_label(label: object) -> bool:
    if isinstance(label, dict):
        return bool(label) and set(label) <= {"en", "zh"} and all(isinstance(text, str) for text in label.values())
    return isinstance(label, str)
