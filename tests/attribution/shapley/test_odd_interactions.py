"""Interactions learned beside the values: the same as a Bayesian regression with every coefficient written out."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from pellucid.attribution.shapley import odd_interactions
from pellucid.attribution.shapley.coalition_sampling import sampled_pairs
from pellucid.attribution.shapley.constrained_least_squares import LeastSquares
from pellucid.attribution.shapley.odd_covariances import OddCovariances

P, PAIRS = 7, 20


@pytest.fixture
def problem(rng):
    squares = LeastSquares(sampled_pairs(P, PAIRS, 1))
    return squares, rng.normal(size=(3, PAIRS)), rng.normal(size=3)


def written_out(squares, halves, total):
    """Ridge regression on all products of one, three and five signs, its total a constraint (Lagrange)."""
    values = squares.values(halves[np.newaxis], np.array([total]))[0]
    a = 0.003 + 0.997 * np.abs(values) / np.abs(values).max()
    sets = [*combinations(range(P), 1), *combinations(range(P), 3), *combinations(range(P), 5)]
    columns = np.array([squares.signs[:, list(chosen)].prod(axis=1) for chosen in sets]).T
    room = np.array([0.1 ** (len(chosen) == 5) * a[list(chosen)].prod() * (len(chosen) > 1) for chosen in sets])
    room *= 10 / room.sum()
    penalty = np.diag([0.0 if len(chosen) == 1 else 1 / var for chosen, var in zip(sets, room, strict=True)])
    normal = columns.T @ (columns / squares.noise[:, np.newaxis]) + penalty
    one = np.ones((len(sets), 1))
    system = np.block([[normal, one], [one.T, np.zeros((1, 1))]])
    coefficients = np.linalg.solve(system, np.append(columns.T @ (halves / squares.noise), total / 2))[:-1]
    phi = np.zeros(P)
    for chosen, coefficient in zip(sets, coefficients, strict=True):
        phi[list(chosen)] += 2 * coefficient / len(chosen)
    return phi


def test_values_are_those_of_the_regression_written_out(problem):
    squares, halves, total = problem
    fit = odd_interactions.fit_odd_interactions(squares, halves, total)
    for number in range(3):
        np.testing.assert_allclose(fit.values[number], written_out(squares, halves[number], total[number]), atol=1e-8)


def test_leave_one_out_errors_are_those_of_fits_without_the_pair(problem):
    """The scales stay those of the whole sample, as the formula takes them."""
    squares, halves, total = problem
    fit = odd_interactions.fit_odd_interactions(squares, halves, total)
    scales = odd_interactions._scales(squares.values(halves, total))
    covariance, of_values = np.empty((PAIRS, PAIRS)), np.empty((P, PAIRS))
    OddCovariances(squares.pairs.members, squares.noise, fifth=0.1, variance=10.0).write(
        scales[0], covariance, of_values
    )
    covariance = covariance + np.tril(covariance, -1).T
    rest = halves - np.outer(total / 2, squares.signs.mean(axis=1))
    for left in range(0, PAIRS, 6):
        kept = np.delete(np.arange(PAIRS), left)
        inverse = np.linalg.inv(covariance[np.ix_(kept, kept)])
        design = squares.design[kept]
        free = np.linalg.solve(design.T @ inverse @ design, design.T @ inverse @ rest[0, kept])
        learned = covariance[left, kept] @ inverse @ (rest[0, kept] - design @ free)
        error = rest[0, left] - squares.design[left] @ free - learned
        np.testing.assert_allclose(fit.left_out[0, left], error, atol=1e-9)


def test_each_problem_is_solved_by_itself(problem):
    squares, halves, total = problem
    together = odd_interactions.fit_odd_interactions(squares, halves, total)
    alone = odd_interactions.fit_odd_interactions(squares, halves[1:2], total[1:2])
    np.testing.assert_array_equal(alone.values[0], together.values[1])
    np.testing.assert_array_equal(alone.stderr[0], together.stderr[1])
