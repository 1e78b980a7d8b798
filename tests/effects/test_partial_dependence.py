"""Partial dependence against scikit-learn's brute force and the definition, for every library and kind of column."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.inspection import partial_dependence
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    SplineTransformer,
    StandardScaler,
)
from sklearn.tree import DecisionTreeRegressor
from tests.effects import definition

from pellucid.core.errors import ColumnsError, CompletenessError, InputError, ParameterError, UnsupportedModelError
from pellucid.effects import PartialDependence

catboost = pytest.importorskip("catboost")
lightgbm = pytest.importorskip("lightgbm")
xgboost = pytest.importorskip("xgboost")


def data(rng, n=240, missing=0.1):
    X = rng.normal(size=(n, 4))
    y = X[:, 0] * X[:, 1] + np.sin(2 * X[:, 2]) + 0.3 * X[:, 0]
    X[rng.random(X.shape) < missing] = np.nan
    return X, y


def raw(model):
    """The library's own raw prediction."""
    if isinstance(model, xgboost.XGBModel):
        return lambda X: model.predict(X, output_margin=True)
    if isinstance(model, lightgbm.LGBMModel):
        return lambda X: model.predict(X, raw_score=True)
    if isinstance(model, catboost.CatBoost):
        return lambda X: model.predict(X, prediction_type="RawFormulaVal")
    if isinstance(model, RandomForestClassifier):
        return model.predict_proba
    return getattr(model, "decision_function", model.predict)


def probes(axis, rng):
    """Each edge, the next number, the middles, and the missing value."""
    edges = axis.at[rng.permutation(len(axis.at))[:6]]
    at = np.concatenate([edges, np.nextafter(edges, np.inf), (edges[:-1] + edges[1:]) / 2, [-50.0, 50.0]])
    return np.append(at, np.nan) if axis.missing else at


def check(model, X, rng, *, tolerance=1e-9, weights=None):
    """All curves at probes against the definition; one surface at a few points."""
    background = X if weights is None else (X, weights)
    each = np.ones(len(X)) if weights is None else weights
    effect = PartialDependence(model, background).explain([0, 1, 2, 3, (0, 1)])
    predict = raw(model)
    names = [name for (name,) in effect.names[:4]]
    for j, name in enumerate(names):
        at = probes(effect[name].curves[0].axes[0], rng)
        own = np.array([definition.mean(predict, X, each, [j], [x]) for x in at])
        np.testing.assert_allclose(effect.at(name, at), own, rtol=0, atol=tolerance * max(1, np.abs(own).max()))
    first, second = (probes(effect[name].curves[0].axes[0], rng)[:5] for name in names[:2])
    m = min(len(first), len(second))
    own = [definition.mean(predict, X, each, [0, 1], [a, b]) for a, b in zip(first[:m], second[:m], strict=True)]
    got = effect.at((names[0], names[1]), first[:m], second[:m])
    np.testing.assert_allclose(got, own, rtol=0, atol=tolerance * max(1, np.abs(own).max()))
    return effect


