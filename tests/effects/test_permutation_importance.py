"""Permutation importance against scikit-learn's, on the same seeds, and where its value is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import mean_absolute_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import pellucid
from pellucid.core.errors import ArgumentTypeError, ColumnsError, InputError, ModelFailedError, ParameterError
from pellucid.effects import PermutationImportance

catboost = pytest.importorskip("catboost")
lightgbm = pytest.importorskip("lightgbm")
xgboost = pytest.importorskip("xgboost")

CLASSES = make_classification(200, 5, n_informative=3, n_classes=3, n_clusters_per_class=1, random_state=0)
NUMBERS = make_regression(200, 5, n_informative=3, random_state=0)

CLASSIFIERS = [
    RandomForestClassifier(6, max_depth=4, random_state=0),
    HistGradientBoostingClassifier(max_iter=6),
    xgboost.XGBClassifier(n_estimators=5, n_jobs=1),
    lightgbm.LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1),
    catboost.CatBoostClassifier(iterations=5, verbose=0, allow_writing_files=False),
    LogisticRegression(),
]
REGRESSORS = [
    RandomForestRegressor(6, random_state=0),
    HistGradientBoostingRegressor(max_iter=6, loss="poisson"),
    GradientBoostingRegressor(n_estimators=6),
    xgboost.XGBRegressor(n_estimators=5, n_jobs=1, objective="reg:gamma"),
    lightgbm.LGBMRegressor(n_estimators=5, n_jobs=1, verbose=-1),
    catboost.CatBoostRegressor(iterations=5, verbose=0, allow_writing_files=False),
    LinearRegression(),
]


def name(model):
    return type(model).__name__


def check(model, X, y, scoring, weights, *, tolerance):
    own = permutation_importance(model, X, y, scoring=scoring, n_repeats=3, random_state=11, sample_weight=weights)
    found = PermutationImportance(model, X, y, scoring=scoring, n_repeats=3, seed=11, sample_weight=weights).explain()
    for k, scorer in enumerate(scoring):
        np.testing.assert_allclose(found.values[:, k], own[scorer].importances_mean, atol=tolerance)
        np.testing.assert_allclose(found.stderr[:, k] * np.sqrt(2), own[scorer].importances_std, atol=tolerance)
    return found


@pytest.mark.parametrize("model", CLASSIFIERS, ids=name)
def test_classifiers_have_scikit_learns_importances(model, rng):
    X, y = CLASSES
    model.fit(X, y)
    weights = rng.uniform(0, 2, len(X))
    found = check(model, X, y, ["accuracy", "neg_log_loss", "roc_auc_ovr"], weights, tolerance=1e-5)
    assert found.target_names == ("accuracy", "neg_log_loss", "roc_auc_ovr")
    assert found.receipt.completeness.kind == ("by construction" if name(model) == "LogisticRegression" else "checked")


@pytest.mark.parametrize("model", REGRESSORS, ids=name)
def test_regressors_have_scikit_learns_importances(model, rng):
    X, y = NUMBERS[0], np.abs(NUMBERS[1]) + 1
    model.fit(X, y)
    check(model, X, y, ["r2", "neg_mean_absolute_error"], rng.uniform(0, 2, len(X)), tolerance=1e-4)


def test_without_a_scorer_it_is_the_models_own_score():
    X, y = CLASSES
    model = RandomForestClassifier(6, max_depth=4, random_state=0).fit(X, y > 0)
    own = permutation_importance(model, X, y > 0, random_state=0)
    found = PermutationImportance(model, X, y > 0).explain()
    np.testing.assert_allclose(found.values[:, 0], own.importances_mean, atol=1e-12)
    assert found.target_names == ("score",)


def test_ties_between_classes_are_settled_as_the_model_does():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, size=(300, 3)).astype(float)
    y = (X.sum(axis=1) + rng.integers(0, 2, 300) > 1).astype(int)
    model = RandomForestClassifier(4, max_depth=2, random_state=0).fit(X, y)
    own = permutation_importance(model, X, y, random_state=0)
    np.testing.assert_allclose(PermutationImportance(model, X, y).explain().values[:, 0], own.importances_mean, atol=0)


def test_a_linear_model_has_twice_its_squared_weights(rng):
    X = rng.normal(size=(20_000, 3))
    weights = np.array([2.0, -1.0, 0.0])

    def f(rows):
        return rows @ weights

    found = PermutationImportance(f, X, f(X), scoring="neg_mean_squared_error", n_repeats=3).explain()
    np.testing.assert_allclose(found.values[:, 0], 2 * weights**2 * X.var(axis=0), rtol=0.03)


def test_groups_are_shuffled_together(rng):
    X = rng.normal(size=(300, 3))
    X[:, 1] = X[:, 0]
    y = X[:, 0] + X[:, 1] + X[:, 2]
    model = RandomForestRegressor(10, random_state=0).fit(X, y)
    found = PermutationImportance(model, X, y).explain({"twins": ["x0", "x1"], "other": [2]})
    assert found.feature_names == ("twins", "other")
    moved = np.arange(300)
    np.random.RandomState(np.random.RandomState(0).randint(np.iinfo(np.int32).max + 1)).shuffle(moved)
    once = PermutationImportance(model, X, y, n_repeats=1).explain([("x0", "x1")])
    shuffled = X.copy()
    shuffled[:, :2] = X[moved, :2]
    assert once.values[0, 0] == pytest.approx(model.score(X, y) - model.score(shuffled, y))
    assert once.feature_names == ("x0 + x1",)
    assert np.isnan(once.stderr).all()


def test_a_one_hot_block_is_shuffled_as_the_users_column(rng):
    X = pd.DataFrame({"kind": rng.choice(["a", "b", "c"], 150), "size": rng.normal(size=150)})
    y = (X["kind"] == "a") * 2 + X["size"]
    encode = make_column_transformer((OneHotEncoder(), ["kind"]), remainder="passthrough")
    model = make_pipeline(encode, RandomForestRegressor(8, random_state=0)).fit(X, y)
    own = permutation_importance(model, X, y, random_state=0)
    found = PermutationImportance(model, X, y).explain()
    np.testing.assert_allclose(found.values[:, 0], own.importances_mean, atol=1e-10)
    assert found.receipt.notes


def test_a_scorer_of_ones_own_is_asked_with_the_model_itself():
    X, y = NUMBERS

    def error(estimator, rows, true):
        return -mean_absolute_error(true, estimator.predict(rows))

    model = RandomForestRegressor(6, random_state=0).fit(X, y)
    found = PermutationImportance(model, X, y, scoring={"mae": error, "r2": "r2"}).explain()
    own = permutation_importance(model, X, y, scoring={"mae": error, "r2": "r2"}, random_state=0)
    np.testing.assert_allclose(found.values[:, 0], own["mae"].importances_mean, atol=1e-12)
    assert found.receipt.completeness.kind == "by construction"


def test_a_model_of_probabilities_alone_is_scored_by_what_it_answers(rng):
    X, y = CLASSES
    model = LogisticRegression().fit(X, y > 0)
    found = PermutationImportance(
        lambda rows: model.predict_proba(rows)[:, 1], X, (y > 0).astype(float), scoring="neg_mean_squared_error"
    ).explain()
    assert (found.values > -0.01).all()


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"scoring": "wit"}, ParameterError, "no scorer 'wit'"),
        ({"scoring": 3}, ArgumentTypeError, "scoring must be None, a name, a function"),
        ({"scoring": {"a": 3}}, ArgumentTypeError, "a scorer must be a name or a function, got int"),
        ({"y": np.zeros(3)}, InputError, "y must hold one value for each of the 200 rows"),
        ({"sample_weight": np.zeros(200)}, InputError, "not all 0"),
        ({"sample_weight": "heavy"}, InputError, "sample_weight must be numbers, got str"),
        ({"n_repeats": 0}, ParameterError, "n_repeats must be a whole number of at least 1"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(settings, error, message):
    X, y = NUMBERS
    model = HistGradientBoostingRegressor(max_iter=3).fit(X, y)
    with pytest.raises(error, match=message) as caught:
        PermutationImportance(model, X, **{"y": y, **settings}).explain()
    assert "\n" not in str(caught.value)


def test_a_scorer_that_fails_once_rows_are_shuffled_is_named():
    X, y = NUMBERS
    asked = []

    def fails_at_third(estimator, rows, y):
        asked.append(rows)
        if len(asked) == 3:
            raise RuntimeError("no\nmore")
        return 1.0

    model = HistGradientBoostingRegressor(max_iter=3).fit(X, y)
    with pytest.raises(ModelFailedError, match="'fails_at_third' raised RuntimeError: no more; check that it"):
        PermutationImportance(model, X, y, scoring=fails_at_third).explain()


def test_a_scorer_that_fails_or_answers_no_number_is_named():
    X, y = NUMBERS
    model = HistGradientBoostingRegressor(max_iter=3).fit(X, y)
    with pytest.raises(ModelFailedError, match="'roc_auc' raised"):
        PermutationImportance(model, X, y, scoring="roc_auc").explain()
    with pytest.raises(ModelFailedError, match="answered nan"):
        PermutationImportance(model, X, y, scoring=lambda *_: float("nan")).explain()
    with pytest.raises(ParameterError, match="choose with scoring="):
        PermutationImportance(model, X, y).explain(target=0)
    with pytest.raises(ColumnsError, match="no column 'size'"):
        PermutationImportance(model, X, y).explain("size")


def squared(estimator, rows, y, sample_weight=None):
    return -float(np.average((np.ravel(estimator.predict(rows)) - y) ** 2, weights=sample_weight))


@pytest.mark.parametrize("weighted", [True, False])
def test_the_error_over_rows_leaves_each_row_out_wherever_its_values_are(rng, weighted):
    X = rng.normal(size=(40, 3))
    y = X[:, 0] * 2 + X[:, 1] + 0.1 * rng.normal(size=40)
    weights = rng.integers(1, 3, 40).astype(float) if weighted else np.ones(40)
    order = np.random.RandomState(np.random.RandomState(0).randint(np.iinfo(np.int32).max + 1)).permutation(40)
    boosted = HistGradientBoostingRegressor(max_iter=20, min_samples_leaf=3).fit(X, y)
    for model, scoring in ((LinearRegression().fit(X, y), squared), (boosted, "neg_mean_squared_error")):
        how = {"groups": 40, "n_repeats": 1, "sample_weight": weights if weighted else None}
        found = PermutationImportance(model, X, y, scoring=scoring, **how).explain()
        for j in range(3):
            moved = X.copy()
            moved[:, j] = X[order, j]
            each = (y - model.predict(moved)) ** 2 - (y - model.predict(X)) ** 2
            kept = [(np.arange(40) != i) & (order != i) for i in range(40)]
            left = np.array([np.average(each[rows], weights=weights[rows]) for rows in kept])
            expected = np.sqrt(39 / 40 * np.sum((left - left.mean()) ** 2))
            assert found.values[j, 0] == pytest.approx(np.average(each, weights=weights), rel=1e-6)
            assert found.row_stderr[j, 0] == pytest.approx(expected, rel=1e-6)


def test_the_interval_over_rows_covers_the_importance_among_very_many_rows():
    rng, hits = np.random.default_rng(4), 0
    for seed in range(200):
        X = rng.normal(size=(150, 2))
        # 2w² Var of a linear model
        how = {"scoring": squared, "groups": 15, "seed": seed}
        found = PermutationImportance(lambda rows: rows[:, 0] * 2, X, X[:, 0] * 2, **how).explain(0)
        hits += abs(found.values[0, 0] - 8.0) < 1.96 * found.row_stderr[0, 0]
    assert 0.89 <= hits / 200 <= 0.99


def test_errors_over_rows_are_kept_drawn_and_refused_where_rows_are_too_few(tmp_path):
    X, y = NUMBERS
    model = HistGradientBoostingRegressor(max_iter=3).fit(X, y)
    found = PermutationImportance(model, X, y, groups=5, scoring=["r2", "neg_mean_absolute_error"]).explain()
    plain = PermutationImportance(model, X, y, scoring=["r2", "neg_mean_absolute_error"]).explain()
    np.testing.assert_array_equal(found.values, plain.values)
    np.testing.assert_array_equal(found.stderr, plain.stderr)
    assert plain.row_stderr is None
    assert (found.error >= found.stderr).all()
    assert "row stderr" in found.to_frame()
    found.save(tmp_path / "found.npz")
    np.testing.assert_array_equal(pellucid.load(tmp_path / "found.npz").row_stderr, found.row_stderr)
    assert found.plot() is not None
    with pytest.raises(ParameterError, match="groups must be at most one a row, got 500 for 200 rows"):
        PermutationImportance(model, X, y, groups=500).explain()
    with pytest.raises(ParameterError, match="groups must be None or a whole number of at least 2"):
        PermutationImportance(model, X, y, groups=1)
