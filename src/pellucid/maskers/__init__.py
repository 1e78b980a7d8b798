"""What "this input is absent" means."""

from __future__ import annotations

from pellucid.maskers.adapt import as_masker
from pellucid.maskers.background import Background

__all__ = ["Background", "as_masker"]
