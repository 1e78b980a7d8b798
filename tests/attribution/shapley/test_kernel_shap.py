"""KernelSHAP: exact where it can be, close where it cannot, with standard errors that mean what they say."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import pytest

from pellucid.attribution.shapley.budget import default_budget
from pellucid.attribution.shapley.kernel_shap import KernelSHAP
from pellucid.core.errors import ModelFailedError, ParameterError

P = 10


def tangled(x):
    """Two outputs with interactions of many columns, and one with none of more than two."""
    product = x[:, 0] * x[:, 1] * x[:, 2] + np.tanh(x.sum(axis=1))
    return np.column_stack([product, np.maximum(x[:, 3] * x[:, 4], x[:, :6].sum(axis=1)), x[:, 0] * x[:, 1] - x[:, 9]])


def ridge(x):
    return np.exp(0.3 * x @ np.linspace(-1, 1, P)) + x[:, 0] * x[:, 5] * x[:, 7]


def steps(x):
    return np.where(x[:, 0] > 0, np.where(x[:, 1] > 0, x[:, 2], x[:, 3] * x[:, 4]), np.where(x[:, 5] > 0, x[:, 6], 0.5))


def sigmoid(x):
    return 1 / (1 + np.exp(-3 * x[:, :8].sum(axis=1)))


@pytest.fixture
def data(rng):
    return rng.normal(size=(4, P)), rng.normal(size=(6, P))


def by_definition(predict, row, background):
    """(columns, outputs) Σ over subsets of the weighted step that a column makes, asked of the function itself."""
    p = len(row)
    subsets = [set(chosen) for size in range(p + 1) for chosen in combinations(range(p), size)]
    present = np.array([[j in subset for j in range(p)] for subset in subsets])
    mixed = np.where(present[:, np.newaxis, :], row, background).reshape(-1, p)
    answers = np.asarray(predict(mixed)).reshape(len(subsets), len(background), -1).mean(axis=1)
    worth = {frozenset(subset): answer for subset, answer in zip(subsets, answers, strict=True)}
    phi = np.zeros((p, answers.shape[1]))
    for subset, value in worth.items():
        for j in set(range(p)) - subset:
            share = factorial(len(subset)) * factorial(p - len(subset) - 1) / factorial(p)
            phi[j] += share * (worth[subset | {j}] - value)
    return phi


@pytest.mark.parametrize("budget", [2**P, 2**P + 1, 5_000])
def test_a_budget_for_all_coalitions_gives_the_exact_values(data, budget):
    rows, background = data
    ex = KernelSHAP(tangled, background, budget=budget).explain(rows[:1])
    np.testing.assert_allclose(ex.values[0], by_definition(tangled, rows[0], background), atol=1e-12)
    assert not ex.stderr.any()
    assert ex.receipt.notes == ("the budget covers all coalitions, so the values are exact",)


def test_one_pair_short_of_all_is_nearly_exact(data):
    rows, background = data
    ex = KernelSHAP(tangled, background, budget=2**P - 2).explain(rows[:1])
    np.testing.assert_allclose(ex.values[0], by_definition(tangled, rows[0], background), atol=2e-3)
    assert ex.stderr.max() < 2e-3


@pytest.mark.parametrize("p", [3, 4, 7, 12, 25])
def test_additive_models_are_recovered_from_the_smallest_budget(rng, p):
    rows, background, slope = rng.normal(size=(3, p)), rng.normal(size=(4, p)), rng.normal(size=p)
    for seed in range(5):
        ex = KernelSHAP(lambda x: x**2 @ slope, background, budget=2 * p + 2, seed=seed).explain(rows)
        np.testing.assert_allclose(ex.values[:, :, 0], slope * (rows**2 - (background**2).mean(axis=0)), atol=1e-10)
        assert ex.stderr.max() < 1e-6


def test_what_two_columns_do_together_is_recovered_exactly(rng):
    """Closed form: each of a pair gets half of ``E[x_j] (x_k − b_k)`` taken both ways."""
    p = 16
    rows, background = rng.normal(size=(3, p)), rng.normal(size=(1, p))
    pair = rng.normal(size=(p, p))
    pair = np.triu(pair, 1)

    ex = KernelSHAP(lambda x: np.einsum("ij,jk,ik->i", x, pair, x), background, budget=2 * p + 2).explain(rows)
    both = pair + pair.T
    expected = (rows - background) * ((rows + background) / 2 @ both)
    np.testing.assert_allclose(ex.values[:, :, 0], expected, atol=1e-9)


def test_many_evaluations_learn_what_three_columns_do(rng):
    """With as many pairs as triples have coefficients the ridge hardly matters."""
    p = 12
    rows, background = rng.choice([-1.0, 1.0], size=(2, p)), np.zeros((1, p))
    triples = [(0, 1, 2), (3, 4, 5), (2, 5, 8), (7, 9, 11)]

    def cubic(x):
        return sum(x[:, a] * x[:, b] * x[:, c] for a, b, c in triples)

    expected = np.zeros((2, p))
    for triple in triples:
        expected[:, triple] += rows[:, triple].prod(axis=1, keepdims=True) / 3
    few, many = (KernelSHAP(cubic, background, budget=b).explain(rows).values[:, :, 0] for b in (96, 1_024))
    assert np.abs(many - expected).max() < 0.01
    assert np.sqrt(((many - expected) ** 2).mean()) < 0.1 * np.sqrt(((few - expected) ** 2).mean())


@pytest.mark.parametrize("predict", [tangled, ridge, steps, sigmoid])
@pytest.mark.parametrize("budget", [48, 80, 200])
def test_intervals_of_two_standard_errors_cover_as_promised(rng, predict, budget):
    """Over seeds, rows and columns 90 of 100 hold the truth, none far too wide; exact values have no spread."""
    rows, background = rng.normal(size=(3, P)), rng.normal(size=(5, P))
    truth = np.array([by_definition(predict, row, background) for row in rows])
    inside, scores = [], []
    for seed in range(40):
        ex = KernelSHAP(predict, background, budget=budget, seed=seed).explain(rows, check=False)
        spread = ex.stderr > 1e-9
        np.testing.assert_allclose(ex.values[~spread], truth[~spread], atol=1e-8)
        z = (ex.values - truth)[spread] / ex.stderr[spread]
        inside.append(np.abs(z) < 1.96)
        scores.append(z)
    assert np.concatenate(inside).mean() > 0.9
    assert 0.35 < np.sqrt((np.concatenate(scores) ** 2).mean()) < 1.25


def test_it_is_closer_than_plain_kernel_weights_at_the_same_cost(data):
    """A slow twin of Kernel SHAP: sizes drawn by kernel weight, coalitions with replacement, no pairs."""
    rows, background = data
    truth = by_definition(ridge, rows[0], background)[:, 0]
    base, full = ridge(background).mean(), ridge(rows[:1])[0]

    def plain(seed):
        rng = np.random.default_rng(seed)
        sizes = np.arange(1, P)
        share = 1 / (sizes * (P - sizes))
        drawn = [rng.permutation(P) < size for size in rng.choice(sizes, size=78, p=share / share.sum())]
        mixed = np.where(np.array(drawn)[:, np.newaxis, :], rows[0], background).reshape(-1, P)
        worth = ridge(mixed).reshape(78, -1).mean(axis=1) - base
        lhs, rhs = np.array(drawn, dtype=float), worth
        kkt = np.block([[lhs.T @ lhs, np.ones((P, 1))], [np.ones((1, P)), np.zeros((1, 1))]])
        return np.linalg.solve(kkt, np.append(lhs.T @ rhs, full - base))[:P]

    def ours(seed):
        return KernelSHAP(ridge, background, budget=80, seed=seed).explain(rows[:1], check=False).values[0, :, 0]

    error = [np.mean([(estimate(seed) - truth) ** 2 for seed in range(10)]) for estimate in (ours, plain)]
    assert error[0] < 0.16 * error[1]


def test_base_and_values_add_up_at_any_budget(data):
    rows, background = data
    for budget in (22, 41, 80, 333):
        ex = KernelSHAP(tangled, (background, np.arange(6)), budget=budget).explain(rows)
        np.testing.assert_allclose(ex.predictions, tangled(rows), atol=1e-12)
        weighted = np.average(tangled(background), axis=0, weights=np.arange(6))
        np.testing.assert_allclose(ex.base[1], weighted, rtol=1e-12)
        assert ex.receipt.completeness.kind == "checked"


@pytest.mark.parametrize("batch_size", [1, 7, 100])
def test_same_seed_same_bits_for_any_batch_size_and_company(data, batch_size):
    rows, background = data
    together = KernelSHAP(tangled, background, budget=80, seed=3).explain(rows)
    alone = KernelSHAP(tangled, background, budget=80, seed=3, batch_size=batch_size).explain(rows[1:2], 1)
    np.testing.assert_array_equal(alone.values, together[1].target(1).values)
    np.testing.assert_array_equal(alone.stderr, together[1].target(1).stderr)
    other = KernelSHAP(tangled, background, budget=80, seed=4).explain(rows)
    assert (other.values != together.values).any()


def test_a_tolerance_stops_each_row_when_it_is_reached(data):
    rows, background = data
    easy = background[:1].repeat(2, axis=0)
    mixed = np.concatenate([easy, rows])
    method = KernelSHAP(tangled, background[:1], budget=900, tolerance=0.05)
    ex = method.explain(mixed)
    assert ex.stderr.max() <= 0.05
    full = KernelSHAP(tangled, background[:1], budget=900).explain(mixed)
    assert ex.receipt.evaluations < 0.8 * full.receipt.evaluations
    assert "82 to " in ex.receipt.notes[0]
    assert "tolerance 0.05 reached on 6 of 6 rows" in ex.receipt.notes[0]
    alone = [method.explain(mixed[i : i + 1]).values for i in range(6)]
    np.testing.assert_array_equal(ex.values, np.concatenate(alone))


def test_no_coalition_is_asked_about_twice_while_rounds_grow(data):
    rows, background = data
    asked = []

    def watched(x):
        asked.extend(map(bytes, np.ascontiguousarray(x)))
        return ridge(x)

    method = KernelSHAP(watched, background[:1], budget=500, tolerance=1e-9)
    asked.clear()
    ex = method.explain(rows[:1], check=False)
    mixed = {*asked} - {rows[0].tobytes(), background[0].tobytes()}
    assert len(mixed) == 498
    assert sum(row in mixed for row in asked) <= 498 + 4
    assert "500 coalitions a row" in ex.receipt.notes[0]
    assert "reached on 0 of 1 rows" in ex.receipt.notes[0]
    straight = KernelSHAP(ridge, background[:1], budget=500).explain(rows[:1])
    np.testing.assert_array_equal(ex.values, straight.values)


def test_the_budget_bounds_the_evaluations(data):
    rows, background = data
    ex = KernelSHAP(tangled, background, budget=81).explain(rows, check=False)
    tried, base = 4, 6
    assert ex.receipt.evaluations <= tried + base + 4 * (78 * 6 + 1)


def test_the_receipt_says_how_far_held_out_coalitions_are_off(data):
    rows, background = data
    note = KernelSHAP(ridge, background, budget=100).explain(rows).receipt.notes[0]
    assert "100 coalitions a row, in pairs without replacement" in note
    assert "a held-out coalition is off by" in note


def test_many_pairs_are_fitted_without_interactions(data, monkeypatch):
    """The plain fit of a large sample agrees with the other within their standard errors."""
    rows, background = data
    both = KernelSHAP(tangled, background, budget=300).explain(rows)
    monkeypatch.setattr("pellucid.attribution.shapley.kernel_shap.MOST_SOLVED", 100)
    plain = KernelSHAP(tangled, background, budget=300).explain(rows)
    np.testing.assert_allclose(plain.predictions, tangled(rows), atol=1e-12)
    assert (np.abs(plain.values - both.values) < 4 * (plain.stderr + both.stderr) + 1e-9).all()
    assert (plain.values != both.values).any()


def test_by_default_eight_coalitions_a_column_and_at_least_256():
    assert [default_budget(players) for players in (9, 32, 33, 300)] == [256, 256, 264, 2_400]


def test_three_hundred_columns_work_with_default_settings(rng):
    rows, background = rng.normal(size=(2, 300)), rng.normal(size=(3, 300))
    slope = rng.normal(size=300)
    ex = KernelSHAP(lambda x: np.tanh(x @ slope / 20), background).explain(rows)
    np.testing.assert_allclose(ex.predictions[:, 0], np.tanh(rows @ slope / 20), atol=1e-10)
    assert "2,400 coalitions a row" in ex.receipt.notes[0]
    assert np.isfinite(ex.stderr).all()


def test_a_constant_model_gets_zeros_without_a_warning(data):
    rows, background = data
    ex = KernelSHAP(lambda x: np.full(len(x), 2.5), background, budget=60).explain(rows)
    np.testing.assert_allclose(ex.values, 0, atol=1e-15)
    np.testing.assert_allclose(ex.stderr, 0, atol=1e-15)


def test_categories_and_missing_values_reach_the_model_as_they_are():
    names = list("abcdefghijkl")
    frame = pd.DataFrame({name: [0.5, 1.5, np.nan] for name in names}).assign(c=pd.Categorical(["x", "y", "z"]))

    def predict(rows):
        assert rows.dtypes.equals(frame.dtypes)
        return rows["c"].map({"x": 1.0, "y": 5.0, "z": 9.0}).astype(float) * rows["a"].fillna(4.0) + rows["b"].isna()

    ex = KernelSHAP(predict, frame[:2], budget=100).explain(frame[2:])
    expected = by_definition(
        lambda z: (
            np.array([1.0, 5.0, 9.0])[z[:, 0].astype(int)] * np.array([0.5, 1.5, 4.0])[z[:, 1].astype(int)]
            + (z[:, 2] == 2)
        ),
        np.array([2, 2, 2]),
        np.array([[0, 0, 0], [1, 1, 1]]),
    )
    np.testing.assert_allclose(ex.values[0, [2, 0, 1]], expected, atol=1e-9)


def test_an_interrupted_run_leaves_the_method_as_it_was(data):
    rows, background = data
    calls = []

    def interrupted(x):
        calls.append(len(x))
        if len(calls) == 4:
            raise KeyboardInterrupt
        return tangled(x)

    method = KernelSHAP(interrupted, background, batch_size=50)
    with pytest.raises(KeyboardInterrupt):
        method.explain(rows)
    np.testing.assert_array_equal(method.explain(rows).values, KernelSHAP(tangled, background).explain(rows).values)


def test_a_model_that_raises_or_contradicts_itself_is_told(data):
    rows, background = data
    calls = []

    def third_batch_fails(x):
        calls.append(len(x))
        if len(calls) > 3:
            raise OSError("gone")
        return ridge(x)

    with pytest.raises(ModelFailedError, match="gone"):
        KernelSHAP(third_batch_fails, background, batch_size=50).explain(rows)
    drift = iter(np.linspace(0, 1, 1_000))
    with pytest.raises(ModelFailedError, match="asked twice about row"):
        KernelSHAP(lambda x: ridge(x) + next(drift), background, batch_size=50).explain(rows)


def test_the_explanation_speaks_and_draws(data):
    rows, background = data
    ex = KernelSHAP(ridge, background).explain(rows)
    assert "KernelSHAP" in str(ex.receipt)
    assert ex.describe()
    ex[0].plot()


def test_the_bar_is_shown_only_when_wanted(data, capsys):
    rows, background = data
    KernelSHAP(tangled, background).explain(rows)
    assert capsys.readouterr().err == ""
    KernelSHAP(tangled, background, progress=True).explain(rows)
    assert "KernelSHAP" in capsys.readouterr().err


def test_a_budget_too_small_for_the_columns_is_refused(data):
    rows, background = data
    with pytest.raises(ParameterError, match="budget must be at least 22 coalitions for 10 columns, got 21; leave it"):
        KernelSHAP(tangled, background, budget=21).explain(rows)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"budget": 1}, "budget must be None or a whole number of at least 2, got 1"),
        ({"tolerance": 0}, "tolerance must be None or a finite number above 0, got 0"),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0"),
        ({"progress": "yes"}, "progress must be None or True or False, got 'yes'"),
    ],
)
def test_bad_settings_are_refused(data, setting, words):
    with pytest.raises(ParameterError, match=words):
        KernelSHAP(tangled, data[1], **setting)
