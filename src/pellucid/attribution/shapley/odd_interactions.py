"""Least squares over pairs of coalitions that also learns, with a ridge, what three and five players do together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.shapley.constrained_least_squares import Fit, LeastSquares, plus_total, without_total
from pellucid.attribution.shapley.odd_covariances import OddCovariances

__all__ = ["MOST_SOLVED", "fit_odd_interactions"]

#: with more pairs than this a plain fit is taken: the other solves a system of that size for each problem
MOST_SOLVED = 2_048
#: prior variance of all interactions together, in units of the mean noise of a half difference
RIDGE = 10.0
#: variance of an interaction of five, as a part of the product of its players' scales
FIFTH = 0.1
#: least scale of a player, so that none is left out for a first estimate of zero
LEAST_SCALE = 0.003
#: numbers in the matrices that are worked on together: they stay in a core's own cache
NUMBERS = 2**17


def fit_odd_interactions(squares: LeastSquares, halves: NDArray[np.float64], total: NDArray[np.float64]) -> Fit:
    """Values of problems that share their pairs, each with interactions of its own.

    Half a difference ``y(σ) = Σ_j β_j σ_j + Σ_T γ_T Π_{j∈T} σ_j + noise`` has odd orders only, |T| = 3 and 5, whose
    Shapley values are ``φ_j = 2 (β_j + Σ_{T∋j} γ_T / |T|)``. β is free, ``γ_T`` has mean 0 and variance in proportion
    to ``Π_{j∈T} a_j``, where ``a_j`` is the size of player j's value in a plain fit, and the noise has variance in
    proportion to 1/w: the values are the best linear unbiased prediction. Without γ they are those of
    :class:`LeastSquares`, and the more pairs, the less the ridge matters.

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
    """Values without the total, standard errors and leave-one-out errors.

    With ``K⁻¹ = R Rᵀ`` and X the design, ``Q = R (1 − V N⁻¹ Vᵀ) Rᵀ`` for ``V = Rᵀ X`` and ``N = Vᵀ V``, and the values
    are ``(U N⁻¹ Vᵀ Rᵀ + C Q) y``, C their covariances with y. Of Q nothing is needed but its diagonal.
    """
    free = squares.design.shape[1]
    root, sides = _roots(squares, scales)
    design, shared = sides[:, :free], sides[:, free:]  # first Vᵀ and C R, in the end Vᵀ Rᵀ and the factor of y
    normal = np.linalg.inv(np.matmul(design, design.transpose(0, 2, 1)))
    shared += np.matmul(np.matmul(squares.basis - np.matmul(shared, design.transpose(0, 2, 1)), normal), design)
    _times_roots(root, sides)
    along = np.matmul(normal, design)
    diagonal = np.einsum("mki,mki->mi", root, root) - np.einsum("mji,mji->mi", design, along)
    projected = _applied(root.transpose(0, 2, 1), _applied(root, rest))
    projected -= _applied(along.transpose(0, 2, 1), _applied(design, rest))
    left_out = squares.left_out(rest, projected, diagonal)
    return _applied(shared, rest), squares.spread(shared, left_out), left_out


def _roots(squares: LeastSquares, scales: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(problems, pairs, pairs) Rᵀ, and (problems, players − 1 + players, pairs) ``(Rᵀ X)ᵀ`` over ``C R``.

    LAPACK and BLAS see the transposes, columns first, and write over what they read.
    """
    from scipy.linalg.blas import dtrmm
    from scipy.linalg.lapack import dpotrf, dtrtri

    pairs, free = squares.design.shape
    root, sides = np.empty((len(scales), pairs, pairs)), np.empty((len(scales), 2 * free + 1, pairs))
    sides[:, :free] = squares.design.T
    covariances = OddCovariances(squares.pairs.members, squares.noise, fifth=FIFTH, variance=RIDGE)
    for a, R, side in zip(scales, root, sides, strict=True):
        covariances.write(a, R, side[free:])
        dpotrf(R.T, clean=0, overwrite_a=1)
        dtrtri(R.T, overwrite_c=1)
        dtrmm(1.0, R.T, side.T, trans_a=1, overwrite_b=1)
    return root, sides


def _times_roots(root: NDArray[np.float64], sides: NDArray[np.float64]) -> None:
    """Each side times its root, in place."""
    from scipy.linalg.blas import dtrmm

    for R, side in zip(root, sides, strict=True):
        dtrmm(1.0, R.T, side.T, overwrite_b=1)


def _applied(matrix: NDArray[np.float64], vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each matrix times its vector."""
    return np.asarray(np.matmul(matrix, vector[:, :, np.newaxis])[:, :, 0])
