"""Native importances against the libraries' own attributes, statsmodels, trees walked by hand, and hand formulas."""

from __future__ import annotations

import warnings

import catboost
import lightgbm
import numpy as np
import pandas as pd
import polars as pl
import pytest
import shap
import statsmodels.api as sm
import xgboost
from scipy.stats import kendalltau, spearmanr
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from pellucid.core.errors import (
    ArgumentTypeError,
    ColumnsError,
    InputError,
    ParameterError,
    UnsupportedModelError,
)
from pellucid.effects import NativeImportances


@pytest.fixture
def data(rng):
    X = pd.DataFrame(rng.normal(size=(300, 4)), columns=list("abcd"))
    return X, X["a"] * 2 + X["b"] * X["c"] + 0.3 * rng.normal(size=300)


def measure(found, name):
    return found.values[:, found.target_names.index(name)]


def error(found, name):
    return found.stderr[:, found.target_names.index(name)]


def raw(model, X=None, y=None, **settings):
    return NativeImportances(model, X, y, shares=False, **settings).explain()


def test_xgboost_says_what_its_get_score_says_and_its_written_trees(data):
    X, y = data
    model = xgboost.XGBRegressor(n_estimators=20, max_depth=3).fit(X, y)
    found = raw(model, X)
    booster = model.get_booster()
    called = {"gain": "gain", "cover": "cover", "total gain": "total_gain", "total cover": "total_cover"}
    for ours, theirs in {**called, "splits": "weight"}.items():
        scores = booster.get_score(importance_type=theirs)
        np.testing.assert_allclose(measure(found, ours), [scores.get(name, 0) for name in X], rtol=1e-6)
    nodes = booster.trees_to_dataframe().query("Feature != 'Leaf'").groupby("Feature")[["Gain", "Cover"]]
    np.testing.assert_allclose(measure(found, "total gain"), nodes.sum()["Gain"].reindex(list(X)), rtol=1e-4)
    np.testing.assert_allclose(measure(found, "cover"), nodes.mean()["Cover"].reindex(list(X)), rtol=1e-4)
    values = shap.TreeExplainer(model).shap_values(X)
    np.testing.assert_allclose(measure(found, "mean |Shapley|"), abs(values).mean(axis=0), rtol=1e-4)


def test_xgboost_counts_only_the_trees_that_predict(data):
    X, y = data
    early = xgboost.XGBRegressor(n_estimators=200, early_stopping_rounds=3, learning_rate=0.5)
    early.fit(X[:200], y[:200], eval_set=[(X[200:], y[200:])], verbose=False)
    kept = early.get_booster()[: early.best_iteration + 1].get_score(importance_type="weight")
    assert early.get_booster().num_boosted_rounds() > early.best_iteration + 1
    np.testing.assert_array_equal(measure(raw(early), "splits"), [kept.get(name, 0) for name in X])
    booster = raw(early.get_booster())
    assert measure(booster, "splits").sum() > measure(raw(early), "splits").sum()


def test_lightgbm_and_catboost_say_what_they_say(data):
    X, y = data
    light = lightgbm.LGBMRegressor(n_estimators=15, verbose=-1).fit(X, y)
    found = raw(light, X)
    np.testing.assert_allclose(measure(found, "gain"), light.booster_.feature_importance("gain"))
    np.testing.assert_allclose(measure(found, "splits"), light.booster_.feature_importance("split"))
    cat = catboost.CatBoostRegressor(iterations=15, depth=3, verbose=0, allow_writing_files=False).fit(X, y)
    found = raw(cat, X)
    np.testing.assert_allclose(measure(found, "prediction values change"), cat.get_feature_importance(), rtol=1e-9)
    assert measure(found, "prediction values change").sum() == pytest.approx(100)


