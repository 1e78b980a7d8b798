"""Permutation importance, weights and single predictions are eli5's where it answers the same question."""

from __future__ import annotations

import catboost
import eli5
import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from eli5.permutation_importance import get_score_importances
from eli5.sklearn import PermutationImportance as Eli5Importance
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline

from pellucid.attribution import LinearSHAP, TreeSHAP
from pellucid.effects import ModelWeights, NativeImportances, PermutationImportance

TEXTS = ["a good story", "a bad and dull story", "good fun", "awful, dull and long", "long but good", "bad"]
PRAISE = [1, 0, 1, 0, 1, 0]


@pytest.fixture
def data(rng):
    X = rng.normal(size=(240, 4))
    return X, 2 * X[:, 0] + X[:, 1] * X[:, 2] + 0.3 * rng.normal(size=240)


def weights(explanation):
    """Of each target, feature → weight."""
    return [
        {
            one.feature: float(one.weight)
            for part in (found.feature_weights.pos, found.feature_weights.neg)
            for one in part
        }
        for found in explanation.targets
    ]


def importances(explanation):
    """feature → importance and its spread."""
    return {one.feature: (float(one.weight), one.std) for one in explanation.feature_importances.importances}


@pytest.mark.parametrize("seed", range(3))
def test_a_shuffle_from_the_same_stream_has_the_same_importance(data, seed):
    X, y = data
    model = RandomForestRegressor(8, random_state=0).fit(X, y)
    # scikit-learn's stream, which is ours, draws a seed for the column first and starts from it for each feature
    column_seed = np.random.RandomState(seed).randint(np.iinfo(np.int32).max + 1)
    own = [
        get_score_importances(model.score, X, y, n_iter=1, columns_to_shuffle=[j], random_state=column_seed)[1][0][0]
        for j in range(4)
    ]
    ours = PermutationImportance(model, X, y, n_repeats=1, seed=seed).explain()
    np.testing.assert_allclose(ours.values[:, 0], own, rtol=1e-9, atol=1e-12)
    first = Eli5Importance(model, n_iter=1, random_state=column_seed).fit(X, y).feature_importances_[0]
    assert ours.values[0, 0] == pytest.approx(first, rel=1e-9)


def test_over_many_shuffles_means_and_spreads_agree(data):
    X, y = data
    model = RandomForestRegressor(8, max_depth=4, random_state=0).fit(X, y)
    theirs = Eli5Importance(model, n_iter=60, random_state=1).fit(X, y)
    ours = PermutationImportance(model, X, y, n_repeats=60, seed=2).explain()
    spread = ours.stderr[:, 0] * np.sqrt(60)
    np.testing.assert_allclose(theirs.feature_importances_std_, spread, rtol=0.4)
    assert (np.abs(ours.values[:, 0] - theirs.feature_importances_) < 3.5 * np.sqrt(2) * ours.stderr[:, 0]).all()


@pytest.mark.parametrize("model", [LinearRegression(), Lasso(0.01)], ids=lambda model: type(model).__name__)
def test_weights_of_a_line_are_the_same(data, model):
    X, y = data
    ours = ModelWeights(model.fit(X, y)).explain()
    (theirs,) = weights(eli5.explain_weights(model, top=None))
    assert theirs.pop("<BIAS>") == pytest.approx(model.intercept_)
    assert ours.receipt.notes[0].startswith(f"intercept: {model.intercept_:.6g}")
    assert dict(zip(ours.feature_names, ours.values[:, 0], strict=True)) == pytest.approx(theirs)


@pytest.mark.parametrize("classes", [2, 3])
def test_weights_of_each_class_are_the_same(data, classes):
    X, y = data
    model = LogisticRegression().fit(X, np.digitize(y, [0, 1][: classes - 1]))
    theirs = weights(eli5.explain_weights(model, top=None))
    ours = ModelWeights(model).explain()
    assert ours.values.shape[1] == len(theirs) == (1 if classes == 2 else 3)
    for k, own in enumerate(theirs):
        own.pop("<BIAS>")
        assert dict(zip(ours.feature_names, ours.values[:, k], strict=True)) == pytest.approx(own)


