"""In which order measures put features, and how far the orders agree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError

__all__ = ["kendall", "least_agreeing", "most_moved", "rank_agreement", "ranks", "spearman"]

Floats = NDArray[np.float64]


def ranks(values: Floats) -> Floats:
    """(features, targets) 1 for the largest value of each column; equal values share the mean of their places."""
    return np.stack([_places(column) for column in values.T], axis=1)


def rank_agreement(values: Floats, kind: str) -> Floats:
    """(targets, targets) rank correlation of the columns: 1 where they order alike; nan where all values are equal.

    Parameters
    ----------
    values : (features, targets).
    kind : ``"kendall"`` for τ_b, or ``"spearman"``.

    Raises
    ------
    ParameterError : another kind.
    """
    if kind not in ("kendall", "spearman"):
        raise ParameterError(f"agreement: kind must be 'kendall' or 'spearman', got {kind!r}.")
    correlate = kendall if kind == "kendall" else spearman
    count = values.shape[1]
    found = np.full((count, count), np.nan)
    for a in range(count):
        for b in range(a, count):
            found[a, b] = found[b, a] = correlate(values[:, a], values[:, b])
    return found


def least_agreeing(values: Floats) -> tuple[float, int, int] | None:
    """Kendall's τ_b of the two columns whose orders agree least, and which these are; None where no two have one."""
    found = rank_agreement(values, "kendall")
    count = len(found)
    pairs = [(float(found[a, b]), a, b) for a in range(count) for b in range(a + 1, count) if np.isfinite(found[a, b])]
    return min(pairs, default=None)


def most_moved(values: Floats, most: int) -> list[tuple[int, int, int]]:
    """The features whose places differ most, each with the column where it stands highest and that where lowest."""
    places = ranks(values)
    order = np.argsort(places.min(axis=1) - places.max(axis=1), kind="stable")[:most]
    found = [(int(j), int(np.argmin(places[j])), int(np.argmax(places[j]))) for j in order]
    return [(j, best, worst) for j, best, worst in found if places[j, best] < places[j, worst]]


def kendall(a: Floats, b: Floats) -> float:
    """``τ_b = (concordant − discordant) / sqrt(pairs untied in a · pairs untied in b)``, in n log n steps.

    Source
    ------
    Knight (1966), "A computer method for calculating Kendall's tau with ungrouped data", JASA 61.
    """
    x, y = (np.unique(column, return_inverse=True)[1].reshape(len(column)) for column in (a, b))
    pairs = len(a) * (len(a) - 1) / 2
    tied_a, tied_b, tied_both = _tied(x), _tied(y), _tied(x * len(a) + y)
    discordant = _inversions(y[np.lexsort((y, x))])
    untied = np.sqrt((pairs - tied_a) * (pairs - tied_b))
    return float((pairs - tied_a - tied_b + tied_both - 2 * discordant) / untied) if untied else np.nan


def _tied(levels: NDArray[np.intp]) -> float:
    """Pairs of equal ones."""
    counts = np.unique(levels, return_counts=True)[1].astype(np.float64)
    return float((counts * (counts - 1) / 2).sum())


def _inversions(levels: NDArray[np.intp]) -> int:
    """Pairs whose earlier one is larger: the two differ first in some bit, which the earlier one has."""
    found = 0
    for bit in range(int(levels.max(initial=0)).bit_length()):
        order = np.argsort(levels >> (bit + 1), kind="stable")
        group, has = levels[order] >> (bit + 1), (levels[order] >> bit) & 1
        ones = np.cumsum(has)
        before = (ones - has)[np.searchsorted(group, group)]
        found += int((ones - before)[has == 0].sum())
    return found


def spearman(a: Floats, b: Floats) -> float:
    """Pearson's correlation of the ranks."""
    x, y = _places(a), _places(b)
    x, y = x - x.mean(), y - y.mean()
    size = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / size) if size else np.nan


def _places(column: Floats) -> Floats:
    _, inverse, counts = np.unique(-column, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse.reshape(len(column))], dtype=np.float64)
