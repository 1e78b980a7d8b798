"""Which inputs decided this prediction?"""

from __future__ import annotations

from typing import Any

from pellucid.core import registry

__all__ = sorted(registry.family_names("attribution"))


def __getattr__(name: str) -> Any:
    module = registry.family_names("attribution").get(name)
    if module is None:
        raise AttributeError(f"module 'pellucid.attribution' has no attribute {name!r}")
    return registry.find(module, name)


def __dir__() -> list[str]:
    return list(__all__)