def fall_of_impurity(tree, n_features):
    """Walked by hand from the nodes' weights and class shares (entropy in bits)."""
    t, total = tree.tree_, np.zeros(n_features)

    def entropy(node):
        p = t.value[node, 0] / t.value[node, 0].sum()
        p = p[p > 0]
        return -(p * np.log2(p)).sum() * t.weighted_n_node_samples[node]

    for node in range(t.node_count):
        left, right = t.children_left[node], t.children_right[node]
        if left >= 0:
            total[t.feature[node]] += entropy(node) - entropy(left) - entropy(right)
    return total / total.sum()


def test_information_gain_is_the_fall_of_entropy_in_the_nodes(data):
    X, y = data
    tree = DecisionTreeClassifier(criterion="entropy", max_depth=5, random_state=0).fit(X, y > 0)
    found = raw(tree)
    np.testing.assert_allclose(measure(found, "information gain"), fall_of_impurity(tree, 4), atol=1e-12)
    forest = RandomForestClassifier(12, criterion="entropy", max_depth=4, random_state=0).fit(X, y > 0)
    each = np.array([fall_of_impurity(one, 4) for one in forest.estimators_])
    found = raw(forest)
    np.testing.assert_allclose(measure(found, "information gain"), each.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(error(found, "information gain"), each.std(axis=0, ddof=1) / np.sqrt(12), atol=1e-12)


def test_splits_and_cover_are_counted_in_the_trees(data):
    X, y = data
    forest = RandomForestRegressor(6, max_depth=4, random_state=0).fit(X, y)
    found = raw(forest)
    splits, cover = np.zeros(4), np.zeros(4)
    for tree in (one.tree_ for one in forest.estimators_):
        inner = tree.children_left >= 0
        np.add.at(splits, tree.feature[inner], 1)
        np.add.at(cover, tree.feature[inner], tree.weighted_n_node_samples[inner])
    np.testing.assert_array_equal(measure(found, "splits"), splits)
    np.testing.assert_allclose(measure(found, "total cover"), cover)
    boosted = GradientBoostingRegressor(n_estimators=8, random_state=0).fit(X, y)
    np.testing.assert_allclose(measure(raw(boosted), "impurity decrease"), boosted.feature_importances_)
    assert np.isnan(error(raw(boosted), "impurity decrease")).all()


def test_histogram_boosting_keeps_its_gain_in_its_nodes_also_with_categories_in_front(data, rng):
    X, y = data
    X = X.assign(kind=pd.Categorical(rng.choice(["u", "v", "w"], 300)))
    model = HistGradientBoostingRegressor(max_iter=8, categorical_features="from_dtype").fit(X, y)
    found = raw(model, X)
    expected = dict.fromkeys(X, 0.0)
    order = ["kind", *"abcd"]
    for (predictor,) in model._predictors:
        for node in predictor.nodes:
            if not node["is_leaf"]:
                expected[order[node["feature_idx"]]] += node["gain"]
    np.testing.assert_allclose(measure(found, "gain"), list(expected.values()))
    assert found.ranking(found.target_names.index("gain"))[0] == "a"


def test_standard_errors_are_those_of_statsmodels(data):
    X, y = data
    found = raw(LinearRegression().fit(X, y), X, y)
    fit = sm.OLS(y, sm.add_constant(X)).fit()
    np.testing.assert_allclose(measure(found, "|weight|"), abs(fit.params[1:]), rtol=1e-9)
    np.testing.assert_allclose(error(found, "|weight|"), fit.bse[1:], rtol=1e-9)
    np.testing.assert_allclose(measure(found, "|weight| · sd"), abs(fit.params[1:]) * X.std(ddof=0), rtol=1e-9)
    np.testing.assert_allclose(error(found, "|weight| · sd"), fit.bse[1:] * X.std(ddof=0), rtol=1e-9)
    labels = np.where(y > 0, "yes", "no")
    logistic = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(X, labels)
    found = raw(logistic, X, labels)
    fit = sm.GLM(y > 0, sm.add_constant(X), family=sm.families.Binomial()).fit()
    np.testing.assert_allclose(measure(found, "|weight|"), abs(fit.params[1:]), rtol=1e-4)
    np.testing.assert_allclose(error(found, "|weight|"), fit.bse[1:], rtol=1e-4)
    assert any("Fisher information" in note for note in found.receipt.notes)


def test_penalised_weights_and_other_rows_have_no_standard_errors(data):
    X, y = data
    for model, rows, truth in (
        (Ridge(alpha=100).fit(X, y), X, y),
        (LinearRegression().fit(X, y), X[:150], y[:150]),
        (LinearRegression().fit(X.assign(e=X["a"]), y), X.assign(e=X["a"]), y),
        (LogisticRegression(C=0.1).fit(X, y > 0), X, y > 0),
    ):
        found = raw(model, rows, truth)
        assert np.isnan(error(found, "|weight|")).all()
        assert any("no standard errors of the weights: these rows" in note for note in found.receipt.notes)


def test_linear_shapley_is_the_mean_size_of_weight_times_distance(data):
    X, y = data
    model = LinearRegression().fit(X, y)
    expected = np.abs((X - X.mean()).to_numpy() * model.coef_).mean(axis=0)
    np.testing.assert_allclose(measure(raw(model, X), "mean |Shapley|"), expected, rtol=1e-9)


def test_permutation_is_scikit_learns(data):
    X, y = data
    model = RandomForestRegressor(8, max_depth=4, random_state=0).fit(X, y)
    found = raw(model, X, y, seed=3, n_repeats=4, scoring="neg_mean_squared_error")
    theirs = permutation_importance(model, X, y, n_repeats=4, random_state=3, scoring="neg_mean_squared_error")
    np.testing.assert_allclose(measure(found, "permutation"), theirs.importances_mean, atol=1e-9)
    assert "permutation: fall of the score (neg_mean_squared_error)" in " ".join(found.receipt.notes)


def test_shares_sum_to_one_and_fall_below_zero_for_none(data):
    X, y = data
    model = KNeighborsRegressor().fit(X, y)
    plain, shares = raw(model, X, y), NativeImportances(model, X, y).explain()
    sizes = np.maximum(plain.values, 0)
    np.testing.assert_allclose(shares.values, sizes / sizes.sum(axis=0))
    np.testing.assert_allclose(shares.stderr, plain.stderr / sizes.sum(axis=0))
    assert shares.target_names == ("permutation",)
    assert (shares.receipt.unit, plain.receipt.unit) == ("share", "its own unit")


def test_a_model_of_nothing_has_shares_of_zero(data):
    X, _ = data
    found = NativeImportances(DecisionTreeClassifier().fit(X, np.arange(300) < 0), X).explain()
    assert not found.values.any()
    assert "no input matters" in found.describe().lower()


def test_measures_that_disagree_are_named(rng):
    X = pd.DataFrame({"noise": rng.normal(size=400), "flag": rng.integers(0, 2, 400), "third": rng.normal(size=400)})
    y = X["flag"] * 4 + rng.normal(size=400)
    found = NativeImportances(RandomForestRegressor(20, random_state=0).fit(X, y), X, y).explain()
    assert found.ranking(found.target_names.index("permutation"))[0] == "flag"
    assert found.ranking(found.target_names.index("splits"))[-1] == "flag"
    assert "flag moves most: place 1 of 3 by impurity decrease, 3 by splits." in found.describe()
    assert "名次变动最大的是 flag" in found.describe(language="zh")
    said = "\n".join(found.receipt.notes)
    assert "flag has place 1 of 3 by impurity decrease and 3 by splits" in said
    assert "agree least between" in said


def test_agreement_is_scipys(data):
    X, y = data
    found = NativeImportances(RandomForestRegressor(5, random_state=0).fit(X.round(), y), X, y).explain()
    for a in range(len(found.target_names)):
        for b in range(len(found.target_names)):
            pair = found.values[:, a], found.values[:, b]
            assert found.agreement()[a, b] == pytest.approx(kendalltau(*pair).statistic)
            assert found.agreement("spearman")[a, b] == pytest.approx(spearmanr(*pair).statistic)
    with pytest.raises(ParameterError, match="kind must be"):
        found.agreement("pearson")


def test_a_pipeline_is_told_of_the_callers_columns(data, rng):
    X, y = data
    X = X.assign(kind=rng.choice(["u", "v", "w"], 300))
    y = y + (X["kind"] == "u") * 3
    scaled = make_column_transformer((StandardScaler(), list("abcd")), (OneHotEncoder(), ["kind"]))
    model = make_pipeline(scaled, xgboost.XGBRegressor(n_estimators=10, max_depth=3)).fit(X, y)
    found = raw(model, X, y)
    assert found.feature_names == (*"abcd", "kind")
    scores = model[-1].get_booster().get_score(importance_type="total_gain")
    splits = model[-1].get_booster().get_score(importance_type="weight")
    kind = [f"f{j}" for j in (4, 5, 6)]
    total, times = (sum(one.get(name, 0) for name in kind) for one in (scores, splits))
    assert measure(found, "gain")[4] == pytest.approx(total / times)
    linear = make_pipeline(scaled, LinearRegression()).fit(X, y)
    part = scaled.transform(X)[:, 4:] @ linear[-1].coef_[4:]
    assert measure(raw(linear, X), "|weight| · sd")[4] == pytest.approx(part.std())


def test_a_pipeline_that_mixes_columns_has_permutation_alone(data):
    X, y = data
    model = make_pipeline(PCA(2), RandomForestRegressor(4, random_state=0)).fit(X, y)
    assert NativeImportances(model, X, y).explain().target_names == ("permutation",)
    with pytest.raises(UnsupportedModelError, match="pass X and y"):
        NativeImportances(model, X).explain()
    search = GridSearchCV(model, {"pca__n_components": [2]}, cv=2).fit(X, y)
    assert NativeImportances(search, X, y).explain().target_names == ("permutation",)


def test_a_line_boosted_by_xgboost_has_weights_and_no_gain(data):
    X, y = data
    model = xgboost.XGBRegressor(booster="gblinear", n_estimators=30).fit(X, y)
    found = raw(model, X)
    assert found.target_names == ("|weight|", "|weight| · sd", "mean |Shapley|")
    np.testing.assert_allclose(measure(found, "|weight|"), np.abs(model.coef_), rtol=1e-5)


def test_polars_arrays_and_chosen_features_agree(data):
    X, y = data
    frame = NativeImportances(LinearRegression().fit(X, y), pl.from_pandas(X), y).explain()
    array = NativeImportances(LinearRegression().fit(X.to_numpy(), y), X.to_numpy(), y).explain(["x2", 0])
    assert array.feature_names == ("x2", "x0")
    np.testing.assert_allclose(array.values, frame.values[[2, 0]], atol=1e-12)


def test_no_rows_are_needed_and_one_feature_is_enough(data):
    X, y = data
    found = NativeImportances(RandomForestRegressor(3, random_state=0).fit(X[["a"]], y)).explain()
    assert (found.values == 1).all()
    assert found.receipt.rows == 0
    assert str(found.receipt)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert found.describe()


def test_bad_input_is_one_sentence(data):
    X, y = data
    model = RandomForestRegressor(3, random_state=0).fit(X, y)
    with pytest.raises(InputError, match="y was given without X"):
        NativeImportances(model, y=y)
    with pytest.raises(InputError, match="y must hold one value"):
        NativeImportances(model, X, y[:4])
    with pytest.raises(ParameterError, match="one scorer, got 2"):
        NativeImportances(model, X, y, scoring=["r2", "neg_mean_squared_error"])
    with pytest.raises(ParameterError, match="the measures are the targets"):
        NativeImportances(model).explain(target=0)
    with pytest.raises(ColumnsError, match="no column 'horse'"):
        NativeImportances(model).explain("horse")
    with pytest.raises(ArgumentTypeError):
        NativeImportances(lambda rows: rows[:, 0])
