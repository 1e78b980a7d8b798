"""The check behind the word *proved*: base + Σ values against the model's own prediction."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import CompletenessError, ParameterError
from pellucid.core.receipt import Completeness
from pellucid.core.rng import sample_rows

__all__ = ["Check", "check_completeness", "rows_to_check"]

SAMPLE = 1_000
#: ``"sample"`` (1,000 seeded rows, all if fewer), ``"all"`` rows, or False
Check = str | bool


def rows_to_check(check: Check, n: int, *, seed: int = 0) -> NDArray[np.intp]:
    """Numbers of the rows to compare.

    Raises
    ------
    ParameterError : ``check`` is none of its options.
    """
    if check is False:
        return np.arange(0)
    if check == "all":
        return np.arange(n)
    if check in ("sample", True):
        return sample_rows(n, SAMPLE, seed, "completeness")
    raise ParameterError(f"check must be 'sample', 'all' or False, got {check!r}.")


def check_completeness(
    total: NDArray[np.float64],
    base: NDArray[np.float64],
    predicted: NDArray[np.float64],
    *,
    relative: float,
    unit: str,
    rows: NDArray[np.intp],
    describe: Callable[[int], str] = lambda row: f"row {row}",
    summed: str = "base + Σ values",
    source: str = "its trees",
) -> Completeness:
    """Compare base + Σ values, or another sum, with the model's own prediction.

    The tolerance is ``relative · max(|base|, max|f|)``.

    Parameters
    ----------
    total : (rows, targets) base + Σ values.
    base : (rows, targets).
    predicted : (rows, targets) what the model itself says.
    relative : allowed gap as a part of the scale.
    rows : (rows,) the explained row each entry belongs to.
    summed : what ``total`` is.
    source : what it was made from.

    Raises
    ------
    CompletenessError : the gap is above the tolerance.
    """
    if not len(rows):
        return Completeness("not promised", reason="the check was turned off")
    scale = float(max(np.abs(base).max(), np.abs(predicted).max()))
    gaps = np.abs(total - predicted)
    gap, tolerance = float(gaps.max()), relative * scale
    if not gap <= tolerance:
        worst, target = np.unravel_index(np.argmax(gaps), gaps.shape)
        raise CompletenessError(
            f"{summed} is {total[worst, target]:.10g} for {describe(int(rows[worst]))} and the model says "
            f"{predicted[worst, target]:.10g} {unit}, {gap:.2g} apart where {tolerance:.2g} is allowed; "
            f"the model's own predictions disagree with {source}, so this explanation is withheld: please report it."
        )
    return Completeness("checked", gap=gap, tolerance=tolerance, rows=len(rows))
