"""Model weights against the estimators' own attributes and statsmodels."""

from __future__ import annotations

import catboost
import lightgbm
import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm
import xgboost
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from pellucid.core.errors import ColumnsError, InputError, ParameterError, UnsupportedModelError
from pellucid.effects import ModelWeights

PRAISE = ["a good film", "great acting and a good story", "good pictures, great fun"]
BLAME = ["a bad film", "awful story and bad acting", "dull, bad and far too long"]


@pytest.fixture
def data(rng):
    X = pd.DataFrame(rng.normal(size=(200, 3)), columns=list("abc"))
    return X, 2 * X["a"] - X["b"] + 0.2 * rng.normal(size=200)


def test_weights_keep_their_signs_and_have_the_errors_of_least_squares(data):
    X, y = data
    model = LinearRegression().fit(X, y)
    found = ModelWeights(model, X, y).explain()
    fit = sm.OLS(y, sm.add_constant(X)).fit()
    np.testing.assert_array_equal(found.values[:, 0], model.coef_)
    np.testing.assert_allclose(found.stderr[:, 0], fit.bse[1:], rtol=1e-9)
    assert found.receipt.notes[0] == f"intercept: {model.intercept_:.6g} (target)"
    assert found.receipt.unit == "target per unit"
    assert np.isnan(ModelWeights(model).explain().stderr).all()


def test_each_class_has_weights_and_two_can_be_set_against_each_other(data):
    X, y = data
    labels = np.digitize(y, [-1, 1])
    model = LogisticRegression().fit(X, labels)
    found = ModelWeights(model, X, labels).explain()
    np.testing.assert_array_equal(found.values, model.coef_.T)
    assert found.target_names == ("0", "1", "2")
    assert "several outputs" in found.receipt.notes[-1]
    contrast = ModelWeights(model).explain("a", target=("2", "0"))
    assert contrast.values[0, 0] == model.coef_[2, 0] - model.coef_[0, 0]
    two = ModelWeights(LogisticRegression().fit(X, y > 0)).explain()
    assert two.values.shape == (3, 1)
    assert two.receipt.unit == "log-odds per unit"


def test_the_words_of_a_text_pipeline_have_weights(data):
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=20))
    model.fit(PRAISE + BLAME, ["yes"] * 3 + ["no"] * 3)
    found = ModelWeights(model).explain()
    assert found.feature_names == tuple(model[0].get_feature_names_out())
    np.testing.assert_array_equal(found.values[:, 0], model[-1].coef_[0])
    assert found.target_names == ("yes",)
    assert ModelWeights(model).explain(["good", "bad film"]).values[0, 0] > 0
    hashed = make_pipeline(HashingVectorizer(n_features=16), SGDClassifier(random_state=0))
    found = ModelWeights(hashed.fit(PRAISE + BLAME, [1, 1, 1, 0, 0, 0])).explain()
    assert found.feature_names[0] == "x0"


def test_a_pipeline_shows_what_its_last_step_is_given(data, rng):
    X, y = data
    X = X.assign(kind=rng.choice(["u", "v"], 200))
    scaled = make_column_transformer((StandardScaler(), list("abc")), (OneHotEncoder(drop="first"), ["kind"]))
    model = make_pipeline(scaled, LinearRegression()).fit(X, y)
    found = ModelWeights(model, X, y).explain()
    assert found.feature_names[-1] == "onehotencoder__kind_v"
    fit = sm.OLS(y.to_numpy(), sm.add_constant(scaled.transform(X))).fit()
    np.testing.assert_allclose(found.stderr[:, 0], fit.bse[1:], rtol=1e-9)
    search = GridSearchCV(model, {"linearregression__fit_intercept": [True]}, cv=2).fit(X, y)
    np.testing.assert_allclose(ModelWeights(search).explain().values, found.values, rtol=1e-9)
    assert ModelWeights(search).explain().feature_names == found.feature_names


def test_trees_show_what_their_library_calls_importance(data):
    X, y = data
    forest = RandomForestClassifier(9, max_depth=4, random_state=0).fit(X, y > 0)
    found = ModelWeights(forest).explain()
    np.testing.assert_array_equal(found.values[:, 0], forest.feature_importances_)
    each = np.array([tree.feature_importances_ for tree in forest.estimators_])
    np.testing.assert_allclose(found.stderr[:, 0], each.std(axis=0, ddof=1) / 3)
    assert found.target_names == ("Gini decrease",)
    boosted = xgboost.XGBRegressor(n_estimators=9, max_depth=2).fit(X, y)
    gain = ModelWeights(boosted).explain().values[:, 0]
    np.testing.assert_allclose(gain / gain.sum(), boosted.feature_importances_, rtol=1e-5)
    light = lightgbm.LGBMRegressor(n_estimators=9, verbose=-1).fit(X, y)
    gain = ModelWeights(light).explain().values[:, 0]
    np.testing.assert_allclose(gain, light.booster_.feature_importance("gain"))
    cat = catboost.CatBoostRegressor(iterations=9, verbose=0, allow_writing_files=False).fit(X, y)
    np.testing.assert_allclose(ModelWeights(cat).explain().values[:, 0], cat.feature_importances_)


def test_polars_arrays_and_names_of_ones_own(data):
    X, y = data
    frame = ModelWeights(LinearRegression().fit(X, y), pl.from_pandas(X), y).explain()
    array = ModelWeights(LinearRegression().fit(X.to_numpy(), y), X.to_numpy(), y, feature_names=["p", "q", "r"])
    np.testing.assert_allclose(frame.stderr, array.explain().stderr, rtol=1e-9)
    assert array.explain().feature_names == ("p", "q", "r")
    assert ModelWeights(LinearRegression().fit(X.to_numpy(), y)).explain().feature_names == ("x0", "x1", "x2")


def test_bad_input_is_one_sentence(data):
    X, y = data
    model = LinearRegression().fit(X, y)
    with pytest.raises(UnsupportedModelError, match="has no weights that can be read"):
        ModelWeights(KNeighborsRegressor().fit(X, y), X, y).explain()
    with pytest.raises(InputError, match="pass both or neither"):
        ModelWeights(model, X)
    with pytest.raises(InputError, match="takes 3 features, got 1 names"):
        ModelWeights(model, feature_names=["a"]).explain()
    with pytest.raises(ColumnsError, match="no column 'horse'"):
        ModelWeights(model).explain("horse")
    with pytest.raises(ParameterError, match="importances of trees are of all outputs"):
        ModelWeights(RandomForestClassifier(3).fit(X, y > 0)).explain(target=1)
    with pytest.raises(ParameterError, match="there is no"):
        ModelWeights(model).explain(target="horse")
