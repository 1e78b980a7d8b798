"""SP-LIME: the few rows whose LIME explanations together show most of what the model looks at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.surrogate.explanation_matrix import ExplanationMatrix
from pellucid.attribution.surrogate.local_surrogates import SETTINGS, LocalSurrogates
from pellucid.core.attribution import Attribution
from pellucid.core.card import Card
from pellucid.core.completeness import Check
from pellucid.core.params import Constraint, Whole
from pellucid.core.target import TargetSpec

__all__ = ["SPLIME", "submodular_pick"]


class SPLIME(LocalSurrogates):
    """LIME explanations of a few rows, picked so that together they cover the important features.

    ``I_j = √ Σ_i |W_ij|`` and ``coverage(V) = Σ_j I_j · [some i in V has W_ij ≠ 0]``, where ``W`` are LIME's values of
    all rows. The row that raises the coverage most is picked, again and again, which covers at least ``1 − 1/e`` of
    what the best choice of as many rows would.

    Features are what a value is about: the bin of a column, so that "age ≤ 25" and "age > 60" are two, or a word.

    Parameters
    ----------
    model : any model, or a function from rows to predictions.
    background : rows, ``(rows, weights)``, or a masker such as ``Text()``.
    budget : how many rows to pick, B.
    samples, features, discretize, categorical, seed, batch_size, progress : as in :class:`LIME`.

    Raises
    ------
    ParameterError : no background, or a setting outside what it may be.
    InputError, ColumnsError : the background does not fit the model.

    Source
    ------
    Ribeiro, Singh & Guestrin (2016), "Why should I trust you?", KDD, 1135–1144, section 4 and algorithm 2.

    Deviations
    ----------
    Of several targets, ``|W_ij|`` is summed over them. Among equals the first row is picked, where lime picks the last.
    Picking ends when nothing is left to cover.
    """

    card: ClassVar[Card] = Card(
        summary="LIME explanations of the few rows that together cover the features a model looks at",
        paper="Ribeiro, Singh & Guestrin (2016), Why should I trust you?",
        explains="Attribution",
        needs="predict",
        background="required",
        completeness="not promised",
        cost="LIME of every row, then one pass over its values for each row picked",
        limits="covers what LIME sees: where the surrogates' R² is low, so is what the picked rows tell",
        takes="tables, texts",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "budget": Whole(1),
        **SETTINGS,
    }

    def __init__(
        self,
        model: Any,
        background: Any = None,
        *,
        budget: int = 5,
        samples: int | None = None,
        features: int | str | None = "auto",
        discretize: str | None = "quartile",
        categorical: Iterable[str | int] = (),
        seed: int = 0,
        batch_size: int | None = None,
        progress: bool | None = None,
    ) -> None:
        self.budget, self.samples, self.features = budget, samples, features
        self.discretize = discretize
        self.categorical: Any = categorical
        self.seed, self.batch_size, self.progress = seed, batch_size, progress
        self.set_model(model, background)

    def explain(self, rows: Any, target: TargetSpec = None, *, check: Check = "sample") -> Attribution:
        """LIME values of the picked rows, in the order in which they were picked.

        Parameters
        ----------
        rows : the rows to pick from.
        target : which outputs; None is every output.
        check : as in :meth:`LIME.explain`.

        Returns
        -------
        Attribution with values (picked rows, columns or parts, targets) in the model's unit; the receipt says which
        rows they are and how much they cover.

        Raises
        ------
        InputError, ColumnsError : the rows do not fit the model or the background.
        ParameterError : no such target, or images, whose regions have nothing in common.
        ModelFailedError : the model raised, or answered with something that is not a number.
        """
        started = perf_counter()
        every = self.local(rows, target, check)
        matrix = ExplanationMatrix.of(every, self.conditions(rows), method="SPLIME")
        sizes = np.abs(matrix.values).sum(axis=1)
        picked, covered = submodular_pick(matrix.rows, matrix.features, sizes, len(every), self.budget)
        note = (
            f"rows {', '.join(map(str, picked))} of {len(every):,} were picked, in this order; together they cover "
            f"{covered:.0%} of the importance of {len(matrix.names):,} features"
        )
        chosen = every[picked]
        receipt = replace(
            chosen.receipt,
            seconds=perf_counter() - started,
            notes=(note, *chosen.receipt.notes),
        )
        return replace(chosen, receipt=receipt)


def submodular_pick(
    rows: NDArray[np.intp], features: NDArray[np.intp], sizes: NDArray[np.float64], n: int, budget: int
) -> tuple[NDArray[np.intp], float]:
    """Greedy cover of the important features.

    Parameters
    ----------
    rows, features, sizes : (entries,) of the explanation matrix: ``|W|`` where it is not zero, each cell once.
    n : number of rows.
    budget : how many to pick at most.

    Returns
    -------
    Picked rows in order, at least one, and the share of all importance that they cover.
    """
    total = np.bincount(features, weights=sizes) if len(features) else np.zeros(1)
    importance = np.sqrt(total)
    uncovered = importance.copy()
    picked: list[int] = []
    while len(picked) < min(budget, n):
        gain = np.bincount(rows, weights=uncovered[features], minlength=n)
        best = int(np.argmax(gain))
        if picked and gain[best] <= 0:
            break
        picked.append(best)
        uncovered[features[rows == best]] = 0.0
    whole = float(importance.sum())
    return np.array(picked), 1.0 - float(uncovered.sum()) / whole if whole > 0 else 1.0
