"""Weighted least squares over pairs of coalitions, for values that must add up to a given total."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.shapley.coalition_sampling import Pairs

__all__ = ["Fit", "LeastSquares", "plus_total", "without_total"]

#: one minus the leverage of a pair that no other can stand in for
IRREPLACEABLE = 1e-7


@dataclass(frozen=True, eq=False)
class Fit:
    """Solutions of several problems that share their pairs.

    Parameters
    ----------
    values : (problems, players).
    stderr : (problems, players).
    left_out : (problems, pairs) how far each half difference is from what all other pairs say of it.
    """

    values: NDArray[np.float64]
    stderr: NDArray[np.float64]
    left_out: NDArray[np.float64]


def without_total(pairs: Pairs, halves: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    """(problems, pairs) half differences less what equal values of all players would give."""
    return np.asarray(halves - np.outer(total / 2, _signs(pairs).mean(axis=1)))


def plus_total(values: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values that add up to zero, shifted to add up to the total of each problem, their rounding included."""
    short = total - values.sum(axis=1)
    return np.asarray(values + short[:, np.newaxis] / values.shape[1])


class LeastSquares:
    """``min_φ Σ_S w_S (v(S) − v(∅) − Σ_{j∈S} φ_j)²`` over S in the sample and their complements, ``Σ φ = v(N) − v(∅)``.

    With a coalition goes its complement at the same weight, so only half their difference
    ``y = (v(S) − v(N∖S)) / 2`` matters, and the problem is ``min Σ w (y − σ·φ/2)²`` with signs σ = ±1 (present,
    absent). In an orthonormal basis U of the vectors that add up to zero, ``φ = total/p + U γ`` has no constraint left.

    The design is factorised once and applied to any number of problems.

    Parameters
    ----------
    pairs : the sampled coalitions; at least as many as players.
    """

    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs
        self.signs = _signs(pairs)
        self.basis = _adding_up_to_zero(self.signs.shape[1])
        #: (pairs, players − 1)
        self.design = self.signs @ self.basis / 2
        #: (pairs,) variance of each half difference that the weights stand for, one on average
        self.noise = (1 / pairs.weight) / (1 / pairs.weight).mean()

    @cached_property
    def factor(self) -> NDArray[np.float64]:
        """(players, pairs) what each half difference, less the total's share, adds to each value."""
        weighted = self.design / self.noise[:, np.newaxis]
        return np.asarray(self.basis @ np.linalg.solve(self.design.T @ weighted, weighted.T))

    def values(self, halves: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
        """(problems, players)

        Parameters
        ----------
        halves : (problems, pairs) half differences.
        total : (problems,) what the values add up to.
        """
        rest = without_total(self.pairs, halves, total)
        return plus_total(np.matmul(self.factor, rest[:, :, np.newaxis])[:, :, 0], total)

    def fit(self, halves: NDArray[np.float64], total: NDArray[np.float64]) -> Fit:
        """Values with their standard errors: see :meth:`spread`."""
        rest = without_total(self.pairs, halves, total)
        values = self.values(halves, total)
        residual = halves - np.matmul(self.signs, values[:, :, np.newaxis])[:, :, 0] / 2
        leverage = ((self.signs / 2) * self.factor.T).sum(axis=1)
        left_out = self.left_out(rest, residual / self.noise, (1 - leverage) / self.noise)
        return Fit(values, self.spread(self.factor, left_out), left_out)

    def left_out(
        self, rest: NDArray[np.float64], projected: NDArray[np.float64], diagonal: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """(problems, pairs) leave-one-out errors ``(Q y)_i / Q_ii``, Q = K⁻¹ less its part along the free values.

        A pair that the fit cannot do without has none; the standard deviation of the noise stands in for it.

        Parameters
        ----------
        rest, projected : (problems, pairs) y and Q y.
        diagonal : (problems, pairs) or (pairs,) that of Q.
        """
        free = len(self.design) - self.design.shape[1]
        variance = np.maximum((rest * projected).sum(axis=1), 0) / free
        stand_in = np.sqrt(np.outer(variance, self.noise))
        replaceable = np.broadcast_to(diagonal * self.noise > IRREPLACEABLE, rest.shape)
        return np.divide(projected, diagonal, out=stand_in, where=replaceable)

    def spread(self, factor: NDArray[np.float64], left_out: NDArray[np.float64]) -> NDArray[np.float64]:
        """(problems, players) ``sqrt(d Σ_i (1 − f_i) (F_ji e_i)²)``: a jackknife of a sample without replacement.

        Leaving out pair i moves the values by ``F_ji e_i``, e_i its leave-one-out error; f_i is the sampled part of the
        pairs of its size. ``d = (pairs − players + 1) / pairs`` takes back that leave-one-out errors of so many free
        values are larger than the errors themselves.

        Parameters
        ----------
        factor : (players, pairs), or (problems, players, pairs).
        left_out : (problems, pairs) e.
        """
        freedom = 1 - self.design.shape[1] / len(self.design)
        variance = (left_out**2 * self.pairs.missed)[:, :, np.newaxis]
        return np.asarray(np.sqrt(freedom * np.matmul(factor**2, variance)[:, :, 0]))


def _signs(pairs: Pairs) -> NDArray[np.float64]:
    return np.where(pairs.members, 1.0, -1.0)


def _adding_up_to_zero(players: int) -> NDArray[np.float64]:
    """(players, players − 1) orthonormal: column k weighs the first k + 1 players against the next (Helmert)."""
    basis = np.triu(np.ones((players, players - 1)))
    k = np.arange(1, players)
    basis[k, k - 1] = -k
    return np.asarray(basis / np.sqrt(k * (k + 1)))
