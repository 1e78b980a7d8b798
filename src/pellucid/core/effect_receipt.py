"""The receipt of an effect."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any

from pellucid.core.method import Method
from pellucid.core.model import Model
from pellucid.core.receipt import Completeness, Receipt, versions
from pellucid.core.tables import Table
from pellucid.core.target import Target

__all__ = ["effect_receipt"]


def effect_receipt(
    method: Method,
    model: Model | None,
    target: Target,
    completeness: Completeness,
    *,
    probe: Table | None,
    background: Mapping[str, object] | None = None,
    evaluations: int,
    started: float,
    rows: int | None = None,
    data_fingerprint: str | None = None,
    **other: Any,
) -> Receipt:
    """What was computed, against what, at what cost; see :class:`~pellucid.core.receipt.Receipt`.

    Parameters
    ----------
    model : None for what looks at data alone; then its unit is ``"target"`` unless given.
    probe : the rows, by which a model is told that only its answers can tell; None where a model alone is looked at.
    background : what the receipt keeps of it. It is also what was explained, else ``probe`` is, unless ``rows`` and
        ``data_fingerprint`` say otherwise.
    started : clock at the start.
    """
    explained = background or _described(probe)
    return Receipt(
        method=type(method).__name__,
        settings=method.settings,
        model="none" if model is None else model.kind,
        model_fingerprint="" if model is None else model.fingerprint(probe),
        target=target.describe(),
        unit=other.pop("unit", None) or (model.unit if model is not None else "target"),
        rows=int(str(explained["rows"])) if rows is None else rows,
        data_fingerprint=str(explained["fingerprint"]) if data_fingerprint is None else data_fingerprint,
        completeness=completeness,
        background=background,
        evaluations=evaluations,
        seconds=perf_counter() - started,
        notes=(*other.pop("notes", ()), *(model.notes() if model is not None else ())),
        versions=versions(*([model.library] if model is not None and model.library else [])),
        **other,
    )


def _described(table: Table | None) -> Mapping[str, object]:
    return {"rows": 0, "fingerprint": ""} if table is None else {"rows": len(table), "fingerprint": table.fingerprint()}
