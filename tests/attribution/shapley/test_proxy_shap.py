"""ProxySHAP: trees over coalitions, corrected so that wrong trees do no harm."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeRegressor

from pellucid.attribution import KernelSHAP, ProxySHAP
from pellucid.core.errors import ModelFailedError, ParameterError
from pellucid.maskers import Text

P = 9


def by_definition(predict, row, background):
    """(columns,) Σ over subsets of the weighted step that a column makes, asked of the function itself."""
    p = len(row)

    def worth(subset):
        mixed = background.copy()
        mixed[:, list(subset)] = row[list(subset)]
        return predict(mixed).mean()

    phi = np.zeros(p)
    for j in range(p):
        others = [k for k in range(p) if k != j]
        for size in range(p):
            share = factorial(size) * factorial(p - size - 1) / factorial(p)
            phi[j] += share * sum(worth((*s, j)) - worth(s) for s in combinations(others, size))
    return phi


def deep(x):
    """Needs seven columns at once, which no fit of pairs or fives sees."""
    return 3 * (1 / (1 + np.exp(-2 - 2 * x[:, :7]))).prod(axis=1) + x[:, 7] * x[:, 8] + x[:, 0]


@pytest.fixture
def data(rng):
    return rng.normal(size=(3, P)), rng.normal(size=(5, P))


@pytest.mark.parametrize("budget", [2**P, 10_000])
def test_a_budget_for_all_coalitions_gives_the_exact_values(data, budget):
    rows, background = data
    ex = ProxySHAP(deep, background, budget=budget).explain(rows[:1])
    np.testing.assert_allclose(ex.values[0, :, 0], by_definition(deep, rows[0], background), atol=1e-12)
    assert not ex.stderr.any()


def test_values_come_close_and_standard_errors_say_how_close(data):
    rows, background = data
    truth = np.array([by_definition(deep, row, background) for row in rows[:2]])
    runs = [ProxySHAP(deep, background, budget=200, seed=seed).explain(rows[:2]) for seed in range(4)]
    errors = np.array([run.values[:, :, 0] - truth for run in runs])
    assert np.sqrt((errors**2).mean()) < 0.01
    inside = np.abs(errors) <= 1.96 * np.array([run.stderr[:, :, 0] for run in runs])
    assert inside.mean() >= 0.85


def test_columns_that_act_alone_are_exact_whatever_the_trees_say(rng):
    rows, background, slope = rng.normal(size=(2, 12)), rng.normal(size=(4, 12)), rng.normal(size=12)
    ex = ProxySHAP(lambda x: np.sin(x) @ slope, background, budget=60).explain(rows)
    expected = slope * (np.sin(rows) - np.sin(background).mean(axis=0))
    np.testing.assert_allclose(ex.values[:, :, 0], expected, atol=1e-9)


class LearnsNoise(DecisionTreeRegressor):
    """Trees of no use: what they predict has nothing to do with what they were given."""

    def fit(self, X, y):
        return super().fit(X, np.random.default_rng(0).normal(size=len(y)))


def test_useless_trees_cost_accuracy_but_do_not_mislead(data):
    rows, background = data
    truth = by_definition(deep, rows[0], background)
    runs = [
        ProxySHAP(deep, background, budget=300, proxy=LearnsNoise(max_depth=3), seed=seed).explain(rows[:1])
        for seed in range(12)
    ]
    errors = np.array([run.values[0, :, 0] - truth for run in runs])
    spread = errors.std(axis=0) / np.sqrt(len(runs))
    assert (np.abs(errors.mean(axis=0)) < 4 * spread + 1e-3).all()


@pytest.mark.parametrize(
    "proxy",
    [
        xgboost.XGBRegressor(n_estimators=60, max_depth=4, n_jobs=1),
        lightgbm.LGBMRegressor(n_estimators=60, min_child_samples=5, n_jobs=1, verbose=-1),
        ExtraTreesRegressor(40, random_state=0),
        DecisionTreeRegressor(max_depth=5),
    ],
    ids=lambda proxy: type(proxy).__name__,
)
def test_any_regressor_of_trees_will_do(data, proxy):
    rows, background = data
    ex = ProxySHAP(deep, background, budget=400, proxy=proxy).explain(rows[:1])
    np.testing.assert_allclose(ex.values[0, :, 0], by_definition(deep, rows[0], background), atol=0.1)
    assert type(proxy).__name__ in ex.receipt.settings["proxy"]
    assert not [name for name in vars(proxy) if name.endswith("_") and not name.startswith("_")]


@pytest.mark.parametrize(
    "proxy",
    [LinearRegression(), xgboost.XGBRegressor(objective="count:poisson", n_estimators=5)],
    ids=["no trees", "a link"],
)
def test_a_proxy_of_no_use_is_refused_before_the_model_is_asked(data, proxy):
    rows, background = data
    asked = []

    def model(x):
        asked.append(len(x))
        return deep(x)

    method = ProxySHAP(model, background, budget=200, proxy=proxy)
    with pytest.raises(ParameterError, match=r"^proxy must be an unfitted regressor .* got "):
        method.explain(rows)
    assert sum(asked) < 10


def test_rows_do_not_depend_on_their_company_or_the_batches(data):
    rows, background = data
    outputs = lambda x: np.column_stack([deep(x), x[:, 0] * x[:, 1] * x[:, 2]])  # noqa: E731
    together = ProxySHAP(outputs, background, budget=80).explain(rows)
    alone = ProxySHAP(outputs, background, budget=80, batch_size=7).explain(rows[1:2])
    np.testing.assert_array_equal(together.values[1], alone.values[0])
    np.testing.assert_array_equal(together.stderr[1], alone.stderr[0])
    assert together.receipt.completeness.kind == "checked"
    np.testing.assert_allclose(together.predictions, outputs(rows), atol=1e-9)


def test_more_folds_than_pairs_leave_out_each_pair_once(data):
    rows, background = data
    ex = ProxySHAP(deep, background, budget=30, folds=1_000).explain(rows[:1])
    assert np.isfinite(ex.values).all()
    assert "30 coalitions a row" in ex.receipt.notes[0]


def test_frames_with_categories_and_words_of_a_text_are_explained_too(rng):
    frame = pd.DataFrame(rng.normal(size=(20, 5)), columns=list("abcde")).assign(kind=["x", "y"] * 10)
    model = lambda X: X.to_numpy()[:, 0] * (X["kind"] == "x") + X["b"]  # noqa: E731
    ex = ProxySHAP(model, frame[:6], budget=40).explain(frame[6:8])
    assert ex.feature_names == (*"abcde", "kind")
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    counted = lambda texts: np.array([("two" in t) * ("five" in t) + ("six" in t) * 1.0 for t in texts])  # noqa: E731
    found = ProxySHAP(counted, Text(), budget=120).explain([" ".join(words)])
    np.testing.assert_allclose(found.values[0, [1, 4, 5], 0], [0.5, 0.5, 1.0], atol=0.05)


def test_a_model_that_fails_says_so(data):
    rows, background = data

    def model(x):
        raise RuntimeError("down")

    with pytest.raises(ModelFailedError, match="down"):
        ProxySHAP(model, background).explain(rows)


@pytest.mark.parametrize(("setting", "value"), [("budget", 5), ("folds", 1), ("seed", -1), ("proxy", "trees")])
def test_bad_settings_are_named(data, setting, value):
    rows, background = data
    with pytest.raises(ParameterError, match=setting):
        ProxySHAP(deep, background, **{setting: value}).explain(rows)


def test_both_agree_where_pairs_are_few(data):
    rows, background = data
    kernel = KernelSHAP(deep, background, budget=2**P - 2).explain(rows[:1])
    proxy = ProxySHAP(deep, background, budget=2**P - 2).explain(rows[:1])
    np.testing.assert_allclose(kernel.values, proxy.values, atol=2e-3)