MODELS = {
    "xgboost": lambda: xgboost.XGBRegressor(n_estimators=12, max_depth=4, n_jobs=1),
    "xgboost dart": lambda: xgboost.XGBRegressor(n_estimators=8, booster="dart", rate_drop=0.5, n_jobs=1),
    "lightgbm": lambda: lightgbm.LGBMRegressor(
        n_estimators=12, num_leaves=15, min_child_samples=5, n_jobs=1, verbose=-1
    ),
    "lightgbm zero": lambda: lightgbm.LGBMRegressor(
        n_estimators=8, min_child_samples=5, zero_as_missing=True, n_jobs=1, verbose=-1
    ),
    "catboost": lambda: catboost.CatBoostRegressor(iterations=12, depth=4, verbose=0, allow_writing_files=False),
    "catboost max": lambda: catboost.CatBoostRegressor(
        iterations=8, depth=3, nan_mode="Max", verbose=0, allow_writing_files=False
    ),
    "hist": lambda: HistGradientBoostingRegressor(max_iter=12, max_leaf_nodes=12, min_samples_leaf=5),
    "forest": lambda: RandomForestRegressor(8, random_state=0),
    "tree": lambda: DecisionTreeRegressor(max_depth=5, random_state=0),
}


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("weighted", [False, True])
def test_curves_and_surfaces_are_the_models_own_mean_predictions(kind, weighted, rng):
    X, y = data(rng)
    if "zero" in kind:
        X[rng.random(X.shape) < 0.2] = 0.0
    model = MODELS[kind]().fit(X, y)
    weights = rng.uniform(0, 3, len(X)) if weighted else None
    effect = check(model, X, rng, tolerance=2e-6 if "xgboost" in kind else 1e-10, weights=weights)
    assert effect.receipt.completeness.kind == "checked"
    assert all(curve.axes[0].missing for curve in effect.curves)


@pytest.mark.parametrize(
    "model",
    [
        xgboost.XGBClassifier(n_estimators=5, max_depth=3, n_jobs=1),
        lightgbm.LGBMClassifier(n_estimators=5, min_child_samples=5, n_jobs=1, verbose=-1),
        HistGradientBoostingClassifier(max_iter=5),
        GradientBoostingClassifier(n_estimators=5),
        RandomForestClassifier(5, max_depth=5, random_state=0),
        catboost.CatBoostClassifier(iterations=5, depth=3, verbose=0, allow_writing_files=False),
    ],
    ids=lambda model: type(model).__name__,
)
def test_every_class_has_its_curve(model, rng):
    X, y = data(rng, missing=0)
    model.fit(X, np.digitize(y, [-0.5, 0.5]))
    effect = check(model, X, rng, tolerance=2e-6)
    assert effect.curves[0].values.shape[-1] == 3
    one = PartialDependence(model, X).explain(0, target=1)
    np.testing.assert_array_equal(one.curves[0].values[..., 0], effect.curves[0].values[..., 1])
    contrast = PartialDependence(model, X).explain(0, target=(1, 0))
    difference = effect.curves[0].values[..., 1] - effect.curves[0].values[..., 0]
    np.testing.assert_allclose(contrast.curves[0].values[..., 0], difference, atol=1e-12)


def test_several_outputs_have_a_curve_each(rng):
    X, y = data(rng)
    model = RandomForestRegressor(6, max_depth=8, random_state=0).fit(X, np.column_stack([y, -y, y**2]))
    assert check(model, X, rng).curves[0].values.shape[-1] == 3
    vector = xgboost.XGBRegressor(n_estimators=4, multi_strategy="multi_output_tree", tree_method="hist", n_jobs=1)
    check(vector.fit(X, np.column_stack([y, -y])), X, rng, tolerance=2e-6)


@pytest.mark.parametrize("seed", range(3))
def test_scikit_learns_brute_force_gives_the_same_curve(seed):
    rng = np.random.default_rng(seed)
    X, y = data(rng, missing=0)
    model = RandomForestRegressor(6, max_depth=7, random_state=seed).fit(X, y)
    weights = rng.uniform(0.1, 2, len(X))
    effect = PartialDependence(model, (X, weights)).explain([0, (1, 2)])
    own = partial_dependence(model, X, [0], method="brute", grid_resolution=50, sample_weight=weights)
    np.testing.assert_allclose(effect.at("x0", own["grid_values"][0])[:, 0], own["average"][0], atol=1e-12)
    pair = partial_dependence(model, X, [1, 2], method="brute", grid_resolution=9, sample_weight=weights)
    first, second = np.meshgrid(*pair["grid_values"], indexing="ij")
    got = effect.at(("x1", "x2"), first.ravel(), second.ravel())[:, 0]
    np.testing.assert_allclose(got, pair["average"][0].ravel(), atol=1e-12)


