"""Prior covariances of pairs of coalitions, from what all sets of three and five players do together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pellucid.core.native import engine

__all__ = ["OddCovariances"]


class OddCovariances:
    """``cov(g(σ), g(σ')) = Σ_T var_T Π_{j∈T} σ_j σ'_j`` for ``g(σ) = Σ_T γ_T Π_{j∈T} σ_j``, |T| = 3 and 5.

    ``var_T`` is in proportion to ``Π_{j∈T} a_j``, times ``fifth`` for sets of five, and all add up to ``variance``. The
    sums over all T are elementary symmetric polynomials of ``a_j σ_j σ'_j``, which Newton's identities give from the
    sums of powers ``Σ_j a_j^m σ_j σ'_j``, and those come from tables of what eight players at a time agree on.

    The pair of nobody and everybody is known without noise, so what it says of the interactions is taken out of the
    others: ``g(σ) − mean(σ) g(1)``.

    Parameters
    ----------
    members : (pairs, players) who is in.
    noise : (pairs,) variance that each pair has besides.
    """

    def __init__(
        self, members: NDArray[np.bool_], noise: NDArray[np.float64], *, fifth: float, variance: float
    ) -> None:
        self._bits = np.packbits(members, axis=1, bitorder="little")
        self._signs = np.ascontiguousarray(np.where(members, 1.0, -1.0).T)
        self._mean = self._signs.mean(axis=0)
        self._noise = noise
        self._fifth, self._variance = fifth, variance

    def write(self, scale: NDArray[np.float64], between: NDArray[np.float64], of_values: NDArray[np.float64]) -> None:
        """Covariances for one prior.

        Parameters
        ----------
        scale : (players,) a.
        between : (pairs, pairs), written: of half differences, the noise included; zero above the diagonal.
        of_values : (players, pairs), written: of half differences with what interactions add to the values, in all
            nothing.
        """
        engine.odd_covariances(
            self._bits, self._signs, self._mean, self._noise, scale, self._fifth, self._variance, between, of_values
        )
