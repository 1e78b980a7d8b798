"""Which rows teach most: typical ones, extreme ones, and those whose inputs disagree most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FEW", "TEN", "Pick", "cancelling", "instructive_rows"]

Floats = NDArray[np.float64]

#: part of all rows, around a quantile of the prediction, among which a typical one is sought
BAND = 0.05
#: (role, how many): ten rows, and four where there are several targets
TEN = (("typical_10", 1), ("typical_50", 1), ("typical_90", 1), ("highest", 2), ("lowest", 2), ("disputed", 3))
FEW = (("typical_50", 1), ("highest", 1), ("lowest", 1), ("disputed", 1))


@dataclass(frozen=True)
class Pick:
    """One row and why it was chosen."""

    role: str
    row: int


def instructive_rows(values: Floats, predictions: Floats, plan: tuple[tuple[str, int], ...] = TEN) -> list[Pick]:
    """Choose rows by role; no row, and no two rows with the same contributions, twice. Ties go to the earlier row.

    - ``typical_q``: of the 5 % of rows nearest in rank to the q % quantile of the prediction, the one whose
      contributions are nearest to their medians, ``min_i Σ_j |φ_ij − median_j|``.
    - ``highest``, ``lowest``: the extreme predictions.
    - ``disputed``: the largest contributions that cancel, ``max_i min(Σ φ⁺_ij, Σ φ⁻_ij)``, with ``φ⁺`` the positive and
      ``φ⁻`` the absolute negative contributions.

    Parameters
    ----------
    values : (rows, inputs) contributions to one target.
    predictions : (rows,)
    plan : roles and how many rows of each.
    """
    picks: list[Pick] = []
    for role, count in plan:
        candidates = _fresh(_candidates(role, values, predictions), values, picks)
        picks += [Pick(role, row) for row, _ in zip(candidates, range(count), strict=False)]
    return picks


def cancelling(values: Floats) -> Floats:
    """(rows,) the smaller of what raises and what lowers each row: ``min(Σ φ⁺, Σ φ⁻)``."""
    return np.asarray(np.minimum(values.clip(min=0).sum(axis=1), -values.clip(max=0).sum(axis=1)))


def _candidates(role: str, values: Floats, predictions: Floats) -> NDArray[np.intp]:
    if role == "highest":
        return np.argsort(-predictions, kind="stable")
    if role == "lowest":
        return np.argsort(predictions, kind="stable")
    if role == "disputed":
        return np.argsort(-cancelling(values), kind="stable")
    return _typical(values, predictions, int(role.removeprefix("typical_")) / 100)


def _typical(values: Floats, predictions: Floats, quantile: float) -> NDArray[np.intp]:
    order = np.argsort(predictions, kind="stable")
    n, width = len(order), max(int(BAND * len(order)), 1)
    first = min(max(round(quantile * (n - 1)) - width // 2, 0), n - width)
    band = np.sort(order[first : first + width])
    distance = np.abs(values[band] - np.median(values[band], axis=0)).sum(axis=1)
    return band[np.argsort(distance, kind="stable")]


def _fresh(candidates: NDArray[np.intp], values: Floats, picks: list[Pick]) -> Iterator[int]:
    """Candidates that teach something new."""
    seen = [values[pick.row] for pick in picks]
    for row in map(int, candidates):
        if not any(np.array_equal(values[row], other) for other in seen):
            seen.append(values[row])
            yield row