def frame(rng, n=240):
    kinds = rng.choice(["red", "green", "blue", "rare"], n, p=[0.4, 0.3, 0.25, 0.05])
    X = pd.DataFrame(
        {
            "size": rng.normal(size=n),
            "colour": pd.Categorical(kinds),
            "old": rng.random(n) < 0.4,
            "rooms": rng.integers(1, 6, n),
        }
    )
    y = X["size"] * (X["colour"] == "red") + X["rooms"] * X["old"] + (X["colour"] == "blue")
    return X, y.to_numpy(dtype=float)


CATEGORICAL = {
    "xgboost": lambda: xgboost.XGBRegressor(n_estimators=12, max_depth=4, n_jobs=1, enable_categorical=True),
    "lightgbm": lambda: lightgbm.LGBMRegressor(
        n_estimators=12, min_child_samples=5, min_data_per_group=2, cat_smooth=0, n_jobs=1, verbose=-1
    ),
    "hist": lambda: HistGradientBoostingRegressor(max_iter=12, min_samples_leaf=5, categorical_features="from_dtype"),
    "catboost": lambda: catboost.CatBoostRegressor(
        iterations=12, depth=4, one_hot_max_size=10, cat_features=["colour"], verbose=0, allow_writing_files=False
    ),
}


@pytest.mark.parametrize("kind", CATEGORICAL)
def test_categories_are_points_of_their_own(kind, rng):
    X, y = frame(rng)
    model = CATEGORICAL[kind]().fit(X, y)
    effect = PartialDependence(model, X).explain(["colour", "old", "rooms", ("colour", "size")])
    colours = effect["colour"].curves[0].axes[0]
    assert colours.at.tolist() == ["blue", "green", "rare", "red"]
    assert colours.share.tolist() == pytest.approx([(X["colour"] == level).mean() for level in colours.at])
    each = np.ones(len(X))
    for level in colours.at:
        own = definition.mean(raw(model), X, each, [1], [level])
        np.testing.assert_allclose(effect.at("colour", [level])[0], own, atol=2e-6)
        pair = definition.mean(raw(model), X, each, [1, 0], [level, 0.3])
        np.testing.assert_allclose(effect.at(("colour", "size"), [level], [0.3])[0], pair, atol=2e-6)
    for value in (False, True):
        own = definition.mean(raw(model), X, each, [2], [value])
        np.testing.assert_allclose(effect.at("old", [value])[0], own, atol=2e-6)


def test_missing_categories_are_a_place_of_their_own(rng):
    X, y = frame(rng)
    X["colour"] = X["colour"].where(rng.random(len(X)) > 0.2)
    model = CATEGORICAL["xgboost"]().fit(X, y)
    effect = PartialDependence(model, X).explain("colour")
    own = definition.mean(raw(model), X, np.ones(len(X)), [1], [None])
    np.testing.assert_allclose(effect.at("colour", [None])[0], own, atol=2e-6)


def test_codes_of_categories_in_an_array_are_levels(rng):
    X = np.column_stack([rng.integers(0, 6, 300), rng.normal(size=300)]).astype(float)
    y = np.array([0, 3, 1, 5, 2, 4])[X[:, 0].astype(int)] + X[:, 1]
    model = HistGradientBoostingRegressor(max_iter=20, categorical_features=[0]).fit(X, y)
    effect = PartialDependence(model, X).explain(0)
    assert effect.curves[0].axes[0].kind == "levels"
    for code in range(6):
        own = definition.mean(model.predict, X, np.ones(300), [0], [float(code)])
        np.testing.assert_allclose(effect.at("x0", [code])[0], own, atol=1e-10)