def test_weights_of_words_and_of_a_text_are_the_same():
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS, PRAISE)
    (theirs,) = weights(eli5.explain_weights(model, top=None))
    theirs.pop("<BIAS>")
    ours = ModelWeights(model).explain()
    assert dict(zip(ours.feature_names, ours.values[:, 0], strict=True)) == pytest.approx(theirs)
    (theirs,) = weights(eli5.explain_prediction(model[-1], TEXTS[0], vec=model[0]))
    encoded = model[0].transform(TEXTS[:1]).toarray()
    values = LinearSHAP(model[-1], np.zeros_like(encoded)).explain(encoded)
    assert values.base[0, 0] == pytest.approx(theirs.pop("<BIAS>"))
    present = {name: w for name, w in zip(model[0].get_feature_names_out(), values.values[0, :, 0], strict=True) if w}
    assert present == pytest.approx(theirs)


@pytest.mark.parametrize("classes", [1, 3])
def test_a_lines_prediction_is_told_as_weight_times_value(data, classes):
    X, y = data
    model = LinearRegression().fit(X, y) if classes == 1 else LogisticRegression().fit(X, np.digitize(y, [0, 1]))
    ours = LinearSHAP(model, np.zeros((1, 4))).explain(X[:1])
    for k, own in enumerate(weights(eli5.explain_prediction(model, X[0]))):
        assert ours.base[0, k] == pytest.approx(own.pop("<BIAS>"))
        assert {f"x{j}": w for j, w in enumerate(ours.values[0, :, k])} == pytest.approx(own)


def grown(depth):
    return [
        RandomForestRegressor(10, max_depth=depth, random_state=0),
        GradientBoostingRegressor(n_estimators=10, max_depth=depth, random_state=0),
        lightgbm.LGBMRegressor(n_estimators=10, max_depth=depth, verbose=-1),
    ]


def of_path(model, row):
    """Bias, and (features,) weights."""
    (own,) = weights(eli5.explain_prediction(model, row, top=None))
    bias = own.pop("<BIAS>")
    return bias, np.array([own.get(f"x{j}", own.get(f"Column_{j}", 0.0)) for j in range(4)])


@pytest.mark.parametrize("model", grown(1), ids=lambda model: type(model).__name__)
def test_on_trees_that_ask_once_the_decision_path_gives_shapley_values(data, model):
    X, y = data
    ours = TreeSHAP(model.fit(X, y)).explain(X[:5])
    for row, values, base in zip(X, ours.values, ours.base, strict=False):
        bias, path = of_path(model, row)
        np.testing.assert_allclose(values[:, 0], path, atol=1e-6)
        assert base[0] == pytest.approx(bias, abs=1e-6)


@pytest.mark.parametrize("model", grown(4), ids=lambda model: type(model).__name__)
def test_on_deeper_trees_path_and_shapley_values_share_the_same_sum_otherwise(data, model):
    X, y = data
    ours = TreeSHAP(model.fit(X, y)).explain(X[:5])
    paths = np.array([of_path(model, row)[1] for row in X[:5]])
    np.testing.assert_allclose(ours.values[..., 0].sum(axis=1), paths.sum(axis=1), atol=1e-6)
    assert np.abs(ours.values[..., 0] - paths).max() > 0.01


def test_importances_of_a_forest_are_the_same_with_the_spread_of_its_trees(data):
    X, y = data
    for model in (
        RandomForestRegressor(12, random_state=0).fit(X, y),
        RandomForestClassifier(12, random_state=0).fit(X, y > 0),
    ):
        theirs = importances(eli5.explain_weights(model, top=None))
        ours = ModelWeights(model).explain()
        for name, value, error in zip(ours.feature_names, ours.values[:, 0], ours.stderr[:, 0], strict=True):
            assert value == pytest.approx(theirs[name][0])
            # eli5's spread is that of the trees (of n), ours that of their mean
            assert error * np.sqrt(11) == pytest.approx(theirs[name][1])


@pytest.mark.parametrize(
    ("model", "measure"),
    [
        (GradientBoostingRegressor(n_estimators=10), "impurity decrease"),
        (xgboost.XGBRegressor(n_estimators=10, n_jobs=1), "gain"),
        (lightgbm.LGBMRegressor(n_estimators=10, verbose=-1), "gain"),
        (catboost.CatBoostRegressor(iterations=10, verbose=0, allow_writing_files=False), "prediction values change"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_importances_of_boosting_are_the_same_shares(data, model, measure):
    X, y = data
    X = pd.DataFrame(X, columns=["x0", "x1", "x2", "x3"])
    theirs = importances(eli5.explain_weights(model.fit(X, y), top=None))
    ours = NativeImportances(model, X).explain()
    found = ours.values[:, ours.target_names.index(measure)]
    assert dict(zip(ours.feature_names, found, strict=True)) == pytest.approx(
        {k: v[0] for k, v in theirs.items()}, rel=1e-5
    )
