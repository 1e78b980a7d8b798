"""Pairs of coalitions: none twice, every size its share, no player favoured, larger samples contain smaller ones."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from pellucid.attribution.shapley.coalition_sampling import all_pairs, sampled_pairs


@pytest.mark.parametrize(("players", "pairs"), [(3, 3), (4, 7), (6, 31), (9, 100), (10, 511), (40, 159)])
def test_no_coalition_comes_twice_nor_with_its_complement(players, pairs):
    members = sampled_pairs(players, pairs, 0).members
    assert len({row.tobytes() for row in np.concatenate([members, ~members])}) == 2 * pairs
    size = members.sum(axis=1)
    assert size.min() >= 1
    assert size.max() <= players / 2


def test_a_larger_sample_contains_every_smaller_one():
    large = sampled_pairs(20, 200, 5).members
    for pairs in (20, 79, 150):
        np.testing.assert_array_equal(sampled_pairs(20, pairs, 5).members, large[:pairs])


def test_every_size_gets_its_share_until_its_coalitions_run_out():
    """Leverage scores 1 / C(p, s): 2 for a size and its complement, 1 for halves."""
    counts = np.bincount(sampled_pairs(20, 95, 0).members.sum(axis=1), minlength=11)
    assert counts.tolist() == [0, *[10] * 9, 5]
    counts = np.bincount(sampled_pairs(12, 400, 0).members.sum(axis=1), minlength=7)
    assert counts[1:3].tolist() == [12, 66]
    assert (np.abs(counts[3:6] - counts[3]) <= 1).all()


def test_all_pairs_have_the_weights_of_the_shapley_kernel():
    sample = sampled_pairs(7, all_pairs(7), 3)
    size = sample.members.sum(axis=1)
    kernel = [6 / (comb(7, s) * s * (7 - s)) for s in size]
    np.testing.assert_allclose(sample.weight, kernel, rtol=1e-12)
    assert not sample.missed.any()


def test_a_sample_weighs_each_size_like_all_of_its_coalitions():
    sample = sampled_pairs(14, 90, 3)
    size = sample.members.sum(axis=1)
    for s in range(1, 8):
        existing = comb(14, s) / (2 if s == 7 else 1)
        total = existing * 13 / (comb(14, s) * s * (14 - s))
        np.testing.assert_allclose(sample.weight[size == s].sum(), total)
        np.testing.assert_allclose(sample.missed[size == s], 1 - (size == s).sum() / existing)


def test_no_player_is_favoured():
    """Over seeds each player is as often in a coalition of a given size; halves are named by player 0."""
    inside = np.zeros(9)
    for seed in range(300):
        members = sampled_pairs(9, 30, seed).members
        inside += members[members.sum(axis=1) == 3].sum(axis=0)
    share = inside / inside.sum()
    assert np.abs(share - 1 / 9).max() < 0.01


@pytest.mark.parametrize("players", [4, 7, 11, 12, 31])
def test_as_many_pairs_as_players_tell_all_players_apart(players):
    for seed in range(20):
        signs = np.where(sampled_pairs(players, players, seed).members, 1.0, -1.0)
        assert np.linalg.matrix_rank(np.vstack([signs, np.ones(players)])) == players
