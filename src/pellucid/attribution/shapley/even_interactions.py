"""Interactions of all pairs of players from sums of complementary coalitions, by a fit that learns sets of four too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.shapley.coalition_sampling import Pairs
from pellucid.attribution.shapley.constrained_least_squares import Fit

__all__ = ["fit_even_interactions"]

Floats = NDArray[np.float64]

#: tried variances of an interaction of four, as a part of the product of its players' scales
FOURTHS = (0.0, 0.03, 0.1)
#: tried prior variances of all interactions together, in units of the mean noise of a half sum
RIDGES = 10.0 ** np.arange(7)
#: noise of half sums that have none in theory, in the same unit
LEAST_NOISE = 1e-4
#: numbers in one block of covariances
NUMBERS = 2**22
#: least scale of a player, so that none is left out for a first estimate of zero
LEAST_SCALE = 0.01


def fit_even_interactions(pairs: Pairs, sums: Floats, values: Floats) -> Fit:
    """Shapley interaction indices of all pairs of players, of problems that share their coalitions.

    Half a sum ``u(σ) = (v(S) + v(N∖S) − v(∅) − v(N)) / 2`` has even orders only:
    ``u(σ) = Σ_T γ_T (Π_{j∈T} σ_j − 1)``, |T| = 2, 4 …, and ``I_ij = 4 Σ_{T⊇ij} γ_T / (|T| − 1)``. Here γ_T, |T| = 2
    and 4, has mean 0 and variance in proportion to ``Π_{j∈T} a_j``, where ``a_j`` is the size of player j's value and
    of the sum of its interactions, and the noise has variance ``C(p−4, s−2)`` times the probability of being sampled:
    the weights for which least squares over all coalitions give the indices themselves. Half sums of single players
    have none, since ``u({i}) = −½ Σ_j I_ij`` holds exactly. How large the prior variances are is chosen by
    leave-one-out error, in units of the noise.

    Parameters
    ----------
    pairs : coalitions of which no single player is missing, and some larger ones.
    sums : (problems, pairs) half sums u.
    values : (problems, players) estimates of the Shapley values, for the scales.

    Returns
    -------
    Fit whose values and standard errors are (problems, sets of two), in the order of ``combinations``.

    Source
    ------
    Fumagalli, Muschalik, Kolpaczki, Hüllermeier & Hammer (2024), "KernelSHAP-IQ: weighted least-square optimization for
    Shapley interactions", ICML 235, 14308–14342, theorem 3.4, for the weights; Rasmussen & Williams (2006), "Gaussian
    processes for machine learning", section 5.4.2, for leave-one-out errors.
    """
    signs = np.where(pairs.members, 1.0, -1.0)
    noise = _noise(pairs)
    single = pairs.members.sum(axis=1) == 1
    found = []
    for u, phi in zip(sums, values, strict=True):
        scales = _scales(phi, -2 * u[single] @ pairs.members[single])
        tried = [_fitted(_Prior(signs, scales, fourth), u, noise, ~single) for fourth in FOURTHS]
        best = min(tried, key=lambda fitted: fitted.score)
        found.append((*_indices(best, pairs.missed), best.left_out))
    return Fit(*map(np.stack, zip(*found, strict=True)))


def _noise(pairs: Pairs) -> Floats:
    """(pairs,) variances, about one on average; by (s − 1)(p − s − 1) larger than those of half differences."""
    players, size = pairs.members.shape[1], pairs.members.sum(axis=1)
    variance = (size - 1) * (players - size - 1) / pairs.weight
    return np.asarray(variance / variance.mean() + LEAST_NOISE)


def _scales(values: Floats, sums: Floats) -> Floats:
    """(players,) a, at most one; all the same where nothing moves."""
    size = np.sum([np.abs(part) / max(np.abs(part).max(), np.finfo(float).tiny) for part in (values, sums)], axis=0)
    largest = size.max()
    part = size / largest if largest > 0 else np.ones_like(size)
    return np.asarray(LEAST_SCALE + (1 - LEAST_SCALE) * part)


class _Prior:
    """Covariances of half sums with each other and with indices; of half sums they are one on average.

    The pair of nobody and everybody is known, so all are of the differences from it.
    """

    def __init__(self, signs: Floats, a: Floats, fourth: float) -> None:
        everyone = np.ones_like(signs[:1])
        self.players = len(a)
        self._signs, self._a, self._fourth = np.concatenate([everyone, signs]), a, fourth
        with_all = _even(signs, everyone, a, fourth)
        between = _even(signs, signs, a, fourth) - with_all - with_all.T + _even(everyone, everyone, a, fourth)
        self._unit = np.trace(between) / len(between)
        #: (pairs, pairs)
        self.between = between / self._unit

    def with_indices(self, i: NDArray[np.intp], j: NDArray[np.intp]) -> Floats:
        """(sets of two, pairs) ``4 a_i a_j σ_i σ_j (1 + fourth e_2 / 3)``, with neither i nor j in e."""
        own = self._signs * self._a
        rest = own.sum(axis=1, keepdims=True) - own[:, i] - own[:, j]
        squares = (self._a**2).sum() - self._a[i] ** 2 - self._a[j] ** 2
        found = 4 * own[:, i] * own[:, j] * (1 + self._fourth * (rest**2 - squares) / 6)
        return np.asarray((found[1:] - found[:1]).T / self._unit)


def _even(one: Floats, other: Floats, a: Floats, fourth: float) -> Floats:
    """``e_2 + fourth e_4`` of ``a∘σ∘σ'``: sums of products of two and of four, by Newton's identities."""
    first, third = ((one * a**m) @ other.T for m in (1, 3))
    second, last = (float((a**m).sum()) for m in (2, 4))
    square = first**2
    fours = square * (square - 6 * second) + 8 * first * third + (3 * second**2 - 6 * last)
    return np.asarray((square - second) / 2 + fourth * fours / 24)


@dataclass(frozen=True, eq=False)
class _Fitted:
    """A prior with the ridge that suits it: indices are ``covariance @ basis @ (along · shrunk)``.

    Parameters
    ----------
    score : mean square of the leave-one-out errors, in units of the noise.
    left_out : (pairs,) these errors.
    """

    prior: _Prior
    score: float
    left_out: Floats
    basis: Floats
    along: Floats
    shrunk: Floats


def _fitted(prior: _Prior, sums: Floats, noise: Floats, judged: NDArray[np.bool_]) -> _Fitted:
    """The ridge that foretells left-out half sums best: all of them from one eigendecomposition."""
    root = 1 / np.sqrt(noise)
    eigenvalues, vectors = np.linalg.eigh(prior.between * root[:, np.newaxis] * root)
    basis = root[:, np.newaxis] * vectors
    along = basis.T @ sums

    def fit(ridge: float) -> _Fitted:
        inverse = 1 / (ridge * np.maximum(eigenvalues, 0) + 1)
        left_out = (basis @ (along * inverse)) / (basis**2 @ inverse)
        score = float(np.mean((left_out**2 / noise)[judged]))
        return _Fitted(prior, score, left_out, basis, along, ridge * inverse)

    return min(map(fit, RIDGES), key=lambda fitted: fitted.score)


def _indices(fitted: _Fitted, missed: Floats) -> tuple[Floats, Floats]:
    """(sets of two,) values and standard errors: a jackknife of a sample without replacement, set by set."""
    i, j = np.triu_indices(fitted.prior.players, 1)
    variance = fitted.left_out**2 * missed
    values, spread = np.empty(len(i)), np.empty(len(i))
    size = max(1, NUMBERS // len(missed))
    for start in range(0, len(i), size):
        some = slice(start, start + size)
        factor = (fitted.prior.with_indices(i[some], j[some]) @ fitted.basis) * fitted.shrunk
        values[some] = factor @ fitted.along
        spread[some] = (factor @ fitted.basis.T) ** 2 @ variance
    return values, np.sqrt(spread)
