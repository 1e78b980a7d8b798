"""How to talk to a model: one foreign library a file, found by type name, imported at first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pellucid.models.adapt import as_model, is_function

if TYPE_CHECKING:
    from pellucid.models.service import Service as Service
    from pellucid.models.service_calls import BusyError as BusyError

__all__ = ["BusyError", "Service", "as_model", "is_function"]

_NAMES = {"Service": "pellucid.models.service", "BusyError": "pellucid.models.service_calls"}


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"module 'pellucid.models' has no attribute {name!r}")
    return getattr(import_module(_NAMES[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
