"""H against its definition by brute force, and where its value is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from tests.effects import definition

from pellucid.core.errors import ParameterError
from pellucid.effects import HStatistic

SETS = [0, 3, (0, 1), (2, 0), (1, 3)]


def columns(one):
    return list(one) if isinstance(one, tuple) else [one]


@pytest.fixture
def fitted(rng):
    X = rng.normal(size=(50, 4))
    y = X[:, 0] * X[:, 1] + np.abs(X[:, 2]) + 0.2 * X[:, 0]
    return RandomForestRegressor(6, max_depth=6, random_state=0).fit(X, y), X


@pytest.mark.parametrize("normalised", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_values_are_those_of_the_definition(fitted, normalised, weighted, rng):
    model, X = fitted
    weights = rng.uniform(0.1, 2, len(X)) if weighted else np.ones(len(X))
    background = (X, weights) if weighted else X
    expected = [definition.h_squared(model.predict, X, weights, columns(s), normalised=normalised) for s in SETS]
    for asked in (model, model.predict):
        found = HStatistic(asked, background, normalised=normalised).explain(SETS)
        np.testing.assert_allclose(found.values[:, 0], expected, rtol=1e-9)
    assert found.feature_names == ("x0", "x3", "x0 × x1", "x2 × x0", "x1 × x3")
    assert found.receipt.unit == ("H²" if normalised else "output")


def test_missing_values_categories_and_groups_count(rng):
    X = pd.DataFrame({"kind": rng.choice(["a", "b", "c"], 60), "size": rng.normal(size=60), "age": rng.normal(size=60)})
    X.loc[rng.random(60) < 0.2, "age"] = np.nan
    y = (X["kind"] == "a") * X["size"] + X["age"].isna()
    encode = make_column_transformer((OneHotEncoder(), ["kind"]), remainder="passthrough")
    model = make_pipeline(encode, RandomForestRegressor(6, max_depth=5, random_state=0)).fit(X, y)
    sets = ["kind", "age", ("kind", "size")]
    by_trees, by_asking = (HStatistic(asked, X).explain(sets) for asked in (model, model.predict))
    np.testing.assert_allclose(by_trees.values, by_asking.values, rtol=1e-9)


def test_an_additive_model_has_none(rng):
    X = rng.normal(size=(200, 3))
    model = HistGradientBoostingRegressor(max_iter=30, interaction_cst="no_interactions").fit(X, X.sum(axis=1))
    assert HStatistic(model, X).explain().values.max() < 1e-20
    assert HStatistic(model, X).pairs().values.max() == 0
    assert HStatistic(lambda rows: rows @ [1.0, 2.0, 0.0], X[:30]).pairs().values.max() == 0


def test_a_pure_product_of_centred_features_is_all_interaction(rng):
    half = rng.normal(size=(20, 2))
    X = np.concatenate([half * s for s in ([1, 1], [-1, 1], [1, -1], [-1, -1])])
    found = HStatistic(lambda rows: rows[:, 0] * rows[:, 1], X).explain([0, (0, 1)])
    np.testing.assert_allclose(found.values[:, 0], 1.0)


def test_a_feature_that_is_never_read_has_none(fitted):
    _, X = fitted
    model = RandomForestRegressor(4, random_state=0).fit(np.column_stack([X[:, 0], np.zeros(50)]), X[:, 0])
    rows = np.column_stack([X[:, 0], np.zeros(50)])
    assert HStatistic(model, rows).explain([1, (0, 1)]).values.tolist() == [[0.0], [0.0]]


def test_every_pair_is_listed_and_every_class_has_its_own(fitted, rng):
    _, X = fitted
    model = RandomForestClassifier(5, max_depth=4, random_state=0).fit(X, np.digitize(X[:, 0] * X[:, 1], [-0.3, 0.3]))
    found = HStatistic(model, X).pairs()
    assert found.values.shape == (6, 3)
    assert HStatistic(model, X).pairs([0, 2, 3]).feature_names == ("x0 × x2", "x0 × x3", "x2 × x3")
    expected = definition.h_squared(lambda rows: model.predict_proba(rows)[:, 2], X, np.ones(50), [0, 1])
    np.testing.assert_allclose(found.values[0, 2], expected, rtol=1e-9)


def test_what_cannot_be_answered_is_refused(fitted, monkeypatch):
    model, X = fitted
    with pytest.raises(ParameterError, match="needs rows that can be read again"):
        HStatistic(model, iter([X]))
    with pytest.raises(ParameterError, match="name up to 2 different"):
        HStatistic(model, X).explain([(0, 1, 2)])
    monkeypatch.setattr("pellucid.effects.joint_effects.LARGEST", 50)
    with pytest.raises(ParameterError, match="pass fewer background rows"):
        HStatistic(model, X).explain([(0, 1)])


def test_features_taken_in_small_groups_have_the_same_bits(fitted, monkeypatch):
    model, X = fitted
    whole = HStatistic(model, X).explain()
    monkeypatch.setattr("pellucid.effects.joint_effects.LARGEST", 2 * len(X))
    np.testing.assert_array_equal(HStatistic(model, X).explain().values, whole.values)


@pytest.mark.parametrize("weighted", [True, False])
def test_the_error_over_rows_leaves_each_group_out_of_the_definition(fitted, weighted):
    model, X = fitted[0], fitted[1][:14]
    weights = np.random.default_rng(3).uniform(0.1, 2, len(X)) if weighted else np.ones(len(X))
    for asked in (model, model.predict):
        found = HStatistic(asked, (X, weights) if weighted else X, groups=len(X)).explain([0, (0, 1)])
        for k, one in enumerate([[0], [0, 1]]):
            left = [
                definition.h_squared(
                    model.predict, np.delete(X, i, axis=0), np.delete(weights, i), one, normalised=True
                )
                for i in range(len(X))
            ]
            expected = np.sqrt((len(X) - 1) / len(X) * np.sum((left - np.mean(left)) ** 2))
            assert found.stderr[k, 0] == pytest.approx(expected, rel=1e-6)
    plain = HStatistic(model, X).explain([0, (0, 1)])
    assert np.isnan(plain.stderr).all()
    with pytest.raises(ParameterError, match="groups must be at most one a row, got 15 for 14 rows"):
        HStatistic(model, X, groups=15).explain(0)


def test_the_interval_over_rows_covers_the_h_of_very_many_rows():
    def model(rows):
        return rows[:, 0] + rows[:, 1] + rows[:, 0] * rows[:, 1]

    # of independent standard normal columns a third of the pair's variance is the product's
    rng = np.random.default_rng(8)
    hits = 0
    for seed in range(100):
        found = HStatistic(model, rng.normal(size=(60, 2)), groups=10, seed=seed).explain((0, 1))
        hits += abs(found.values[0, 0] - 1 / 3) < 1.96 * found.stderr[0, 0]
    assert hits / 100 >= 0.85