def test_a_one_hot_block_is_the_users_column(rng):
    X, y = frame(rng)
    encode = make_column_transformer((OneHotEncoder(), ["colour"]), remainder="passthrough")
    model = make_pipeline(encode, RandomForestRegressor(8, max_depth=6, random_state=0)).fit(X, y)
    effect = PartialDependence(model, X).explain(["colour", "rooms", ("colour", "rooms")])
    each = np.ones(len(X))
    for level in ("red", "rare"):
        own = definition.mean(model.predict, X, each, [1], [level])
        np.testing.assert_allclose(effect.at("colour", [level])[0], own, atol=1e-10)
        pair = definition.mean(model.predict, X, each, [1, 3], [level, 2])
        np.testing.assert_allclose(effect.at(("colour", "rooms"), [level], [2])[0], pair, atol=1e-10)


@pytest.mark.parametrize(
    "step",
    [StandardScaler(), FunctionTransformer(np.negative), FunctionTransformer(np.cbrt), StandardScaler(with_std=False)],
    ids=["scaled", "turned round", "curved", "shifted"],
)
def test_steps_of_an_encoded_column_are_in_the_users_own_unit(step, rng):
    X, y = data(rng, missing=0)
    model = make_pipeline(step, RandomForestRegressor(5, max_depth=5, random_state=0)).fit(X, y)
    effect = PartialDependence(model, X).explain([0, (0, 1)])
    axis = effect["x0"].curves[0].axes[0]
    edges = axis.at[rng.permutation(len(axis.at))[:8]]
    at = np.concatenate([edges, np.nextafter(edges, np.inf), (edges[:-1] + edges[1:]) / 2])
    own = [definition.mean(model.predict, X, np.ones(len(X)), [0], [x]) for x in at]
    np.testing.assert_allclose(effect.at("x0", at), own, atol=1e-10)


def test_binned_columns_have_the_steps_of_their_bins(rng):
    X, y = data(rng, missing=0)
    bins = KBinsDiscretizer(5, encode="onehot-dense", strategy="uniform")
    model = make_pipeline(bins, DecisionTreeRegressor(max_depth=5)).fit(X, y)
    with pytest.raises(UnsupportedModelError, match="neither rises nor falls"):
        PartialDependence(model, X).explain(0)


def test_an_encoding_without_steps_is_refused_for_that_column_alone(rng):
    X, y = data(rng, missing=0)
    step = make_column_transformer((SplineTransformer(n_knots=4), [0]), remainder="passthrough")
    model = make_pipeline(step, RandomForestRegressor(5, random_state=0)).fit(X, y)
    method = PartialDependence(model, X)
    assert method.explain(1).names == (("x1",),)
    with pytest.raises(UnsupportedModelError, match="column 'x0' is encoded by a step that neither rises nor falls"):
        method.explain(0)
    grid = PartialDependence(model.predict, X).explain(0)
    assert grid.curves[0].axes[0].kind == "points"


def test_a_constant_model_has_flat_curves(rng):
    X, _ = data(rng)
    model = HistGradientBoostingRegressor(max_iter=3).fit(X, np.full(len(X), 7.0))
    effect = PartialDependence(model, X).explain()
    assert all((curve.values == pytest.approx(7.0)) for curve in effect.curves)
    np.testing.assert_allclose(effect.importance().values, 0, atol=1e-14)


def test_a_background_in_a_file_or_in_chunks_gives_the_same_bits(rng, tmp_path):
    X, y = data(rng)
    names = ["a", "b", "c", "d"]
    whole = pd.DataFrame(X, columns=names)
    model = HistGradientBoostingRegressor(max_iter=12).fit(whole, y)
    expected = PartialDependence(model, whole).explain(["a", ("b", "c")])
    whole.to_parquet(tmp_path / "rows.parquet")
    chunks = (whole[start : start + 37] for start in range(0, len(whole), 37))
    for source in (tmp_path / "rows.parquet", chunks):
        effect = PartialDependence(model, source).explain(["a", ("b", "c")])
        for got, curve in zip(effect.curves, expected.curves, strict=True):
            np.testing.assert_array_equal(got.values, curve.values)
            np.testing.assert_allclose(got.axes[0].share, curve.axes[0].share)
        assert effect.receipt.background["rows"] == len(whole)


