"""TreeSHAP against the libraries' own predictions and brute force, on every library, task and kind of table."""

from __future__ import annotations

import lightgbm
import numpy as np
import pandas as pd
import polars as pl
import pytest
import xgboost
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor
from tests.tree_models import native_trees, tables
from tests.tree_models.case import Case, shapley, worth_of

from pellucid.attribution import TreeSHAP
from pellucid.core.errors import CompletenessError, OutputError, ParameterError, UnsupportedModelError
from pellucid.core.forest import Forest
from pellucid.core.streams import MeanAbsolute
from pellucid.models import as_model

LIBRARIES = ("xgboost", "lightgbm", "random forest", "gradient boosting", "hist gradient boosting")
TASKS = ("regression", "binary", "multiclass")
CLASSES = {"binary": 2, "multiclass": 3}


def rows(seed=0, n=160):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 4)), columns=["age", "income", "tenure", "debt"])
    frame["fuel"] = pd.Categorical(np.array(["gas", "petrol", "diesel", "none"])[rng.integers(0, 4, n)])
    frame.loc[rng.random(n) < 0.15, "income"] = np.nan
    frame.loc[rng.random(n) < 0.10, "fuel"] = None
    score = frame["age"] * frame["income"].fillna(1) + frame["debt"] + frame["fuel"].isin(["gas", "none"]).to_numpy()
    return frame, score.to_numpy()


def answer(score, task):
    if task == "regression":
        return score
    edges = np.quantile(score, np.linspace(0, 1, CLASSES[task] + 1)[1:-1])
    return np.array(["low", "mid", "top"])[np.searchsorted(edges, score)]


def fitted(library, task, X, y):
    codes = y if task == "regression" else np.unique(y, return_inverse=True)[1]
    number = task == "regression"
    small = {"random_state": 0}
    if library == "xgboost":
        kind = xgboost.XGBRegressor if number else xgboost.XGBClassifier
        return kind(n_estimators=4, max_depth=4, enable_categorical=True, n_jobs=1, **small).fit(X, codes)
    if library == "lightgbm":
        kind = lightgbm.LGBMRegressor if number else lightgbm.LGBMClassifier
        settings = {"n_estimators": 4, "min_child_samples": 4, "cat_smooth": 1, "min_data_per_group": 4, "verbose": -1}
        return kind(**settings, n_jobs=1, **small).fit(X, y)
    if library == "random forest":
        kind = RandomForestRegressor if number else RandomForestClassifier
        return kind(4, max_depth=4, **small).fit(X, y)
    if library == "gradient boosting":
        kind = GradientBoostingRegressor if number else GradientBoostingClassifier
        return kind(n_estimators=4, max_depth=4, **small).fit(X, y)
    kind = HistGradientBoostingRegressor if number else HistGradientBoostingClassifier
    cats = "from_dtype" if isinstance(X, pd.DataFrame) else None
    return kind(max_iter=4, max_leaf_nodes=9, min_samples_leaf=4, categorical_features=cats, **small).fit(X, y)


def native(library, model, X):
    """(rows, outputs) the library's own raw prediction."""
    if library == "xgboost":
        out = model.predict(X, output_margin=True)
    elif library == "lightgbm":
        out = model.predict(X, raw_score=True)
    elif hasattr(model, "predict_proba"):
        out = model.predict_proba(X) if library == "random forest" else model.decision_function(X)
    else:
        out = model.predict(X)
    return np.asarray(out, dtype=np.float64).reshape(len(X), -1)


def own_trees(library, model, X):
    """From the library's own dump, base values left out."""
    if library == "xgboost":
        return native_trees.xgboost_trees(model)
    if library == "lightgbm":
        return native_trees.lightgbm_trees(model.booster_, model.booster_.num_model_per_iteration())
    if library == "random forest":
        return native_trees.sklearn_forest(model)
    if library == "gradient boosting":
        return native_trees.gradient_boosting_trees(model)
    return native_trees.hist_gradient_boosting_trees(model, X.shape[1])


def case(library, task, kind):
    """Model, rows as the caller passes them, the same rows as the model was trained on."""
    frame, score = rows()
    if library in ("random forest", "gradient boosting"):
        frame = frame.drop(columns="fuel")
    if library == "gradient boosting":
        frame = frame.fillna({"income": 0.25})
    if kind == "numpy":
        frame = frame.drop(columns="fuel", errors="ignore")
        X = frame.to_numpy()
    else:
        X = frame
    model = fitted(library, task, X, answer(score, task))
    return model, (pl.from_pandas(X) if kind == "polars" else X), X


def tolerance(library, exact, trees):
    if library == "xgboost":
        return max(2e-6, trees * 2.0**-24) if exact else 1e-5
    return 1e-10 if exact else 1e-5


