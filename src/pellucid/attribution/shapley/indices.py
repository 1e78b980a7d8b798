"""Interaction indices as sums over a game's Möbius transform."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

__all__ = ["EFFICIENT", "INDICES", "interaction_values", "moebius", "sets_up_to"]

Floats = NDArray[np.float64]
#: Bernoulli's numbers B_0 … B_7, with B_1 = −1/2
BERNOULLI = (1.0, -1 / 2, 1 / 6, 0.0, -1 / 30, 0.0, 1 / 42, 0.0)


def moebius(worth: Floats) -> Floats:
    """``a(S) = Σ_{T ⊆ S} (−1)^{|S|−|T|} v(T)``.

    Parameters
    ----------
    worth : (rows, 2^p, targets), coalitions numbered by their bits.
    """
    players = worth.shape[1].bit_length() - 1
    out = worth.copy()
    for player in range(players):
        halves = out.reshape(len(out), -1, 2, 1 << player, out.shape[-1])
        halves[:, :, 1] -= halves[:, :, 0]
    return out


def sets_up_to(players: int, order: int) -> list[tuple[int, ...]]:
    """Sets of 1 to ``order`` players, the smaller ones first."""
    return [chosen for size in range(1, order + 1) for chosen in combinations(range(players), size)]


def interaction_values(transform: Floats, index: str, order: int) -> Floats:
    """(rows, sets, targets) index of every set of 1 to ``order`` players, as :func:`sets_up_to` lists them.

    Parameters
    ----------
    transform : (rows, 2^p, targets) the Möbius transform.
    index : a key of :data:`INDICES`.
    """
    players = transform.shape[1].bit_length() - 1
    numbers = np.arange(1 << players)
    size = np.bitwise_count(numbers).astype(np.intp)
    weight = INDICES[index]
    tables = [np.array([weight(s, t, order) if t >= s else 0.0 for t in range(players + 1)]) for s in range(order + 1)]
    found = []
    for chosen in sets_up_to(players, order):
        bits = sum(1 << player for player in chosen)
        above = numbers[(numbers & bits) == bits]
        shares = tables[len(chosen)][size[above]]
        kept = shares != 0
        found.append(np.einsum("t,nto->no", shares[kept], transform[:, above[kept]]))
    return np.stack(found, axis=1)


def _sii(s: int, t: int, order: int) -> float:
    """Shapley interaction index, of Grabisch & Roubens (1999)."""
    return 1 / (t - s + 1)


def _k_sii(s: int, t: int, order: int) -> float:
    """n-Shapley values, of Bordt & von Luxburg (2023): ``Σ_{S ⊆ R ⊆ T, |R| ≤ k} B_{|R|−|S|} / (|T|−|R|+1)``."""
    return sum(comb(t - s, r - s) * BERNOULLI[r - s] / (t - r + 1) for r in range(s, min(t, order) + 1))


def _stii(s: int, t: int, order: int) -> float:
    """Shapley–Taylor index, of Sundararajan, Dhamdhere & Agarwal (2020)."""
    return float(s == t) if s < order else 1 / comb(t, order)


def _fsii(s: int, t: int, order: int) -> float:
    """Faith-Shap, of Tsai, Yeh & Ravikumar (2023), theorem 19."""
    if t <= order:
        return float(s == t)
    sign = -1 if (order - s) % 2 else 1
    return sign * s / (order + s) * comb(order, s) * comb(t - 1, order) / comb(t + order - 1, order + s)


def _banzhaf(s: int, t: int, order: int) -> float:
    """Banzhaf interaction index, of Grabisch & Roubens (1999)."""
    return 0.5 ** (t - s)


def _moebius(s: int, t: int, order: int) -> float:
    """Harsanyi's dividends: the Möbius transform itself."""
    return float(s == t)


#: name → factor of the Möbius transform of T ⊇ S, by |S|, |T| and the order
INDICES: dict[str, Callable[[int, int, int], float]] = {
    "k-SII": _k_sii,
    "STII": _stii,
    "FSII": _fsii,
    "SII": _sii,
    "Banzhaf": _banzhaf,
    "Möbius": _moebius,
}
#: those that add up to the prediction at any order
EFFICIENT = ("k-SII", "STII", "FSII")