def test_threads_and_kinds_of_frame_do_not_change_a_bit(rng):
    X, y = frame(rng)
    X = X.drop(columns="colour")
    model = RandomForestRegressor(8, random_state=0).fit(X, y)
    expected = PartialDependence(model, X, threads=1).explain()
    for rows, threads in ((X, 2), (pl.from_pandas(X), 3)):
        for got, curve in zip(
            PartialDependence(model, rows, threads=threads).explain().curves, expected.curves, strict=True
        ):
            np.testing.assert_array_equal(got.values, curve.values)


def test_other_models_are_asked_on_a_grid(rng):
    X, y = frame(rng)
    encode = make_column_transformer((OneHotEncoder(), ["colour"]), remainder="passthrough")
    model = make_pipeline(encode, Ridge()).fit(X, y)
    weights = rng.uniform(0.1, 2, len(X))
    effect = PartialDependence(model, (X, weights), grid=7).explain(["size", "colour", ("colour", "rooms")])
    axis = effect["size"].curves[0].axes[0]
    assert axis.kind == "points"
    assert len(axis.at) == 7
    assert axis.share.sum() == pytest.approx(1)
    for x in axis.at:
        own = definition.mean(model.predict, X, weights, [0], [float(x)])
        np.testing.assert_allclose(effect.at("size", [x])[0], own, atol=1e-10)
    own = definition.mean(model.predict, X, weights, [1, 3], ["red", 4])
    np.testing.assert_allclose(effect.at(("colour", "rooms"), ["red"], [4])[0], own, atol=1e-10)
    assert effect.receipt.completeness.kind == "by construction"
    assert effect.receipt.evaluations > 0


def test_the_partial_dependence_of_a_linear_function_is_its_slope(rng):
    X = rng.normal(size=(50, 3))
    effect = PartialDependence(lambda rows: rows @ [2.0, -1.0, 0.0] + 5, X, grid=9).explain()
    for name, slope in zip(("x0", "x1", "x2"), (2.0, -1.0, 0.0), strict=True):
        curve = effect[name].curves[0]
        np.testing.assert_allclose(np.diff(curve.values[:, 0]), slope * np.diff(curve.axes[0].at), atol=1e-12)


def test_a_function_of_the_outputs_is_averaged_after_it_is_applied(rng):
    X, y = data(rng, n=60, missing=0)
    model = HistGradientBoostingClassifier(max_iter=5).fit(X, y > 0)
    effect = PartialDependence(model, X, grid=5).explain(0, target=lambda raw: 1 / (1 + np.exp(-raw[:, 0])))
    x = float(effect.curves[0].axes[0].at[2])
    own = definition.mean(lambda rows: model.predict_proba(rows)[:, 1], X, np.ones(60), [0], [x])
    np.testing.assert_allclose(effect.curves[0].values[2], own, atol=1e-10)


def test_a_model_that_disagrees_with_its_trees_is_withheld(rng):
    X, y = data(rng)
    model = HistGradientBoostingRegressor(max_iter=5).fit(X, y)
    method = PartialDependence(model, X)
    object.__setattr__(method.model, "predict_native", lambda table: np.full(len(table), 3.0))
    with pytest.raises(CompletenessError, match="disagree with its trees"):
        method.explain()
    assert method.explain(check=False).receipt.completeness.kind == "not promised"


def test_bad_questions_are_refused_in_one_sentence(rng):
    X, y = data(rng)
    model = HistGradientBoostingRegressor(max_iter=5).fit(X, y)
    method = PartialDependence(model, X)
    for features, error, message in [
        ("age", ColumnsError, "there is no column 'age'"),
        ([], ParameterError, "at least one feature"),
        (["x0", 0], ParameterError, "none twice"),
        (("x0", "x0"), ParameterError, "name up to 2 different ones"),
        ([("x0", "x1", "x2")], ParameterError, "names 3; name up to 2"),
    ]:
        with pytest.raises(error, match=message) as caught:
            method.explain(features)
        assert "\n" not in str(caught.value)
    with pytest.raises(ParameterError, match="all rows need the same output"):
        method.explain(target="predicted")
    with pytest.raises(ParameterError, match="check must be"):
        method.explain(check="some")
    with pytest.raises(ParameterError, match="background"):
        PartialDependence(model)
    with pytest.raises(InputError, match="no rows"):
        PartialDependence(model, iter([])).explain()
    with pytest.raises(ParameterError, match="grid must be a whole number of at least 2"):
        PartialDependence(model, X, grid=1)


