"""Covariances of pairs: the same as those of a sum over all sets, each with a variance of its own."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from pellucid.attribution.shapley.odd_covariances import OddCovariances
from pellucid.core.native import forced_simd_path, simd_paths

PAIRS = 12
PATHS = [path.name for path in simd_paths() if path.available]


def covariances(members, noise, scale):
    between, of_values = np.empty((len(members),) * 2), np.empty(members.T.shape)
    OddCovariances(members, noise, fifth=0.1, variance=10.0).write(scale, between, of_values)
    return between, of_values


def written_out(members, scale):
    """(pairs, pairs) and (players, pairs) from the coefficients of all products, what is known taken out."""
    p = members.shape[1]
    signs = np.where(members, 1.0, -1.0)
    sets = [list(chosen) for size in (3, 5) for chosen in combinations(range(p), size)]
    room = np.array([0.1 ** (len(chosen) == 5) * scale[chosen].prod() for chosen in sets])
    room *= 10 / room.sum()
    columns = np.array([signs[:, chosen].prod(axis=1) for chosen in sets]).T - signs.mean(axis=1, keepdims=True)
    share = np.array([[2 / len(chosen) if j in chosen else 0.0 for chosen in sets] for j in range(p)])
    share -= share.mean(axis=0)
    return (columns * room) @ columns.T, (share * room) @ columns.T


@pytest.mark.parametrize("players", [3, 4, 7, 8, 9, 16, 17])
def test_covariances_are_those_of_all_sets_written_out(rng, players):
    members, scale = rng.random((PAIRS, players)) < 0.5, rng.uniform(0.003, 1, players)
    noise = rng.uniform(0.5, 2, PAIRS)
    between, of_values = covariances(members, noise, scale)
    expected, expected_of_values = written_out(members, scale)
    np.testing.assert_allclose(between, np.tril(expected + np.diag(noise)), atol=1e-11)
    np.testing.assert_allclose(of_values, expected_of_values, atol=1e-11)


@pytest.mark.parametrize("path", PATHS)
def test_every_instruction_set_gives_the_same_bits(rng, path):
    members, scale, noise = rng.random((40, 30)) < 0.5, rng.uniform(0.003, 1, 30), np.ones(40)
    expected = covariances(members, noise, scale)
    with forced_simd_path(path):
        for got, wanted in zip(covariances(members, noise, scale), expected, strict=True):
            np.testing.assert_array_equal(got, wanted)