@pytest.mark.parametrize("exact", [False, True], ids=["float32 tables", "exact"])
@pytest.mark.parametrize("kind", ["pandas", "polars", "numpy"])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("library", LIBRARIES)
def test_values_add_up_to_the_librarys_own_raw_prediction(library, task, kind, exact):
    model, given, trained_on = case(library, task, kind)
    expected = native(library, model, trained_on)
    for background in (None, given[40:70]):
        ex = TreeSHAP(model, background, exact=exact).explain(given, check="all")
        allowed = tolerance(library, exact, as_model(model).forest.n_trees)
        scale = max(np.abs(ex.base).max(), np.abs(expected).max())
        assert np.abs(ex.predictions - expected).max() <= allowed * scale
        assert ex.receipt.completeness.rows == len(trained_on)


def as_case(library, model, X):
    worth = worth_of(own_trees(library, model, X), tables.codes(X))
    return Case(model, X, lambda rows: native(library, model, rows), worth)


@pytest.mark.parametrize("kind", ["pandas", "polars", "numpy"])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("library", LIBRARIES)
def test_path_dependent_values_are_brute_force_over_the_librarys_own_trees(library, task, kind):
    model, given, trained_on = case(library, task, kind)
    ex, own = TreeSHAP(model, exact=True).explain(given[:3]), as_case(library, model, trained_on)
    for i in range(3):
        expected = shapley(own.path_dependent(i), own.players)
        np.testing.assert_allclose(ex.values[i], expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", ["pandas", "polars", "numpy"])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("library", LIBRARIES)
def test_interventional_values_are_brute_force_over_the_librarys_own_predictions(library, task, kind):
    model, given, trained_on = case(library, task, kind)
    weights = np.arange(1.0, 9.0)
    ex, own = (
        TreeSHAP(model, (given[40:48], weights), exact=True).explain(given[:3]),
        as_case(library, model, trained_on),
    )
    for i in range(3):
        expected = shapley(own.interventional(i, trained_on[40:48], weights), own.players)
        np.testing.assert_allclose(ex.values[i], expected, rtol=0, atol=5e-6 if library == "xgboost" else 1e-9)


def test_the_pieces_of_one_background_count_like_the_whole():
    model, given, _ = case("lightgbm", "binary", "pandas")
    whole = TreeSHAP(model, given[:60], exact=True).explain(given[60:70])
    double = TreeSHAP(model, (given[:60], np.full(60, 3.0)), exact=True).explain(given[60:70])
    np.testing.assert_allclose(double.values, whole.values, atol=1e-12)
    assert double.receipt.background["weighted"]
    assert not whole.receipt.background["weighted"]


def test_a_feature_that_no_tree_uses_gets_zero():
    frame, score = rows()
    model = RandomForestRegressor(5, random_state=0).fit(frame[["age", "debt"]].assign(never=0.0), score)
    ex = TreeSHAP(model).explain(frame[["age", "debt"]].assign(never=3.0))
    assert (ex[:, "never"].values == 0).all()


def test_a_constant_model_gives_zeros_and_its_constant_as_base():
    frame, _ = rows()
    X = frame[["age", "debt"]]
    for model in (RandomForestRegressor(3), GradientBoostingRegressor(n_estimators=3)):
        ex = TreeSHAP(model.fit(X, np.full(len(X), 7.0)), exact=True).explain(X[:5])
        np.testing.assert_allclose(ex.values, 0, atol=1e-12)
        np.testing.assert_allclose(ex.base, 7)


def test_one_feature_gets_all_of_the_difference():
    frame, score = rows()
    model = RandomForestRegressor(5, random_state=0).fit(frame[["age"]], score)
    ex = TreeSHAP(model, exact=True).explain(frame[["age"]])
    np.testing.assert_allclose(ex.values[:, 0, 0], model.predict(frame[["age"]]) - ex.base[:, 0], atol=1e-10)


def test_a_model_whose_predictions_disagree_with_its_trees_is_found_out(monkeypatch):
    model, given, _ = case("random forest", "regression", "pandas")
    trees = Forest.__init__

    def shifted(self, *args, **kwargs):
        trees(self, *args, **kwargs)
        object.__setattr__(self, "base", self.base + 0.1)

    monkeypatch.setattr(Forest, "__init__", shifted)
    with pytest.raises(CompletenessError, match="this explanation is withheld"):
        TreeSHAP(model).explain(given)


def test_one_row_is_not_checked_again_once_the_method_has_passed():
    model, given, _ = case("xgboost", "binary", "pandas")
    method = TreeSHAP(model)
    assert method.explain(given[:1]).receipt.completeness.kind == "checked"
    assert method.explain(given[1:2]).receipt.evaluations == 0
    assert method.explain(given[1:2], check="all").receipt.completeness.kind == "checked"


def test_a_model_without_trees_is_refused_with_what_can_explain_it():
    frame, score = rows()
    with pytest.raises(UnsupportedModelError, match="use LinearSHAP"):
        TreeSHAP(LinearRegression().fit(frame[["age"]], score))
    with pytest.raises(UnsupportedModelError, match="use KernelSHAP"):
        TreeSHAP(KNeighborsRegressor().fit(frame[["age"]], score))


def test_a_function_of_the_outputs_is_refused_with_what_can_explain_it():
    model, given, _ = case("random forest", "binary", "pandas")
    with pytest.raises(ParameterError, match="use ExactSHAP or KernelSHAP"):
        TreeSHAP(model).explain(given, lambda outputs: outputs[:, 0] ** 2)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("library", LIBRARIES)
def test_interactions_share_out_the_values_and_add_up_to_the_librarys_own_prediction(library, task, exact):
    model, given, trained_on = case(library, task, "pandas")
    expected = native(library, model, trained_on)
    for background in (None, given[40:70]):
        method = TreeSHAP(model, background, exact=exact)
        found, values = method.interactions(given, check="all"), method.explain(given).values
        allowed = tolerance(library, exact, as_model(model).forest.n_trees)
        assert np.abs(found.predictions - expected).max() <= allowed * np.abs(expected).max()
        assert found.receipt.completeness.rows == len(trained_on)
        np.testing.assert_allclose(found.dense().sum(axis=2), values, atol=1e-10)


def test_interactions_of_three_columns_add_up_with_those_of_fewer():
    model, given, _ = case("lightgbm", "binary", "pandas")
    for background in (None, given[40:70]):
        method = TreeSHAP(model, background)
        pairs, three = (method.interactions(given, order=order, check="all") for order in (2, 3))
        assert three.receipt.completeness.kind == "checked"
        assert "sets of 3 columns have their Shapley interaction index" in three.receipt.notes[-1]
        assert three.sizes.tolist() == sorted(three.sizes)
        np.testing.assert_allclose(three.predictions, pairs.predictions, rtol=1e-6)
    with pytest.raises(ParameterError, match="players from 2 to 6"):
        method.interactions(given, order=1)


def test_a_stream_of_interactions_keeps_every_set_as_a_column(tmp_path):
    model, given, _ = case("lightgbm", "regression", "pandas")
    method = TreeSHAP(model)
    whole = method.interactions(given).as_attribution()
    means = method.stream_interactions(given, MeanAbsolute(), chunk=60).result()
    np.testing.assert_allclose(means.values, whole.importance().values, rtol=1e-12)
    assert means.feature_names == whole.feature_names
    path = tmp_path / "sets.parquet"
    written = method.stream_interactions(given, path, chunk=60)
    lines = pd.read_parquet(path)
    np.testing.assert_allclose(lines[whole.feature_names[-1]], whole.values[:, -1, 0], atol=1e-12)
    assert written.receipt.completeness.kind == "checked"
    with pytest.raises(OutputError, match="parts of another run"):
        method.stream(given, path, chunk=60)


def test_interactions_find_the_pair_that_acts_together():
    frame, _ = rows()
    X = frame[["age", "debt", "tenure"]]
    model = xgboost.XGBRegressor(n_estimators=30, max_depth=3, n_jobs=1).fit(X, X["age"] * X["debt"] + X["tenure"])
    found = TreeSHAP(model).interactions(X)
    assert found.strongest(1) == [("age", "debt")]
    assert np.corrcoef(found.pair("debt", "age")[:, 0], X["age"] * X["debt"])[0, 1] > 0.8


def test_a_contrast_of_classes_has_the_difference_of_their_interactions():
    model, given, _ = case("random forest", "multiclass", "pandas")
    both, one = TreeSHAP(model).interactions(given[:5]), TreeSHAP(model).interactions(given[:5], ("top", "low"))
    np.testing.assert_allclose(one.values, both.target("top").values - both.target("low").values, atol=1e-15)


def test_interactions_of_a_function_of_the_outputs_are_refused():
    model, given, _ = case("random forest", "binary", "pandas")
    with pytest.raises(ParameterError, match="use ExactSHAP or KernelSHAP"):
        TreeSHAP(model).interactions(given, lambda outputs: outputs[:, 0] ** 2)


def test_interactions_of_a_model_that_disagrees_with_its_trees_are_withheld(monkeypatch):
    model, given, _ = case("random forest", "regression", "pandas")
    trees = Forest.__init__

    def shifted(self, *args, **kwargs):
        trees(self, *args, **kwargs)
        object.__setattr__(self, "base", self.base + 0.1)

    monkeypatch.setattr(Forest, "__init__", shifted)
    with pytest.raises(CompletenessError, match="this explanation is withheld"):
        TreeSHAP(model).interactions(given)
