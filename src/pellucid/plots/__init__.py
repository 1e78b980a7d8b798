"""Draw it: one plot a file; each takes an explanation and ``ax``, returns the Axes and never shows.

``pellucid.plots.bar(ex)``, or ``ex.plot("bar")``.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from pellucid.core._index import PLOTS

__all__ = list(PLOTS)


class _Plots(ModuleType):
    """Importing ``plots.bar`` binds that module here, under the name of its function; people want the function."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, getattr(value, name, value) if isinstance(value, ModuleType) else value)


sys.modules[__name__].__class__ = _Plots


def __getattr__(name: str) -> Any:
    if name in PLOTS:
        return getattr(import_module(f"{__name__}.{name}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
