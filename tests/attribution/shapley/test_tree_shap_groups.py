"""Groups given by the caller: exact Shapley values of the group, not sums over its columns."""

from __future__ import annotations

import itertools

import catboost
import lightgbm
import numpy as np
import pandas as pd
import polars as pl
import pytest
import xgboost
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from tests.tree_models import native_trees
from tests.tree_models.case import shapley

import pellucid
from pellucid.attribution import TreeSHAP
from pellucid.core import registry
from pellucid.core.errors import ColumnsError, ParameterError
from pellucid.core.streams import MeanAbsolute

RNG = np.random.default_rng(11)
X = pd.DataFrame(RNG.normal(size=(300, 5)), columns=["lat", "price", "lon", "age", "size"])
Y = (X["lat"] * X["lon"] + X["price"] * X["lat"] + X["age"]).to_numpy()
GROUPS = {"place": ["lat", "lon"], "body": ["age", "size"]}
PLAYERS = [["lat", "lon"], ["price"], ["age", "size"]]
NAMES = ("place", "price", "body")
ROWS, BACKGROUND, WEIGHTS = X[:4], X[100:106], np.array([1.0, 0, 2, 1, 1, 0.5])

MODELS = {
    "xgboost": lambda: xgboost.XGBRegressor(n_estimators=5, max_depth=4, n_jobs=1).fit(X, Y),
    "lightgbm": lambda: lightgbm.LGBMRegressor(n_estimators=5, n_jobs=1, verbose=-1).fit(X, Y),
    "catboost": lambda: catboost.CatBoostRegressor(
        iterations=5, depth=4, verbose=0, thread_count=1, allow_writing_files=False
    ).fit(X, Y),
    "random forest": lambda: RandomForestRegressor(5, max_depth=5, random_state=0).fit(X, Y),
    "hist gradient boosting": lambda: HistGradientBoostingRegressor(max_iter=5).fit(X, Y),
}


def game(worth):
    """{frozenset of players: worth of the union of their columns}"""
    coalitions = [frozenset(s) for k in range(4) for s in itertools.combinations(range(3), k)]
    return {s: worth([name for j in s for name in PLAYERS[j]]) for s in coalitions}


def against(predict, row):
    def worth(present):
        mixed = BACKGROUND.copy()
        for name in present:
            mixed[name] = row[name]
        return np.average(predict(mixed), axis=0, weights=WEIGHTS)

    return shapley(game(worth), 3)


@pytest.mark.parametrize("name", MODELS)
def test_interventional_values_are_those_of_the_game_of_groups(name):
    model = MODELS[name]()
    ex = TreeSHAP(model, (BACKGROUND, WEIGHTS), exact=True, groups=GROUPS).explain(ROWS, check="all")
    assert ex.feature_names == NAMES
    for i in range(len(ROWS)):
        np.testing.assert_allclose(ex.values[i, :, 0], against(model.predict, ROWS.iloc[i]), atol=2e-6)
    np.testing.assert_allclose(ex.predictions[:, 0], model.predict(ROWS), atol=2e-6)


def test_path_dependent_values_are_those_of_the_game_of_groups():
    model = MODELS["random forest"]()
    ex = TreeSHAP(model, exact=True, groups=GROUPS).explain(ROWS, check="all")
    trees = [native_trees.sklearn_tree(t.tree_, t.tree_.value[:, 0, 0] / 5) for t in model.estimators_]
    for i, row in enumerate(ROWS.to_numpy()):

        def worth(present, row=row):
            return sum(native_trees.worth(tree, row, {X.columns.get_loc(n) for n in present}) for tree in trees)

        np.testing.assert_allclose(ex.values[i, :, 0], shapley(game(worth), 3), atol=1e-12)


def test_a_group_is_worth_something_else_than_the_sum_of_its_columns():
    three = np.sign(X["lat"] * X["lon"] * X["price"])
    model = RandomForestRegressor(5, max_depth=8, random_state=0).fit(X, three)
    grouped = TreeSHAP(model, BACKGROUND, groups=GROUPS).explain(ROWS)
    single = TreeSHAP(model, BACKGROUND).explain(ROWS)
    assert np.abs(grouped.values[:, 0] - single.values[:, 0] - single.values[:, 2]).max() > 0.01


def test_interactions_of_groups_share_out_their_values():
    model = MODELS["lightgbm"]()
    for background in (None, BACKGROUND):
        method = TreeSHAP(model, background, exact=True, groups=GROUPS)
        found, values = method.interactions(ROWS, check="all"), method.explain(ROWS).values
        assert found.feature_names == NAMES
        np.testing.assert_allclose(found.dense().sum(axis=2), values, atol=1e-10)


