"""Whatever a caller passes, as the arrays a torch module takes."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from pellucid.core.inputs import Inputs
from pellucid.models.network_rows import as_tensors, read_network_rows
from pellucid.models.torch.calling import as_array

__all__ = ["as_tensors", "read_rows"]


def read_rows(rows: Any, module: nn.Module, *, what: str = "rows") -> Inputs:
    """See :func:`pellucid.models.network_rows.read_network_rows`."""
    return read_network_rows(
        rows,
        network=type(module).__name__,
        plain=lambda value: as_array(value) if isinstance(value, Tensor) else value,
        embeds=lambda: any(isinstance(part, nn.Embedding) for part in module.modules()),
        what=what,
    )
