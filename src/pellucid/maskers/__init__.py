"""What "this input is absent" means."""

from __future__ import annotations

from pellucid.maskers.adapt import as_masker
from pellucid.maskers.background import Background
from pellucid.maskers.baseline import Baseline
from pellucid.maskers.gaussian import Gaussian
from pellucid.maskers.grouped import Grouped
from pellucid.maskers.neighbours import Neighbours
from pellucid.maskers.text import Text

__all__ = ["Background", "Baseline", "Gaussian", "Grouped", "Neighbours", "Text", "as_masker"]
