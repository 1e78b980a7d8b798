"""Least squares over pairs of coalitions that also learns, with a ridge, what three and five players do together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.shapley.constrained_least_squares import Fit, LeastSquares, plus_total, without_total

__all__ = ["MOST_SOLVED", "fit_odd_interactions"]

#: with more pairs than this a plain fit is taken: the other solves a system of that size for each problem
MOST_SOLVED = 2_048
#: prior variance of all interactions together, in units of the mean noise of a half difference
RIDGE = 10.0
#: variance of an interaction of five, as a part of the product of its players' scales
FIFTH = 0.1
#: least scale of a player, so that none is left out for a first estimate of zero
LEAST_SCALE = 0.003
#: numbers in one of the matrices that are solved at once
NUMBERS = 2**17


def fit_odd_interactions(squares: LeastSquares, halves: NDArray[np.float64], total: NDArray[np.float64]) -> Fit:
    """Values of problems that share their pairs, each with interactions of its own.

    Half a difference ``y(σ) = Σ_j β_j σ_j + Σ_T γ_T Π_{j∈T} σ_j + noise`` has odd orders only, |T| = 3 and 5, whose
    Shapley values are ``φ_j = 2 (β_j + Σ_{T∋j} γ_T / |T|)``. β is free, ``γ_T`` has mean 0 and variance in proportion
    to ``Π_{j∈T} a_j``, where ``a_j`` is the size of player j's value in a plain fit, and the noise has variance in
    proportion to 1/w: the values are the best linear unbiased prediction. Without γ they are those of
    :class:`LeastSquares`, and the more pairs, the less the ridge matters.

    The covariance of two pairs sums ``Π_{j∈T} a_j t_j`` over all T, for ``t = σ∘σ'``: elementary symmetric polynomials,
    which Newton's identities give from the sums of powers ``Σ_j a_j^m t_j^m``.

    Parameters
    ----------
    squares : the plain problem, of at least three players.
    halves : (problems, pairs) half differences.
    total : (problems,) what the values add up to.

    Source
    ------
    Fumagalli et al. (2026), "PolySHAP: extending KernelSHAP with interaction-informed polynomial regression", for
    regressions with interactions and their convergence; Rasmussen & Williams (2006), "Gaussian processes for machine
    learning", sections 2.7 (free coefficients) and 5.4.2 (leave-one-out errors).
    """
    rest = without_total(squares.pairs, halves, total)
    first = squares.values(halves, total)
    size = max(1, NUMBERS // len(squares.signs) ** 2)
    parts = [slice(start, start + size) for start in range(0, len(rest), size)]
    solved = [_solve(squares, _scales(first[part]), rest[part]) for part in parts]
    values, stderr, left_out = (np.concatenate(arrays) for arrays in zip(*solved, strict=True))
    return Fit(plus_total(values, total), stderr, left_out)


def _scales(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(problems, players) a, at most one; all the same where nothing moves."""
    size = np.abs(values)
    largest = size.max(axis=1, keepdims=True)
    part = np.divide(size, largest, out=np.ones_like(size), where=largest > 0)
    return np.asarray(LEAST_SCALE + (1 - LEAST_SCALE) * part)


def _solve(
    squares: LeastSquares, scales: NDArray[np.float64], rest: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Values without the total, standard errors and leave-one-out errors."""
    design = squares.design
    covariance, shared = _covariances(squares.signs, scales)
    pairs = np.arange(len(design))
    covariance[:, pairs, pairs] += squares.noise
    inverse = np.linalg.inv(covariance)
    weighted = np.matmul(inverse, design)
    free = np.linalg.solve(np.matmul(design.T, weighted), weighted.transpose(0, 2, 1))
    projected = inverse - np.matmul(weighted, free)
    factor = np.matmul(squares.basis, free) + np.matmul(shared, projected)
    left_out = squares.left_out(rest, np.matmul(projected, rest[:, :, np.newaxis])[:, :, 0], projected[:, pairs, pairs])
    values = np.matmul(factor, rest[:, :, np.newaxis])[:, :, 0]
    return values, squares.spread(factor, left_out), left_out


def _covariances(
    signs: NDArray[np.float64], scales: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Prior covariances: of half differences (problems, pairs, pairs), of values with them (problems, players, pairs).

    The pair of nobody and everybody is known without noise, so what it says of the interactions is taken out of the
    others: ``g(σ) − mean(σ) g(1)``.
    """
    a = scales[:, np.newaxis, :]
    mean = signs.mean(axis=1)
    even = {m: (a**m).sum(axis=2, keepdims=True) for m in (2, 4)}
    between = _odd({m: np.matmul(signs * a**m, signs.T) for m in (1, 3, 5)} | even)
    with_all = _odd({m: np.matmul(signs, (a**m).transpose(0, 2, 1)) for m in (1, 3, 5)} | even)
    of_all = _odd({m: (a**m).sum(axis=2, keepdims=True) for m in (1, 3, 5)} | even)
    taken = with_all * mean
    between -= taken + taken.transpose(0, 2, 1) - of_all * np.outer(mean, mean)
    of_values = _values_with(signs, a) - mean[:, np.newaxis] * _values_with(np.ones_like(signs[:1]), a)
    of_values -= of_values.mean(axis=2, keepdims=True)
    return RIDGE / of_all * between, (RIDGE / of_all * of_values).transpose(0, 2, 1)


def _values_with(signs: NDArray[np.float64], a: NDArray[np.float64]) -> NDArray[np.float64]:
    """(problems, pairs, players) covariance of g(σ) with its values: ``2 a_j σ_j (e_2/3 + FIFTH e_4/5)``, no j in e."""
    own = signs * a
    powers = {1: own, 2: a**2, 3: own * a**2, 4: a**4}
    e = _products({m: power.sum(axis=2, keepdims=True) - power for m, power in powers.items()})
    return np.asarray(2 * own * (e[2] / 3 + FIFTH * e[4] / 5))


def _odd(q: dict[int, NDArray[np.float64]]) -> NDArray[np.float64]:
    """``e_3 + FIFTH e_5``, written out since it is most of the work."""
    square = q[1] * q[1]
    third = q[1] * (square - 3 * q[2]) + 2 * q[3]
    fifth = q[1] * (square * (square - 10 * q[2]) + 20 * q[1] * q[3] + (15 * q[2] ** 2 - 30 * q[4]))
    fifth += 24 * q[5] - 20 * q[2] * q[3]
    return np.asarray(third / 6 + FIFTH / 120 * fifth)


def _products(powers: dict[int, NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Sums ``e_0, e_1 …`` of the products of all sets of so many, from sums of powers: Newton's identities."""
    e = [np.ones(1)]
    for m in range(1, len(powers) + 1):
        terms = (e[m - i] * powers[i] * (1 if i % 2 else -1) for i in range(1, m + 1))
        e.append(np.asarray(sum(terms) / m))
    return e
