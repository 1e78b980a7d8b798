"""PermutationSHAP: unbiased, with standard errors that mean what they say."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from pellucid.attribution.shapley.exact import ExactSHAP
from pellucid.attribution.shapley.permutation_shap import PermutationSHAP
from pellucid.core.errors import ParameterError


def tangled(x):
    """Two outputs with interactions of up to four columns."""
    return np.column_stack([x[:, 0] * x[:, 1] * x[:, 2] + x[:, 3] * x[:, 4], np.maximum(x[:, :4].sum(axis=1), x[:, 4])])


@pytest.fixture
def data(rng):
    return rng.normal(size=(4, 5)), rng.normal(size=(6, 5))


def over_all_orders(predict, row, background):
    """Mean over all p! orders of what each column adds when it comes."""
    p = len(row)

    def v(S):
        mixed = background.copy()
        mixed[:, list(S)] = row[list(S)]
        return predict(mixed).mean(axis=0)

    orders = list(permutations(range(p)))
    phi = np.zeros((p, 2))
    for order in orders:
        for position, j in enumerate(order):
            phi[j] += v(order[: position + 1]) - v(order[:position])
    return phi / len(orders)


def test_many_permutations_come_to_the_mean_over_all_orders(data):
    rows, background = data
    ex = PermutationSHAP(tangled, background, permutations=4_000).explain(rows[:1])
    slow = over_all_orders(tangled, rows[0], background)
    assert (np.abs(ex.values[0] - slow) < 4.5 * ex.stderr[0] + 1e-12).all()
    assert ex.stderr.max() < 0.02


def test_standard_errors_are_calibrated(data):
    """Over many seeds the error divided by the standard error has mean 0 and spread 1."""
    rows, background = data
    exact = ExactSHAP(tangled, background).explain(rows).values
    scores = []
    for seed in range(150):
        ex = PermutationSHAP(tangled, background, permutations=48, seed=seed).explain(rows, check=False)
        spread = ex.stderr > 1e-9
        np.testing.assert_allclose(ex.values[~spread], exact[~spread], atol=1e-9)
        scores.append((ex.values - exact)[spread] / ex.stderr[spread])
    z = np.array(scores)
    assert abs(z.mean()) < 0.1
    assert 0.93 < np.sqrt((z**2).mean()) < 1.1
    assert z.std(axis=0).min() > 0.8
    assert z.std(axis=0).max() < 1.25


def test_reversed_permutations_make_pairwise_interactions_exact(data):
    """Each column of a pair comes first once, so a sum of products of two columns has no spread at all."""
    rows, background = data

    def pairs(x):
        return x[:, 0] * x[:, 1] + x[:, 2] * x[:, 3] - x[:, 4]

    ex = PermutationSHAP(pairs, background, permutations=2).explain(rows)
    np.testing.assert_allclose(ex.values, ExactSHAP(pairs, background).explain(rows).values, atol=1e-12)
    assert ex.stderr.max() < 1e-12


def test_base_and_values_add_up_after_any_number_of_permutations(data):
    rows, background = data
    for number in (2, 3, 9, 20):
        ex = PermutationSHAP(tangled, (background, np.arange(6)), permutations=number).explain(rows)
        np.testing.assert_allclose(ex.predictions, tangled(rows), atol=1e-12)
        np.testing.assert_allclose(
            ex.base[1], np.average(tangled(background), axis=0, weights=np.arange(6)), rtol=1e-12
        )
        assert ex.receipt.completeness.kind == "checked"


@pytest.mark.parametrize("batch_size", [1, 7, 100])
def test_same_seed_same_bits_for_any_batch_size_and_company(data, batch_size):
    rows, background = data
    together = PermutationSHAP(tangled, background, seed=3).explain(rows)
    alone = PermutationSHAP(tangled, background, seed=3, batch_size=batch_size).explain(rows[1:2], 1)
    np.testing.assert_array_equal(alone.values, together[1].target(1).values)
    np.testing.assert_array_equal(alone.stderr, together[1].target(1).stderr)
    other = PermutationSHAP(tangled, background, seed=4).explain(rows)
    assert (other.values != together.values).any()


def test_a_tolerance_stops_each_row_when_it_is_reached(data):
    rows, background = data
    easy = background[:1].repeat(2, axis=0)
    mixed = np.concatenate([easy, rows])
    method = PermutationSHAP(tangled, background[:1], permutations=400, tolerance=0.1)
    ex = method.explain(mixed)
    assert ex.stderr.max() <= 0.1
    full = PermutationSHAP(tangled, background[:1], permutations=400).explain(mixed)
    assert ex.receipt.evaluations < full.receipt.evaluations / 2
    assert "8 to " in ex.receipt.notes[0]
    assert "tolerance 0.1 reached on 6 of 6 rows" in ex.receipt.notes[0]
    np.testing.assert_array_equal(
        ex.values, np.concatenate([method.explain(mixed[i : i + 1]).values for i in range(6)])
    )


def test_a_tolerance_that_the_budget_does_not_reach_is_admitted(data):
    rows, background = data
    ex = PermutationSHAP(tangled, background, permutations=16, tolerance=1e-6).explain(rows)
    assert "16 permutations a row" in ex.receipt.notes[0]
    assert "reached on 0 of 4 rows" in ex.receipt.notes[0]
    everything = PermutationSHAP(tangled, background, permutations=16).explain(rows)
    np.testing.assert_array_equal(ex.values, everything.values)


def test_evaluations_are_at_most_those_of_the_card(data):
    rows, background = data
    ex = PermutationSHAP(tangled, background, permutations=8).explain(rows, check=False)
    tried, base = 4, 6
    assert ex.receipt.evaluations <= tried + base + 4 * (2 * 8 * 4 * 6 + 1)


def test_categories_are_drawn_from_the_background_as_they_are():
    frame = pd.DataFrame({"c": pd.Categorical(["a", "b", "c"]), "n": [1, 2, 3], "m": [0.5, 1.5, 2.5]})

    def predict(rows):
        assert rows.dtypes.equals(frame.dtypes)
        return rows["c"].map({"a": 1.0, "b": 5.0, "c": 9.0}).astype(float) * rows["n"] * rows["m"]

    ex = PermutationSHAP(predict, frame[:2], permutations=64).explain(frame[2:])
    exact = ExactSHAP(predict, frame[:2]).explain(frame[2:])
    assert (np.abs(ex.values - exact.values) < 5 * ex.stderr + 1e-9).all()


def test_one_column_is_exact():
    ex = PermutationSHAP(lambda x: x[:, 0] ** 2, np.array([[1.0], [3.0]])).explain(np.array([[5.0]]))
    assert ex.values.tolist() == [[[20.0]]]
    assert ex.stderr.tolist() == [[[0.0]]]


def test_an_interrupted_run_leaves_the_method_as_it_was(data):
    rows, background = data
    calls = []

    def interrupted(x):
        calls.append(len(x))
        if len(calls) == 4:
            raise KeyboardInterrupt
        return tangled(x)

    method = PermutationSHAP(interrupted, background, batch_size=50)
    with pytest.raises(KeyboardInterrupt):
        method.explain(rows)
    ex = method.explain(rows)
    np.testing.assert_array_equal(ex.values, PermutationSHAP(tangled, background).explain(rows).values)


def test_the_bar_is_shown_only_when_wanted(data, capsys):
    rows, background = data
    PermutationSHAP(tangled, background).explain(rows)
    assert capsys.readouterr().err == ""
    PermutationSHAP(tangled, background, progress=True).explain(rows)
    assert "PermutationSHAP" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"permutations": 1}, "permutations must be a whole number of at least 2, got 1"),
        ({"tolerance": 0}, "tolerance must be None or a finite number above 0, got 0"),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0"),
        ({"progress": "yes"}, "progress must be None or True or False, got 'yes'"),
    ],
)
def test_bad_settings_are_refused(data, setting, words):
    with pytest.raises(ParameterError, match=words):
        PermutationSHAP(tangled, data[1], **setting)
