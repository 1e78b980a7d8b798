"""LinearSHAP against enumeration over the models' own predictions."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pandas as pd
import polars as pl
import pytest
import xgboost
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import (
    BayesianRidge,
    ElasticNet,
    HuberRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC, LinearSVR

import pellucid
from pellucid.attribution import ExactSHAP, LinearSHAP
from pellucid.core.errors import CompletenessError, InputError, ParameterError, UnsupportedModelError
from pellucid.models import as_model

RNG = np.random.default_rng(5)
X = pd.DataFrame(RNG.normal(size=(200, 4)) * [1, 10, 0.1, 1], columns=["age", "income", "rate", "debt"])
Y = (X["age"] * 2 - X["income"] + X["debt"]).to_numpy() + 1
LABELS = np.array(["low", "mid", "top"])[np.digitize(Y, [-5, 6])]
ROWS, BACKGROUND, WEIGHTS = X[:6], X[100:109], np.arange(9.0)

REGRESSIONS = [
    LinearRegression(),
    LinearRegression(fit_intercept=False),
    Ridge(),
    Lasso(0.1),
    ElasticNet(0.1),
    BayesianRidge(),
    HuberRegressor(max_iter=1000),
    SGDRegressor(eta0=1e-4, random_state=0),
    LinearSVR(max_iter=100_000, random_state=0, dual=True),
]
CLASSIFIERS = [
    LogisticRegression(max_iter=2000),
    LinearDiscriminantAnalysis(),
    RidgeClassifier(),
    SGDClassifier(random_state=0),
    LinearSVC(max_iter=100_000, random_state=0),
]


def asked(predict, weights=WEIGHTS):
    """Exact values by enumeration of the model as a function."""
    return ExactSHAP(predict, (BACKGROUND, weights)).explain(ROWS).values


@pytest.mark.parametrize("model", REGRESSIONS, ids=lambda model: type(model).__name__)
def test_regressions_have_the_values_of_enumeration(model):
    model.fit(X, Y)
    ex = LinearSHAP(model, (BACKGROUND, WEIGHTS)).explain(ROWS, check="all")
    np.testing.assert_allclose(ex.values, asked(model.predict), atol=1e-9)
    np.testing.assert_allclose(ex.predictions[:, 0], model.predict(ROWS))
    np.testing.assert_allclose(ex.base[0], np.average(model.predict(BACKGROUND), weights=WEIGHTS))
    assert (ex.unit, ex.receipt.completeness.kind, ex.receipt.completeness.rows) == ("target", "checked", 6)


@pytest.mark.parametrize("labels", [LABELS, LABELS == "top"], ids=["several", "two"])
@pytest.mark.parametrize("model", CLASSIFIERS, ids=lambda model: type(model).__name__)
def test_classifiers_have_the_values_of_their_decision_function(model, labels):
    model.fit(X, labels)
    ex = LinearSHAP(model, (BACKGROUND, WEIGHTS)).explain(ROWS, check="all")
    np.testing.assert_allclose(ex.values, asked(model.decision_function), atol=1e-8)
    names = ("low", "mid", "top") if ex.values.shape[2] == 3 else ("True",)
    assert ex.target_names == names


def test_the_sum_of_a_logistic_regression_is_log_odds():
    assert LinearSHAP(LogisticRegression().fit(X, LABELS == "top"), X).explain(ROWS).unit == "log-odds"
    assert LinearSHAP(LogisticRegression().fit(X, LABELS), X).explain(ROWS).unit == "logit"
    assert LinearSHAP(RidgeClassifier().fit(X, LABELS), X).explain(ROWS).unit == "score"


def test_several_targets_are_explained_together():
    model = Ridge().fit(X, np.stack([Y, -2 * Y], axis=1))
    ex = LinearSHAP(model, (BACKGROUND, WEIGHTS)).explain(ROWS)
    np.testing.assert_allclose(ex.values, asked(model.predict), atol=1e-9)
    np.testing.assert_allclose(ex.values[..., 1], -2 * ex.values[..., 0], rtol=1e-3, atol=1e-3)


HOLES = X.mask(RNG.random(X.shape) < 0.2)
GBLINEAR = {"booster": "gblinear", "n_estimators": 30, "n_jobs": 1}


def gblinear(kind):
    if kind == "regression":
        return xgboost.XGBRegressor(**GBLINEAR, base_score=7.5).fit(HOLES, Y)
    if kind == "binary":
        return xgboost.XGBClassifier(**GBLINEAR).fit(HOLES, Y > 0)
    if kind == "multiclass":
        return xgboost.XGBClassifier(**GBLINEAR).fit(HOLES, np.unique(LABELS, return_inverse=True)[1])
    if kind == "poisson":
        return xgboost.XGBRegressor(**GBLINEAR, objective="count:poisson").fit(HOLES, np.exp(Y / 10).astype(int))
    return xgboost.XGBRegressor(**GBLINEAR).fit(HOLES, np.stack([Y, 3 - Y], axis=1))


@pytest.mark.parametrize("kind", ["regression", "binary", "multiclass", "poisson", "two targets"])
def test_gblinear_has_the_values_of_its_own_margin_missing_values_included(kind):
    model = gblinear(kind)
    rows, background = HOLES[:6], HOLES[100:109]
    ex = LinearSHAP(model, (background, WEIGHTS)).explain(rows, check="all")

    def margin(given):
        return model.get_booster().predict(xgboost.DMatrix(given), output_margin=True).astype(np.float64)

    slow = ExactSHAP(margin, (background, WEIGHTS)).explain(rows)
    scale = np.abs(margin(rows)).max()
    np.testing.assert_allclose(ex.values, slow.values, atol=1e-6 * scale)
    np.testing.assert_allclose(ex.predictions, margin(rows).reshape(6, -1), atol=1e-6 * scale)
    assert ex.unit == as_model(model).unit


def test_gblinear_is_explained_by_its_weights_and_has_no_trees():
    model = gblinear("regression")
    ex = pellucid.explain(model, HOLES[:6], background=HOLES[100:])
    assert ex.receipt.method == "LinearSHAP"
    assert ex.receipt.reason == "xgboost.XGBRegressor is linear in its columns, so its weights give exact values"
    with pytest.raises(ParameterError, match="pass background="):
        pellucid.explain(model, HOLES[:6])
    with pytest.raises(UnsupportedModelError, match=r"its booster is gblinear.*use LinearSHAP"):
        pellucid.attribution.TreeSHAP(model)


def test_a_booster_from_a_file_is_read_like_the_model_it_came_from(tmp_path):
    model = gblinear("binary")
    model.save_model(tmp_path / "m.json")
    booster = xgboost.Booster(model_file=str(tmp_path / "m.json"))
    one, other = (LinearSHAP(m, HOLES[50:]).explain(HOLES[:5]) for m in (model, booster))
    np.testing.assert_array_equal(one.values, other.values)


def test_pipelines_map_back_to_the_callers_columns():
    frame = X.assign(fuel=np.where(Y > 3, "gas", np.where(Y < -3, "oil", "none")))
    scaled = make_column_transformer((OneHotEncoder(), ["fuel"]), (StandardScaler(), list(X)))
    model = make_pipeline(scaled, Ridge()).fit(frame, Y)
    ex = LinearSHAP(model, frame[100:109]).explain(frame[:6], check="all")
    assert ex.feature_names == ("age", "income", "rate", "debt", "fuel")
    slow = ExactSHAP(model.predict, frame[100:109]).explain(frame[:6])
    np.testing.assert_allclose(ex.values, slow.values, atol=1e-9)
    assert pellucid.explain(model, frame[:6], background=frame[100:109]).receipt.method == "LinearSHAP"


def test_a_pipeline_of_a_logistic_regression_is_explained_in_log_odds():
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, LABELS == "top")
    ex = LinearSHAP(model, (BACKGROUND, WEIGHTS)).explain(ROWS)
    np.testing.assert_allclose(ex.values, asked(model.decision_function), atol=1e-9)
    assert pellucid.explain(model, ROWS, background=BACKGROUND).receipt.method == "ExactSHAP"


def test_groups_have_the_sum_of_their_columns():
    model = Ridge().fit(X, Y)
    single = LinearSHAP(model, BACKGROUND).explain(ROWS)
    ex = LinearSHAP(model, BACKGROUND, groups={"money": ["income", "debt"]}).explain(ROWS)
    assert ex.feature_names == ("age", "money", "rate")
    np.testing.assert_allclose(ex.values[:, 1], single.values[:, 1] + single.values[:, 3], atol=1e-12)


@pytest.mark.parametrize("turn", [pl.from_pandas, pd.DataFrame.to_numpy], ids=["polars", "numpy"])
def test_any_kind_of_table_has_the_same_values(turn):
    named = LinearSHAP(Ridge().fit(X, Y), BACKGROUND).explain(ROWS)
    model = Ridge().fit(X.to_numpy(), Y)
    np.testing.assert_allclose(LinearSHAP(model, turn(BACKGROUND)).explain(turn(ROWS)).values, named.values, atol=1e-12)


def test_large_terms_that_cancel_are_left_their_rounding():
    wide = pd.DataFrame({"a": RNG.normal(size=200) * 1e6})
    wide["b"] = -wide["a"] + RNG.normal(size=200)
    model = LinearRegression().fit(wide, wide["a"] + wide["b"])
    assert LinearSHAP(model, wide).explain(wide, check="all").receipt.completeness.kind == "checked"


def test_a_constant_model_has_values_of_zero():
    ex = LinearSHAP(Ridge().fit(X, np.zeros(200)), BACKGROUND).explain(ROWS)
    assert (ex.values == 0).all()


@pytest.mark.parametrize(
    ("model", "remedy"),
    [
        (KNeighborsRegressor(), "use ExactSHAP or PermutationSHAP"),
        (PoissonRegressor(max_iter=1000), "use ExactSHAP or PermutationSHAP"),
        (make_pipeline(PCA(2), Ridge()), "use ExactSHAP or PermutationSHAP"),
        (RandomForestRegressor(3), "use TreeSHAP"),
    ],
    ids=["neighbours", "poisson", "pca", "forest"],
)
def test_what_is_not_linear_in_its_columns_is_refused(model, remedy):
    with pytest.raises(UnsupportedModelError, match=f"is not known to be linear in its columns; {remedy}"):
        LinearSHAP(model.fit(X, np.abs(Y).round()), BACKGROUND)


def test_bad_input_is_refused():
    model = Ridge().fit(X, Y)
    with pytest.raises(ParameterError, match="background: None was passed"):
        LinearSHAP(model)
    with pytest.raises(ParameterError, match="LinearSHAP explains outputs and their differences"):
        LinearSHAP(model, X).explain(ROWS, lambda outputs: outputs[..., 0] ** 2)
    with pytest.raises(InputError, match="holds a missing value"):
        LinearSHAP(model, X).explain(HOLES)


def test_a_model_whose_predictions_are_not_its_sum_is_withheld():
    model = Ridge().fit(X, Y)
    method = LinearSHAP(model, X)
    model.intercept_ += 1
    with pytest.raises(CompletenessError, match="this explanation is withheld"):
        method.explain(ROWS)


def test_correlated_values_are_those_of_the_conditional_game():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 4)) @ rng.normal(size=(4, 4))
    model = LinearRegression().fit(x, x @ [1.0, 2.0, 0.0, -1.0])
    mean, covariance, row = x.mean(axis=0), np.cov(x.T, bias=True), x[0] + 1

    def worth(present):
        here, gone = sorted(present), [j for j in range(4) if j not in present]
        expected = np.where(np.isin(np.arange(4), here), row, mean)
        if here and gone:
            expected[gone] += covariance[np.ix_(gone, here)] @ np.linalg.solve(
                covariance[np.ix_(here, here)], row[here] - mean[here]
            )
        return model.predict(expected[np.newaxis])[0]

    expected = np.zeros(4)
    for order in permutations(range(4)):
        for place, player in enumerate(order):
            expected[player] += (worth(order[: place + 1]) - worth(order[:place])) / 24
    ex = LinearSHAP(model, x, correlated=True).explain(row[np.newaxis])
    np.testing.assert_allclose(ex.values[0, :, 0], expected, atol=1e-9)
    assert ex.receipt.completeness.kind == "checked"
    assert abs(ex.values[0, 2, 0]) > 0.01


def test_correlated_values_of_columns_that_are_not_are_the_plain_ones():
    x = np.array(list(product([0.0, 1.0], repeat=3)))
    model = LinearRegression().fit(x, x @ [1.0, 2.0, 3.0])
    plain, conditional = (LinearSHAP(model, x, correlated=c).explain(x).values for c in (False, True))
    np.testing.assert_allclose(conditional, plain, atol=1e-9)


def test_too_many_correlated_columns_are_refused():
    x = np.random.default_rng(0).normal(size=(40, 20))
    model = LinearRegression().fit(x, x.sum(axis=1))
    with pytest.raises(ParameterError, match="20 are too many"):
        LinearSHAP(model, x, correlated=True).explain(x)
