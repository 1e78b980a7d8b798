"""Which feature explains best why equal values of one feature get unequal contributions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.core.tables import Table
from pellucid.plots.shade import as_numbers

__all__ = ["interaction_strengths"]

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
_BINS, _GROUPS, _LEVELS = 40, 3, 12
_DECIDED = 1e-3


def interaction_strengths(values: Floats, data: Table, feature: int) -> Floats:
    """How much of the spread of φ at equal x each other feature explains.

    Rows are cut into up to forty bins of equal count by x (a category, or missing, is a bin of its own), and within
    each bin the straight line of φ over x is taken off, so that what remains is not due to x. Every other feature z
    cuts each bin into groups (thirds of its values; each category; missing). Its strength is the share of the
    remaining variance that lies between groups, less what chance could put there:

        strength(z) = [ SS_between − (k + c √(2k)) · MS_within ] / SS_total
        MS_within = SS_within / (rows − cells − bins)
        k = Σ_bins (groups − 1),   c = 2 + √(2 ln p) for p other features

    It is at most 1, and for a feature that does not matter hardly ever above 0: SS_between / σ² is then χ² with k
    degrees of freedom, of mean k and variance 2k, and the largest of p such deviates lies near √(2 ln p) standard
    deviations. When less than a thousandth of the variance of φ remains in the bins, x alone decides φ, and all
    strengths are 0.

    Parameters
    ----------
    values : (rows,) contributions of the feature.
    data : the rows.
    feature : number of the feature.

    Returns
    -------
    (features,) strengths, −inf for the feature itself.

    Source
    ------
    Hays (1963), "Statistics for Psychologists", for taking off what chance puts between groups; Lundberg et al. (2020),
    "From local explanations to global understanding", for spread at equal x as the sign of interactions.
    """
    bins = _bins(data, feature)
    rest = _detrended(values, as_numbers(data, feature)[0], bins)
    total = _within(rest, bins)
    strengths = np.zeros(len(data.names))
    strengths[feature] = -np.inf
    if total <= _DECIDED * _within(values, np.zeros(len(values), dtype=np.int64)):
        return strengths
    for other in range(len(data.names)):
        if other != feature:
            strengths[other] = _strength(rest, bins, _groups(data, other), total, len(strengths) - 1)
    return strengths


def _strength(rest: Floats, bins: Codes, groups: Codes, total: float, rivals: int) -> float:
    cells = bins * (int(groups.max()) + 1) + groups
    within = _within(rest, cells)
    filled, of_rows = np.unique(cells, return_counts=True)
    used = len(np.unique(bins))
    extra, free = len(filled) - used, int(of_rows.sum()) - len(filled) - used
    if free <= 0:
        return 0.0
    margin = 2 + np.sqrt(2 * np.log(rivals))
    chance = (extra + margin * np.sqrt(2 * extra)) * within / free
    return float((total - within - chance) / total)


def _within(values: Floats, codes: Codes) -> float:
    """Sum of squares around the mean of each code."""
    count = np.bincount(codes)
    mean = np.bincount(codes, values) / np.maximum(count, 1)
    return float(((values - mean[codes]) ** 2).sum())


def _detrended(values: Floats, x: Floats, bins: Codes) -> Floats:
    """What remains of the values after the straight line over x in each bin."""
    count = np.maximum(np.bincount(bins), 1)
    x = np.where(np.isfinite(x), x, 0.0)
    x = x - (np.bincount(bins, x) / count)[bins]
    y = values - (np.bincount(bins, values) / count)[bins]
    square = np.bincount(bins, x * x)
    slope = np.divide(np.bincount(bins, x * y), square, out=np.zeros(len(square)), where=square > 0)
    return np.asarray(y - slope[bins] * x)


def _bins(data: Table, feature: int) -> Codes:
    return _cut(data, feature, min(_BINS, max(1, len(data) // 20)))


def _groups(data: Table, feature: int) -> Codes:
    return _cut(data, feature, _GROUPS)


def _cut(data: Table, feature: int, parts: int) -> Codes:
    """Code of each row: its part of the ordered values, or its category; missing has a code of its own."""
    if data.kinds[feature] == "category":
        return _levels(data.column(feature))
    numbers, missing = as_numbers(data, feature)
    codes = np.full(len(numbers), parts, dtype=np.int64)
    known = numbers[~missing]
    if len(known):
        edges = np.unique(np.quantile(known, np.arange(1, parts) / parts, method="lower"))
        codes[~missing] = np.searchsorted(edges, known, side="left")
    return codes


def _levels(column: NDArray[np.object_]) -> Codes:
    """The most frequent categories each for itself, the rest together."""
    texts = np.array(["" if value is None else f"={value}" for value in column])
    _, codes, counts = np.unique(texts, return_inverse=True, return_counts=True)
    place = np.empty(len(counts), dtype=np.int64)
    place[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    return np.minimum(place[codes], _LEVELS)