def test_model_and_background_come_back_unchanged(rng):
    X, y = frame(rng)
    model = CATEGORICAL["hist"]().fit(X, y)
    before = X.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PartialDependence(model, X).explain(["size", ("colour", "old")])
    pd.testing.assert_frame_equal(X, before)


@pytest.mark.parametrize("kind", ["trees", "function"])
def test_bands_hold_the_curves_of_rows_drawn_again(rng, kind):
    X, y = data(rng, n=60, missing=0.0)
    model = GradientBoostingRegressor(n_estimators=20, random_state=0).fit(X, y)
    asked = model if kind == "trees" else model.predict
    curve = PartialDependence(asked, X, resamples=600, seed=1).explain("x0").curves[0]
    at = [-1.0, 0.0, 1.2]
    places, random = curve.axes[0].find(at), np.random.default_rng(5)
    values = at if kind == "trees" else curve.axes[0].at[places]
    own = np.array([model.predict(np.column_stack([np.full(60, value), X[:, 1:]])) for value in values])
    again = np.array([own[:, random.integers(60, size=60)].mean(axis=1) for _ in range(600)])
    low, high = np.quantile(again, [0.025, 0.975], axis=0)
    np.testing.assert_allclose(curve.low[places, 0], low, atol=0.12 * (high - low).max())
    np.testing.assert_allclose(curve.high[places, 0], high, atol=0.12 * (high - low).max())
    plain = PartialDependence(asked, X).explain("x0").curves[0]
    assert plain.low is None
    np.testing.assert_array_equal(plain.values, curve.values)


def test_bands_of_surfaces_weights_and_many_rows(rng):
    X, y = data(rng, n=900, missing=0.05)
    model = HistGradientBoostingRegressor(max_iter=10).fit(X, y)
    weights = rng.random(900)
    trees = PartialDependence(model, (X, weights), resamples=200).explain([("x0", "x1"), "x2"])
    grid = PartialDependence(model.predict, (X, weights), resamples=200, grid=6).explain([("x0", "x1"), "x2"])
    for effect in (trees, grid):
        for curve in effect.curves:
            assert curve.low.shape == curve.values.shape
            assert (curve.low <= curve.values + 1e-9).all()
            assert (curve.values <= curve.high + 1e-9).all()
    values, low, high = (getattr(grid.curves[1], name)[:, 0] for name in ("values", "low", "high"))
    answers = np.array([model.predict(np.where(np.arange(4) == 2, value, X)) for value in grid.curves[1].axes[0].at])
    share = weights / weights.sum()
    spread = np.sqrt(((share * (answers - values[: len(answers), None])) ** 2).sum(axis=1))
    np.testing.assert_allclose((high - low)[: len(answers)] / 3.92, spread, rtol=0.35)


def test_bands_of_a_stream_cover_what_those_of_a_table_do(rng):
    X, y = data(rng, n=600, missing=0.0)
    model = GradientBoostingRegressor(n_estimators=10, random_state=0).fit(X, y)
    table = PartialDependence(model, X, resamples=300).explain("x0").curves[0]
    stream = PartialDependence(model, iter([X[:250], X[250:]]), resamples=300).explain("x0").curves[0]
    np.testing.assert_allclose(stream.values, table.values, atol=1e-12)
    width = (table.high - table.low).mean()
    assert (stream.high - stream.low).mean() == pytest.approx(width, rel=0.3)
