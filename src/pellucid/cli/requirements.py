"""What the package asks for, as its own metadata say, and what of it is installed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version

__all__ = ["Requirement", "requirements", "version_of_import"]

REQUIREMENT = re.compile(
    r"""(?P<name>[\w.-]+)\s*(?P<wanted>[<>=!~][^;\s]*)?\s*(;.*extra\s*==\s*["'](?P<extra>[^"']+))?"""
)


@dataclass(frozen=True)
class Requirement:
    """One distribution that the package can use.

    Parameters
    ----------
    name : of the distribution.
    wanted : versions that will do, such as ``">=15"``; empty for any.
    extra : the extra that asks for it; None when the package always needs it.
    installed : version found, None when there is none.
    """

    name: str
    wanted: str
    extra: str | None
    installed: str | None

    @property
    def met(self) -> bool:
        """Whether it is installed and new enough."""
        least = re.search(r">=\s*([\d.]+)", self.wanted)
        return self.installed is not None and (least is None or _numbers(self.installed) >= _numbers(least[1]))


def requirements() -> list[Requirement]:
    """Every distribution named in the package's metadata; extras that only gather others are left out."""
    found = []
    for line in requires("pellucid") or []:
        parts = REQUIREMENT.match(line)
        if parts is not None and parts["name"] != "pellucid":
            found.append(Requirement(parts["name"], parts["wanted"] or "", parts["extra"], _version(parts["name"])))
    return found


def version_of_import(package: str) -> str | None:
    """Version of the distribution that an import name comes from, None when it is not installed."""
    names = _distributions().get(package)
    return _version(names[0]) if names else None


@cache
def _distributions() -> dict[str, list[str]]:
    return dict(packages_distributions())


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.match(r"\d+(\.\d+)*", text)[0].split("."))  # type: ignore[index]
