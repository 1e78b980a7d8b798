"""What the methods share that rank rows by their scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect import Curve, Effect
from pellucid.core.effect_axis import Axis
from pellucid.core.effect_receipt import effect_receipt
from pellucid.core.errors import InputError
from pellucid.core.key_figure import KeyFigure
from pellucid.core.method import Method
from pellucid.core.params import Constraint, Fraction, Whole
from pellucid.core.receipt import Completeness
from pellucid.core.target import TargetSpec, resolve_target
from pellucid.performance.judged import NO_SUM, judge, names_of
from pellucid.performance.ranked import Gains, gains_of

__all__ = ["ASKED", "RankedRows"]

Floats = NDArray[np.float64]

#: what the curves are over
ASKED = "share of rows asked"


class RankedRows(Method):
    """Curves over the share of rows asked, those with the highest scores first; the settings are the same for all."""

    constraints: ClassVar[Mapping[str, Constraint]] = {
        "points": Whole(1),
        "resamples": Whole(0),
        "confidence": Fraction(0, 1),
        "seed": Whole(0),
    }

    def __init__(
        self,
        model: Any,
        X: Any,
        y: Any,
        *,
        points: int = 100,
        resamples: int = 200,
        confidence: float = 0.95,
        sample_weight: Any = None,
        seed: int = 0,
    ) -> None:
        self.points, self.resamples, self.confidence, self.seed = points, resamples, confidence, seed
        self.check_settings()
        self._judged = judge(model, X, y, sample_weight)

    def gains(self, classes: Any) -> tuple[Floats, Gains]:
        """Shares of rows asked, from 0 to 1, and what is found of each class among them.

        Raises
        ------
        InputError : a class was asked for that no row has.
        """
        asked = np.linspace(0.0, 1.0, self.points + 1)
        how = {"draws": self.resamples, "confidence": self.confidence, "seed": self.seed}
        return asked, gains_of(self._judged, self._present(classes), asked, **how)  # type: ignore[arg-type]

    def _present(self, classes: Any) -> list[int]:
        """Numbers of the classes asked for; of all only those that some row has."""
        judged = self._judged
        chosen, absent = judged.chosen(classes), self._absent
        for number in chosen if classes is not None else []:
            if number in absent:
                raise InputError(
                    f"no row is of class {judged.labels[number]!r}, so none can be found among the first; ask for "
                    f"other classes or pass rows that have it."
                )
        return [number for number in chosen if number not in absent]

    @property
    def _absent(self) -> list[int]:
        held = np.bincount(self._judged.truth, minlength=len(self._judged.labels))
        return np.flatnonzero(held == 0).tolist()

    def effect(
        self, asked: Floats, gains: Gains, target: TargetSpec, started: float, *, unit: str, drawn: str
    ) -> Effect:
        """One curve, whose targets are the classes, or one of them."""
        judged = self._judged
        receipt = effect_receipt(
            self,
            judged.model,
            resolve_target(None, gains.names, n_rows=0),
            Completeness("not promised", reason=NO_SUM),
            probe=judged.table,
            evaluations=len(judged.table),
            started=started,
            unit=unit,
            seed=self.seed,
            notes=(*map(_said, gains.figures), *self._left_out()),
        )
        axis = Axis(ASKED, "points", asked, False, np.full(len(asked), 1 / len(asked)))
        found = Effect(receipt, (Curve((axis,), gains.values, None, gains.low, gains.high),), drawn, gains.figures)
        return found if target is None else found.target(target)  # type: ignore[arg-type]

    def _left_out(self) -> tuple[str, ...]:
        absent = names_of([self._judged.labels[number] for number in self._absent])
        return (f"classes that no row has are left out: {', '.join(absent)}",) if absent else ()


def _said(figure: KeyFigure) -> str:
    band = "" if figure.low is None else f" ({figure.low:.3g} to {figure.high:.3g})"
    return f"{figure.name} {figure.value:.3g}{band}: 0 of a random order, 1 of a perfect one"
