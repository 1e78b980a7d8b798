"""TreeBanzhaf against brute force over the libraries' own predictions and dumps, and what it says of its sum."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
import xgboost
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from tests.tree_models import catboost_models, lightgbm_models, random_models, sklearn_models, xgboost_models
from tests.tree_models.case import Case, banzhaf, coalitions

import pellucid
from pellucid.attribution import TreeBanzhaf, TreeSHAP
from pellucid.core.errors import CompletenessError, ParameterError, UnsupportedModelError
from pellucid.models import as_model

MODELS = {
    name: make
    for library in (xgboost_models, lightgbm_models, sklearn_models, catboost_models)
    for name, make in library.MODELS.items()
}
EXPLAINED = (0, 3)
BACKGROUND, WEIGHTS = slice(20, 27), np.arange(1.0, 8.0)
RNG = np.random.default_rng(5)
X = pd.DataFrame(RNG.normal(size=(200, 4)), columns=["lat", "price", "lon", "age"])
Y = (X["lat"] * X["lon"] * X["age"] + X["price"] * X["lat"]).to_numpy()


@cache
def trained(name) -> Case:
    return MODELS[name](0)


@cache
def forest():
    return RandomForestRegressor(6, max_depth=5, random_state=0).fit(X, Y)


def scale_of(case, game):
    return max(np.abs(game[frozenset()]).max(), np.abs(case.own(case.X)).max())


@pytest.mark.parametrize("name", MODELS)
def test_path_dependent_values_are_brute_force_over_the_librarys_own_trees(name):
    case = trained(name)
    found = TreeBanzhaf(case.model, exact=True).explain(case.X[:4])
    quick = TreeBanzhaf(case.model).explain(case.X[:4])
    for i in EXPLAINED:
        game = case.path_dependent(i)
        expected, scale = banzhaf(game, case.players), scale_of(case, game)
        np.testing.assert_allclose(found.values[i], expected, rtol=0, atol=1e-10 * scale)
        np.testing.assert_allclose(quick.values[i], expected, rtol=0, atol=1e-5 * scale)


@pytest.mark.parametrize("name", MODELS)
def test_interventional_values_are_brute_force_over_the_librarys_own_predictions(name):
    case = trained(name)
    rows = case.X[BACKGROUND]
    found = TreeBanzhaf(case.model, (rows, WEIGHTS), exact=True).explain(case.X[:4])
    quick = TreeBanzhaf(case.model, (rows, WEIGHTS)).explain(case.X[:4])
    for i in EXPLAINED:
        game = case.interventional(i, rows, WEIGHTS)
        expected, scale = banzhaf(game, case.players), scale_of(case, game)
        np.testing.assert_allclose(found.values[i], expected, rtol=0, atol=2 * case.relative(True) * scale)
        np.testing.assert_allclose(quick.values[i], expected, rtol=0, atol=2 * case.relative(False) * scale)


@pytest.mark.parametrize("library", random_models.LIBRARIES)
@trials(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problem=random_models.problems)
def test_random_small_models_have_the_values_of_brute_force(library, problem):
    case = random_models.make(library, problem)
    rows, weights = case.X[:5], np.array([1.0, 0.0, 2.0, 0.5, 1.0])
    for against in (None, (rows, weights)):
        found = TreeBanzhaf(case.model, against, exact=True).explain(case.X[:2])
        for i in range(2):
            game = case.path_dependent(i) if against is None else case.interventional(i, rows, weights)
            allowed = scale_of(case, game) * (1e-10 if against is None else 4 * case.relative(True))
            np.testing.assert_allclose(found.values[i], banzhaf(game, case.players), rtol=0, atol=allowed)


@pytest.mark.parametrize("group", [["lat", "lon"], ["lat", "lon", "age"]])
def test_a_group_has_its_own_value_which_of_two_columns_is_their_sum_and_of_three_is_not(group):
    background, players = X[100:106], [group, *([name] for name in X.columns if name not in group)]
    found = TreeBanzhaf(forest(), background, groups={"place": group}, exact=True).explain(X[:1])

    def worth(present):
        mixed = background.copy()
        for name in (name for j in present for name in players[j]):
            mixed[name] = X[name].iloc[0]
        return np.atleast_1d(forest().predict(mixed).mean())

    assert found.feature_names == ("place", *(names[0] for names in players[1:]))
    expected = banzhaf({s: worth(s) for s in coalitions(range(len(players)))}, len(players))
    np.testing.assert_allclose(found.values[0], expected, atol=1e-10)
    alone = TreeBanzhaf(forest(), background, exact=True).explain(X[:1])[:, group].values.sum()
    assert np.isclose(expected[0, 0], alone, rtol=0, atol=1e-10) == (len(group) == 2)


def test_a_one_hot_block_of_a_pipeline_is_one_player():
    table = X.assign(kind=np.array(["a", "b", "c"])[RNG.integers(0, 3, len(X))])
    columns = make_column_transformer((OneHotEncoder(), ["kind"]), remainder="passthrough")
    model = make_pipeline(columns, RandomForestRegressor(5, max_depth=5, random_state=0)).fit(table, Y)
    assert TreeBanzhaf(model).explain(table[:3]).feature_names == ("lat", "price", "lon", "age", "kind")


def test_columns_play_alone_in_pairs_as_in_shapley_values_and_not_beyond():
    pair = RandomForestRegressor(6, max_depth=5, random_state=0).fit(X[["lat", "price"]], Y)
    for against in (None, X[["lat", "price"]][:20]):
        np.testing.assert_allclose(
            TreeBanzhaf(pair, against, exact=True).explain(X[["lat", "price"]]).values,
            TreeSHAP(pair, against, exact=True).explain(X[["lat", "price"]]).values,
            atol=1e-12,
        )
    assert np.abs(TreeBanzhaf(forest()).explain(X).values - TreeSHAP(forest()).explain(X).values).max() > 1e-3


def test_the_receipt_promises_no_sum_and_says_why_and_that_the_trees_were_checked():
    ex = TreeBanzhaf(forest(), X[:20]).explain(X)
    receipt = ex.receipt
    assert (receipt.completeness.kind, ex.base, ex.unit) == ("not promised", None, "target")
    assert receipt.completeness.sentence() == (
        "not promised: Banzhaf values count every coalition alike and so do not add up to the prediction"
    )
    assert receipt.notes[-1].startswith(
        "checked on 200 rows: the trees themselves add up to the model's own prediction"
    )
    assert (receipt.evaluations, receipt.background["rows"]) == (200, 20)
    assert "path-dependent" in TreeBanzhaf(forest()).explain(X).receipt.notes[0]


def test_no_sum_is_shown_as_a_prediction():
    ex = TreeBanzhaf(forest()).explain(X[:5])
    assert list(ex.to_frame().columns) == ["row", "target", *X.columns]
    assert "do not add up to the prediction" in ex[0].describe(depth="modeller")
    assert "班扎夫值" in ex[0].describe(depth="modeller", language="zh")
    labels = RandomForestClassifier(4, max_depth=3, random_state=0).fit(X, np.digitize(Y, [-0.5, 0.5]))
    with pytest.raises(ParameterError, match="draws one target"):
        TreeBanzhaf(labels).explain(X[:1]).plot("waterfall")


def test_one_row_of_a_model_already_checked_asks_it_nothing():
    method = TreeBanzhaf(forest())
    assert method.explain(X[:1]).receipt.evaluations == 1
    assert method.explain(X[:1]).receipt.evaluations == 0
    assert method.explain(X[:1], check="all").receipt.evaluations == 1
    unchecked = method.explain(X, check=False)
    assert (unchecked.receipt.evaluations, len(unchecked.receipt.notes)) == (0, 1)
    np.testing.assert_array_equal(unchecked.values, method.explain(X).values)


def test_trees_that_do_not_add_up_to_the_model_are_withheld(monkeypatch):
    model = as_model(forest())
    monkeypatch.setattr(type(model), "predict", lambda self, table: np.full((len(table), 1), 7.0))
    with pytest.raises(CompletenessError, match=r"the sum of the trees is .* for row"):
        TreeBanzhaf(model).explain(X)


def test_values_are_streamed_in_pieces(tmp_path):
    written = TreeBanzhaf(forest()).stream(X, tmp_path / "values.parquet", chunk=60, progress=False)
    assert "prediction" not in pd.read_parquet(tmp_path / "values.parquet").columns
    frame = pd.read_parquet(tmp_path / "values.parquet")
    np.testing.assert_array_equal(frame["lat"], TreeBanzhaf(forest()).explain(X).values[:, 0, 0])
    assert written.receipt.rows == 200


def test_what_is_no_sum_of_trees_is_refused():
    with pytest.raises(UnsupportedModelError):
        TreeBanzhaf(LinearRegression().fit(X, Y))
    with pytest.raises(ParameterError, match="TreeBanzhaf explains outputs and their differences"):
        TreeBanzhaf(forest()).explain(X, lambda outputs: outputs[:, 0] ** 2)
    with pytest.raises(ParameterError, match="TreeBanzhaf: exact must be"):
        TreeBanzhaf(forest(), exact="very")


def test_constant_models_have_no_values():
    constant = xgboost.XGBRegressor(n_estimators=3, max_depth=3, n_jobs=1).fit(X, np.full(len(X), 2.0))
    assert not TreeBanzhaf(constant).explain(X[:5]).values.any()
    assert pellucid.attribution.TreeBanzhaf is TreeBanzhaf
