"""Which inputs decided this prediction?"""

from __future__ import annotations

from typing import Any

from pellucid.core import registry

__all__ = [*registry.family_names("attribution")]  # noqa: PLE0604 - names come from the generated index


def __getattr__(name: str) -> Any:
    module = registry.family_names("attribution").get(name)
    if module is None:
        raise AttributeError(f"module 'pellucid.attribution' has no attribute {name!r}")
    return registry.find(module, name)


def __dir__() -> list[str]:
    return list(__all__)
