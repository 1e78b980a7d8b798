"""The result of what ranks rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect import Curve, Effect
from pellucid.core.effect_axis import Axis
from pellucid.core.effect_receipt import effect_receipt
from pellucid.core.key_figure import KeyFigure
from pellucid.core.method import Method
from pellucid.core.receipt import Completeness
from pellucid.core.target import resolve_target
from pellucid.performance.judged import NO_SUM, Judged
from pellucid.performance.ranked import Gains

__all__ = ["ASKED", "ranked_effect"]

Floats = NDArray[np.float64]

#: what the curves are over
ASKED = "share of rows asked"


def ranked_effect(
    method: Method, judged: Judged, asked: Floats, gains: Gains, started: float, *, unit: str, drawn: str
) -> Effect:
    """Curves over the share of rows asked, one target a class."""
    receipt = effect_receipt(
        method,
        judged.model,
        resolve_target(None, gains.names, n_rows=0),
        Completeness("not promised", reason=NO_SUM),
        probe=judged.table,
        background=None,
        evaluations=len(judged.table),
        started=started,
        rows=len(judged.table),
        data_fingerprint=judged.table.fingerprint(),
        unit=unit,
        seed=method.settings["seed"],
        notes=tuple(map(_said, gains.figures)),
    )
    axis = Axis(ASKED, "points", asked, False, np.full(len(asked), 1 / len(asked)))
    return Effect(receipt, (Curve((axis,), gains.values, None, gains.low, gains.high),), drawn, gains.figures)


def _said(figure: KeyFigure) -> str:
    band = "" if figure.low is None else f" ({figure.low:.3g} to {figure.high:.3g})"
    return f"{figure.name} {figure.value:.3g}{band}: 0 of a random order, 1 of a perfect one"