def test_outputs_have_values_of_groups():
    model = lightgbm.LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1).fit(X, Y > 0)
    ex = TreeSHAP(model, (BACKGROUND, WEIGHTS), output="probability", groups=GROUPS).explain(ROWS)
    slow = against(lambda rows: model.predict_proba(rows)[:, 1], ROWS.iloc[0])
    np.testing.assert_allclose(ex.values[0, :, 0], slow, atol=1e-12)
    assert ex.feature_names == NAMES


def test_scores_of_isolation_forests_have_values_of_groups():
    model = IsolationForest(n_estimators=5, random_state=0).fit(X)
    ex = TreeSHAP(model, (BACKGROUND, WEIGHTS), output="score", groups=GROUPS).explain(ROWS)
    slow = against(lambda rows: -model.score_samples(rows), ROWS.iloc[0])
    np.testing.assert_allclose(ex.values[0, :, 0], slow, atol=1e-12)


def test_streams_explain_groups():
    method = TreeSHAP(MODELS["lightgbm"](), groups=GROUPS)
    streamed = method.stream(X, MeanAbsolute(), chunk=70, progress=False).result()
    np.testing.assert_allclose(streamed.values, method.explain(X).importance().values)
    assert streamed.feature_names == NAMES


def test_streams_to_parquet_keep_groups(tmp_path):
    written = TreeSHAP(MODELS["lightgbm"](), groups=GROUPS).stream(X, tmp_path / "v.parquet", chunk=100, progress=False)
    assert set(NAMES) <= set(pd.read_parquet(written.path).columns)
    assert written.receipt.settings["groups"] == GROUPS


@pytest.mark.parametrize("turn", [pl.from_pandas, pd.DataFrame.to_numpy], ids=["polars", "numpy"])
def test_any_kind_of_table_has_the_same_values_of_groups(turn):
    expected = TreeSHAP(MODELS["random forest"](), BACKGROUND, groups=GROUPS).explain(ROWS).values
    plain = RandomForestRegressor(5, max_depth=5, random_state=0).fit(X.to_numpy(), Y)
    groups = {"place": [0, 2], "body": [3, 4]} if turn is pd.DataFrame.to_numpy else GROUPS
    np.testing.assert_array_equal(TreeSHAP(plain, turn(BACKGROUND), groups=groups).explain(turn(ROWS)).values, expected)


def test_a_pipelines_own_blocks_join_the_groups_of_the_caller():
    frame = X.assign(fuel=np.where(X["size"] > 0, "gas", "oil"))
    encoded = make_column_transformer((OneHotEncoder(), ["fuel"]), remainder="passthrough")
    model = make_pipeline(encoded, RandomForestRegressor(4, max_depth=4, random_state=0)).fit(frame, Y)
    ex = TreeSHAP(model, frame[:9], groups={"motor": ["fuel", "size"]}).explain(frame[20:24], check="all")
    assert ex.feature_names == ("lat", "price", "lon", "age", "motor")
    assert ex.data.column("motor")[0].startswith("size ")


def test_all_columns_in_one_group_get_everything():
    model = MODELS["lightgbm"]()
    ex = TreeSHAP(model, BACKGROUND, exact=True, groups={"all": list(X)}).explain(ROWS)
    np.testing.assert_allclose(ex.values[:, 0, 0], model.predict(ROWS) - model.predict(BACKGROUND).mean())


def test_a_group_is_drawn_told_framed_and_saved(tmp_path):
    model = RandomForestClassifier(5, max_depth=4, random_state=0).fit(X, Y > 0)
    ex = TreeSHAP(model, groups=GROUPS).explain(X[:30], target="True")
    text = ex[0].describe()
    assert "place" in text
    assert "lat " in text
    for kind in set(registry.plot_kinds("Attribution")) - {"text", "image"}:
        assert (ex[0] if kind in ("waterfall", "force") else ex).plot(kind).get_figure() is not None
    assert "place" in ex.to_frame("pandas")
    ex.save(tmp_path / "ex.npz")
    again = pellucid.load(tmp_path / "ex.npz")
    assert again.data.column("place").tolist() == ex.data.column("place").tolist()
    assert again.receipt.settings["groups"] == GROUPS


def test_groups_that_do_not_fit_the_model_are_refused_at_once():
    model = MODELS["random forest"]()
    with pytest.raises(ColumnsError, match="'place' names 'latitude'"):
        TreeSHAP(model, groups={"place": ["latitude", "lon"]})
    with pytest.raises(ParameterError, match="named twice"):
        TreeSHAP(model, groups={"a": ["lat"], "b": ["lat"]})
    with pytest.raises(ParameterError, match="TreeSHAP: groups must be None or a mapping"):
        TreeSHAP(model, groups=["lat", "lon"])


def test_the_callers_groups_are_not_changed():
    groups = {"place": pd.Index(["lat", "lon"])}
    TreeSHAP(MODELS["lightgbm"](), groups=groups).explain(ROWS)
    assert isinstance(groups["place"], pd.Index)
