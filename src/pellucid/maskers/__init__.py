"""What "this input is absent" means."""

from __future__ import annotations

from pellucid.maskers.adapt import as_masker
from pellucid.maskers.background import Background
from pellucid.maskers.text import Text

__all__ = ["Background", "Text", "as_masker"]
