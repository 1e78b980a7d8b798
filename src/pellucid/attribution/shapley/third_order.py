"""Least squares over pairs of coalitions that also learns, with a ridge, what three players do together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.shapley.constrained_least_squares import Fit, LeastSquares, plus_total, without_total

__all__ = ["fit_third_order"]

#: prior variance of all interactions of three together, in units of the mean noise of a half difference
RIDGE = 10.0
#: least scale of a player, so that none is left out for a first estimate of zero
LEAST_SCALE = 0.01
#: numbers in one of the matrices that are solved at once
NUMBERS = 2**20


def fit_third_order(squares: LeastSquares, halves: NDArray[np.float64], total: NDArray[np.float64]) -> Fit:
    """Values of problems that share their pairs, each with interactions of its own.

    Half a difference ``y(σ) = Σ_j β_j σ_j + Σ_{jkl} γ_jkl σ_j σ_k σ_l + noise`` has only odd orders, whose Shapley
    values are ``φ_j = 2 (β_j + Σ_{T∋j} γ_T / 3)``. β is free, ``γ_jkl`` has mean 0 and variance in proportion to
    ``a_j a_k a_l``, where ``a_j`` is the size of player j's value in a plain fit, and the noise has variance in
    proportion to 1/w: the values are the best linear unbiased prediction. Without γ they are those of
    :class:`LeastSquares`, and the more pairs, the less the ridge matters.

    The covariance of two pairs sums over all triples; by Newton's identities for ``t = σ∘σ'`` it is
    ``Σ a_j a_k a_l t_j t_k t_l = (q_1³ − 3 q_2 q_1 + 2 q_3) / 6``, with ``q_m = Σ_j a_j^m t_j^m``.

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
    triples = _third(a.sum(axis=2), (a**2).sum(axis=2), (a**3).sum(axis=2))[:, :, np.newaxis]
    mean = signs.mean(axis=1)
    between = _triples(np.matmul(signs * a, signs.T), np.matmul(signs * a**3, signs.T), a)
    with_all = _triples((signs * a).sum(axis=2), (signs * a**3).sum(axis=2), a[:, 0])
    taken = with_all[:, :, np.newaxis] * mean
    between -= taken + taken.transpose(0, 2, 1) - triples * np.outer(mean, mean)
    of_values = _values_with(signs, a) - mean[:, np.newaxis] * _values_with(np.ones_like(signs[:1]), a)
    of_values -= of_values.mean(axis=2, keepdims=True)
    return RIDGE / triples * between, (RIDGE / triples * of_values).transpose(0, 2, 1)


def _third(q1: NDArray[np.float64], q2: NDArray[np.float64], q3: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of the products of all triples, from sums of powers."""
    return np.asarray((q1 * (q1 * q1 - 3 * q2) + 2 * q3) / 6)


def _triples(q1: NDArray[np.float64], q3: NDArray[np.float64], a: NDArray[np.float64]) -> NDArray[np.float64]:
    squares = (a**2).sum(axis=-1)
    return _third(q1, squares.reshape(-1, *[1] * (q1.ndim - 1)), q3)


def _values_with(signs: NDArray[np.float64], a: NDArray[np.float64]) -> NDArray[np.float64]:
    """(problems, pairs, players) ``⅔ a_j σ_j Σ_{k<l≠j} a_k a_l σ_k σ_l``: covariance of g(σ) with its values."""
    own = signs * a
    others = own.sum(axis=2, keepdims=True) - own
    squares = (a**2).sum(axis=2, keepdims=True) - a**2
    return np.asarray(own * (others * others - squares) / 3)
