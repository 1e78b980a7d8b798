"""Conditional maskers: absent columns go with the present ones."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid.attribution import ExactSHAP, PermutationSHAP
from pellucid.core.errors import ColumnsError, InputError, ParameterError
from pellucid.core.tables import read_table
from pellucid.maskers import Gaussian, Neighbours

WEIGHTS = np.array([1.0, -2.0, 0.5, 0.0])


def linear(rows):
    return np.asarray(rows, dtype=float) @ WEIGHTS


def correlated(rng, n=400):
    mixing = np.array([[1, 0.8, 0, 0.5], [0, 0.6, 0.3, 0.5], [0, 0, 1, 0.2], [0, 0, 0, 0.4]])
    return rng.normal(size=(n, 4)) @ mixing + [1.0, 2.0, 3.0, 4.0]


def by_orders(worth, p):
    """Shapley values from all orders in which players come."""
    values = np.zeros(p)
    orders = list(permutations(range(p)))
    for order in orders:
        for position, player in enumerate(order):
            values[player] += worth(set(order[: position + 1])) - worth(set(order[:position]))
    return values / len(orders)


def test_a_linear_model_has_the_values_of_the_closed_form(rng):
    background = correlated(rng)
    rows = background[:3] + 0.5
    mean, covariance = background.mean(axis=0), np.cov(background.T)
    ex = ExactSHAP(linear, Gaussian(background, draws=4)).explain(rows)

    def worth_of(x):
        def worth(present):
            here, gone = sorted(present), sorted(set(range(4)) - present)
            expected = x.copy()
            if gone:
                expected[gone] = mean[gone]
            if gone and here:
                pull = np.linalg.solve(covariance[np.ix_(here, here)], x[here] - mean[here])
                expected[gone] += covariance[np.ix_(gone, here)] @ pull
            return expected @ WEIGHTS

        return worth

    for row, x in enumerate(rows):
        np.testing.assert_allclose(ex.values[row, :, 0], by_orders(worth_of(x), 4), atol=1e-9)
    assert abs(ex.values[0, 3, 0]) > 0.01  # never read, and it tells about the others


def test_draws_have_the_conditional_mean_and_covariance(rng):
    background = correlated(rng)
    masker = Gaussian(background, draws=20_000)
    x = background[:1] + 1
    batches = list(masker.inputs(read_table(x), np.array([[True, False, True, False]]), batch_size=100_000))
    drawn = np.concatenate([batch.inputs.numbers() for batch in batches])
    assert (drawn[:, [0, 2]] == x[0, [0, 2]]).all()
    mean, covariance = background.mean(axis=0), np.cov(background.T)
    here, gone = [0, 2], [1, 3]
    slopes = covariance[np.ix_(gone, here)] @ np.linalg.inv(covariance[np.ix_(here, here)])
    np.testing.assert_allclose(drawn[:, gone].mean(axis=0), mean[gone] + slopes @ (x[0, here] - mean[here]), atol=1e-9)
    left = covariance[np.ix_(gone, gone)] - slopes @ covariance[np.ix_(here, gone)]
    np.testing.assert_allclose(np.cov(drawn[:, gone].T), left, atol=0.02)


def test_columns_that_are_copies_of_each_other_share_their_value(rng):
    x = rng.normal(size=(100, 1))
    background = np.hstack([x, x])
    ex = ExactSHAP(lambda rows: rows[:, 0], Gaussian(background, draws=2)).explain(background[:5])
    np.testing.assert_allclose(ex.values[:, 0, 0], ex.values[:, 1, 0], atol=1e-9)


def test_the_batch_size_changes_no_value(rng):
    background = correlated(rng, 60)
    for masker in (Gaussian(background, draws=6), Neighbours(background, k=5)):
        one = ExactSHAP(lambda rows: rows[:, 0] * rows[:, 1], masker, batch_size=7).explain(background[:3])
        two = ExactSHAP(lambda rows: rows[:, 0] * rows[:, 1], masker).explain(background[:3])
        np.testing.assert_allclose(one.values, two.values, atol=1e-12)


def test_neighbours_are_the_nearest_rows_in_the_present_columns():
    background = pd.DataFrame({"x": [0.0, 1.0, 2.0, 10.0], "kind": ["a", "b", "a", "b"], "y": [5.0, 6.0, 7.0, 8.0]})
    row = pd.DataFrame({"x": [1.9], "kind": ["b"], "y": [0.0]})
    masker = Neighbours(background, k=2)
    coalitions = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0], [1, 1, 1]], dtype=bool)
    (batch,) = masker.inputs(read_table(row), coalitions, batch_size=100)
    frame = batch.inputs.native
    of = [frame[batch.entry == entry] for entry in range(4)]
    assert of[0]["y"].tolist() == [7.0, 6.0]
    assert of[1]["y"].tolist() == [6.0, 8.0]
    assert of[2]["y"].tolist() == [5.0, 6.0, 7.0, 8.0]
    assert of[3]["y"].tolist() == [0.0]
    assert (of[0]["x"] == 1.9).all()
    np.testing.assert_allclose([batch.weight[batch.entry == entry].sum() for entry in range(4)], 1)


def test_missing_values_are_near_to_missing_values():
    background = pl.DataFrame({"x": [None, 1.0, 2.0], "y": [1.0, 2.0, 3.0]})
    row = pl.DataFrame({"x": pl.Series([None], dtype=pl.Float64), "y": [9.0]})
    (batch,) = Neighbours(background, k=1).inputs(read_table(row), np.array([[True, False]]), batch_size=9)
    assert batch.inputs.native["y"].to_list() == [1.0]


@pytest.mark.parametrize("masker", [Gaussian, Neighbours])
@pytest.mark.parametrize("method", [ExactSHAP, PermutationSHAP])
def test_values_add_up_and_the_receipt_says_how_columns_were_drawn(masker, method, rng):
    background = pd.DataFrame(correlated(rng, 80), columns=list("abcd"))
    ex = method(lambda rows: np.asarray(rows)[:, :2].prod(axis=1), masker(background)).explain(background[:4])
    assert ex.receipt.completeness.kind == "checked"
    assert "80 rows, " in str(ex.receipt)


def test_what_has_no_gaussian_is_refused(rng):
    frame = pd.DataFrame({"x": [1.0, 2.0], "kind": ["a", "b"]})
    with pytest.raises(ColumnsError, match="column 'kind' holds no numbers"):
        Gaussian(frame)
    with pytest.raises(InputError, match="row 1 has no number in column 'x'"):
        Gaussian(pd.DataFrame({"x": [1.0, np.nan]}))
    with pytest.raises(InputError, match="at least two rows"):
        Gaussian(np.ones((1, 3)))
    with pytest.raises(ParameterError, match="even number from 2, got 3"):
        Gaussian(np.ones((4, 3)), draws=3)
    with pytest.raises(ParameterError, match="neighbours from 1, got 0"):
        Neighbours(np.ones((4, 3)), k=0)
