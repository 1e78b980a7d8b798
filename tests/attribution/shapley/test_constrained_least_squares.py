"""The plain fit: the same as weighted least squares over both coalitions of each pair, with a Lagrange multiplier."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.attribution.shapley.coalition_sampling import sampled_pairs
from pellucid.attribution.shapley.constrained_least_squares import LeastSquares

P, PAIRS = 8, 30


@pytest.fixture
def squares():
    return LeastSquares(sampled_pairs(P, PAIRS, 2))


def with_multiplier(members, weight, worth, total):
    """``min Σ w (worth − Z φ)²`` with ``Σ φ = total``."""
    Z = members.astype(float)
    one = np.ones((P, 1))
    system = np.block([[Z.T @ (Z * weight[:, np.newaxis]), one], [one.T, np.zeros((1, 1))]])
    return np.linalg.solve(system, np.append(Z.T @ (weight * worth), total))[:P]


def test_values_are_those_of_the_problem_over_all_coalitions(rng, squares):
    worth, total = rng.normal(size=(2, 2 * PAIRS)), rng.normal(size=2)
    halves = (worth[:, :PAIRS] - worth[:, PAIRS:]) / 2
    members = np.concatenate([squares.pairs.members, ~squares.pairs.members])
    weight = np.tile(squares.pairs.weight, 2)
    found = squares.values(halves, total)
    for number in range(2):
        slow = with_multiplier(members, weight, worth[number], total[number])
        np.testing.assert_allclose(found[number], slow, atol=1e-10)
    np.testing.assert_allclose(found.sum(axis=1), total, atol=1e-14)


def test_leave_one_out_errors_are_those_of_fits_without_the_pair(rng, squares):
    halves, total = rng.normal(size=(1, PAIRS)), rng.normal(size=1)
    fit = squares.fit(halves, total)
    for left in (0, 7, 29):
        kept = np.delete(np.arange(PAIRS), left)
        members, weight = squares.pairs.members[kept], squares.pairs.weight[kept]
        both = np.concatenate([members, ~members])
        worth = np.concatenate([halves[0, kept], -halves[0, kept]]) + total[0] / 2
        phi = with_multiplier(both, np.tile(weight, 2), worth, total[0])
        error = halves[0, left] - squares.signs[left] @ phi / 2
        np.testing.assert_allclose(fit.left_out[0, left], error, atol=1e-10)


def test_a_sample_of_all_pairs_has_no_standard_error(rng):
    squares = LeastSquares(sampled_pairs(6, 31, 0))
    assert not squares.fit(rng.normal(size=(2, 31)), rng.normal(size=2)).stderr.any()
