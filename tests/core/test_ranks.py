"""Orders and their agreement, against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kendalltau, rankdata, spearmanr

from pellucid.core.errors import ParameterError
from pellucid.core.ranks import kendall, least_agreeing, most_moved, rank_agreement, ranks


def test_ranks_and_correlations_are_scipys_with_ties(rng):
    values = rng.integers(0, 6, size=(30, 3)).astype(float)
    np.testing.assert_array_equal(ranks(values), np.stack([rankdata(-column) for column in values.T], axis=1))
    kendall, spearman = rank_agreement(values, "kendall"), rank_agreement(values, "spearman")
    for a in range(3):
        for b in range(3):
            assert kendall[a, b] == pytest.approx(kendalltau(values[:, a], values[:, b]).statistic)
            assert spearman[a, b] == pytest.approx(spearmanr(values[:, a], values[:, b]).statistic)


def test_a_column_without_an_order_agrees_with_nothing():
    values = np.array([[1.0, 5.0], [2.0, 5.0]])
    assert np.isnan(rank_agreement(values, "kendall")[0, 1])
    assert np.isnan(rank_agreement(values, "spearman")[0, 1])
    assert least_agreeing(values) is None
    assert least_agreeing(values[:, :1]) is None


def test_who_moves_most():
    values = np.array([[3.0, 0.0, 1.0], [2.0, 1.0, 2.0], [1.0, 2.0, 3.0]])
    assert least_agreeing(values) == (-1.0, 0, 1)
    assert most_moved(values, 3) == [(0, 0, 1), (2, 1, 0)]


def test_another_kind_is_refused():
    with pytest.raises(ParameterError, match="kind must be"):
        rank_agreement(np.eye(2), "pearson")


@pytest.mark.parametrize("levels", [2, 7, 10**6])
@pytest.mark.parametrize("n", [2, 3, 64, 1000])
def test_tau_counts_every_pair_at_any_length(rng, n, levels):
    a, b = rng.integers(0, levels, size=(2, n)).astype(float)
    assert kendall(a, b) == pytest.approx(kendalltau(a, b).statistic, abs=1e-12, nan_ok=True)
