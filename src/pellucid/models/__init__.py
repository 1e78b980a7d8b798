"""How to talk to a model: one foreign library a file, found by type name, imported at first use."""

from __future__ import annotations

from pellucid.models.adapt import as_model, is_function
from pellucid.models.service import Service
from pellucid.models.service_calls import BusyError

__all__ = ["BusyError", "Service", "as_model", "is_function"]
