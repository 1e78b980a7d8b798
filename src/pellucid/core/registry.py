"""Where everything is, looked up by name at first use; the index itself is generated from the sources."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from pellucid.core import _index
from pellucid.core.errors import ParameterError

__all__ = ["family_names", "find", "methods", "narrator", "plot", "plot_kinds", "result_type"]


def methods() -> dict[str, dict[str, str]]:
    """Address (``"attribution.TreeSHAP"``) → module, summary and the other fields of the method's card."""
    return _index.METHODS


def family_names(family: str) -> dict[str, str]:
    """Public name → module for one folder of methods, such as ``"attribution"``."""
    prefix = f"{family}."
    return {
        address.removeprefix(prefix): entry["module"]
        for address, entry in _index.METHODS.items()
        if address.startswith(prefix)
    }


def find(module: str, name: str) -> Any:
    """Import a module and take one name from it."""
    return getattr(import_module(module), name)


def plot_kinds(result: str) -> tuple[str, ...]:
    """Names of the plots that draw a result type."""
    return tuple(kind for kind, results in _index.PLOTS.items() if result in results)


def plot(result: str, kind: str) -> Callable[..., Any]:
    """The plot function of that name for a result type.

    Raises
    ------
    ParameterError : there is no such plot for this result.
    """
    kinds = plot_kinds(result)
    if kind not in kinds:
        raise ParameterError(f"plot: there is no {kind!r} for {result}; choose from {', '.join(kinds)}.")
    return find(f"pellucid.plots.{kind}", kind)  # type: ignore[no-any-return]


def narrator(result: str) -> Callable[..., str]:
    """The function that says a result in words.

    Raises
    ------
    ParameterError : there are no words for this result yet.
    """
    module = _index.NARRATORS.get(result)
    if module is None:
        raise ParameterError(f"describe: there are no words for {result}; use to_frame() or plot().")
    return find(module, "describe")  # type: ignore[no-any-return]


def result_type(name: str) -> Any:
    """The result class of that name; KeyError when there is none."""
    return find(_index.RESULTS[name], name)
