"""LightGBM models are read exactly: what the trees say is what the library itself predicts."""

import warnings

import lightgbm as lgb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import treelite

from pellucid.core.errors import ColumnsError, ModelFailedError, UnsupportedModelError
from pellucid.core.forest import Decision, Missing, predict
from pellucid.models import as_model
from pellucid.models.lightgbm import adapt

ROWS = 240
LETTERS = np.array(["b", "a", "z", "é", "男", "c"])
SMALL = {"n_estimators": 8, "num_leaves": 9, "n_jobs": 1, "verbose": -1, "min_child_samples": 4}
RAW = {**SMALL, "num_threads": 1}


def numbers(missing=0.15):
    """Rounded values, so that many equal a threshold, many are 0 and some are missing."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(ROWS, 4)).round(1)
    X[rng.random(X.shape) < 0.2] = 0.0
    X[rng.random(X.shape) < missing] = np.nan
    return pd.DataFrame(X, columns=["a", "b", "c", "d"])


def goal(X):
    return np.nan_to_num(X["a"]) * 2 + np.where(X["b"].isna(), 1.5, X["b"] > 0) - np.nan_to_num(X["c"]) ** 2 + 3


def positive(X):
    return np.exp(goal(X) / 4)


def regressor(y=goal, *, missing=0.15, **settings):
    X = numbers(missing)
    return lgb.LGBMRegressor(**{**SMALL, **settings}).fit(X, y(X)), numbers()


def classifier(classes, labels=None, **settings):
    X = numbers()
    y = np.digitize(goal(X), np.quantile(goal(X), np.arange(1, classes) / classes))
    return lgb.LGBMClassifier(**{**SMALL, **settings}).fit(X, y if labels is None else np.array(labels)[y]), X


def stopped_early():
    X = numbers()
    y = goal(X) + np.random.default_rng(2).normal(size=ROWS) * 3
    model = lgb.LGBMRegressor(**{**SMALL, "n_estimators": 200, "learning_rate": 0.5})
    stop = lgb.early_stopping(3, verbose=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # LightGBM 4.7 calls eval_set eval_X, which older versions do not know
        return model.fit(X[:120], y[:120], eval_set=[(X[120:], y[120:])], callbacks=[stop]), X


def ranker():
    X = numbers()
    return lgb.LGBMRanker(**SMALL).fit(X, np.digitize(goal(X), [1, 4]), group=[20] * (ROWS // 20)), X


def squared(y, predicted):
    return predicted - y, np.ones_like(y)


def own_multiclass():
    def pull(y, margins):
        target = np.eye(3)[y.astype(int)]
        return margins - target, np.ones_like(margins)

    X = numbers()
    y = np.digitize(goal(X), [1, 4])
    return lgb.LGBMClassifier(**SMALL, objective=pull, num_class=3).fit(X, y), X


def booster(settings, y=goal, **data):
    X = numbers()
    return lgb.train({**RAW, **settings}, lgb.Dataset(X, y(X), **data)), X


FOREST = {"boosting_type": "rf", "subsample": 0.7, "subsample_freq": 1}

KINDS = {
    "regression": regressor,
    "nothing missing in training": lambda: regressor(missing=0.0),
    "zeros are missing": lambda: regressor(zero_as_missing=True),
    "missing values not used": lambda: regressor(use_missing=False),
    "no boost from average": lambda: regressor(boost_from_average=False),
    "absolute error": lambda: regressor(objective="l1"),
    "huber": lambda: regressor(objective="huber"),
    "quantile": lambda: regressor(objective="quantile", alpha=0.8),
    "root of the target": lambda: regressor(reg_sqrt=True),
    "poisson": lambda: regressor(positive, objective="poisson"),
    "gamma": lambda: regressor(positive, objective="gamma"),
    "tweedie": lambda: regressor(positive, objective="tweedie"),
    "cross entropy": lambda: booster({"objective": "cross_entropy"}, lambda X: np.clip(goal(X) / 9, 0, 1)),
    "binary": lambda: classifier(2, ["no", "yes"]),
    "binary, steep": lambda: classifier(2, sigmoid=2.0),
    "unbalanced": lambda: classifier(2, is_unbalance=True),
    "multiclass": lambda: classifier(3, ["low", "middle", "high"]),
    "one against all": lambda: classifier(3, objective="multiclassova"),
    "stopped early": stopped_early,
    "ranking": ranker,
    "dart": lambda: regressor(boosting_type="dart", drop_rate=0.5, skip_drop=0.2),
    "goss": lambda: regressor(data_sample_strategy="goss"),
    "random forest": lambda: regressor(**FOREST),
    "random forest of classes": lambda: classifier(3, **FOREST),
    "own objective": lambda: regressor(objective=squared),
    "own multiclass objective": own_multiclass,
    "extra trees": lambda: regressor(extra_trees=True),
    "constant trees": lambda: regressor(min_child_samples=ROWS),
    "monotone": lambda: regressor(monotone_constraints=[1, 0, 0, 0]),
    "quantized": lambda: regressor(use_quantized_grad=True),
    "a booster": lambda: booster({"objective": "binary"}, lambda X: goal(X) > 2),
    "a booster of three classes": lambda: booster(
        {"objective": "multiclass", "num_class": 3}, lambda X: np.digitize(goal(X), [1, 4])
    ),
    "a booster read from text": lambda: (
        lgb.Booster(model_str=stopped_early()[0].booster_.model_to_string()),
        numbers(),
    ),
}


@pytest.fixture(scope="module", params=KINDS)
def trained(request):
    return KINDS[request.param]()


def raw(native, X):
    return np.asarray(native.predict(X, raw_score=True)).reshape(len(X), -1)


def allowed(expected):
    return 1e-10 * max(np.abs(expected).max(), 1e-3)


def as_kind(kind, frame):
    if kind == "numpy":
        return frame.to_numpy()
    return {"pandas": lambda: frame, "polars": lambda: pl.from_pandas(frame), "pyarrow": lambda: pa.table(frame)}[
        kind
    ]()


@pytest.mark.parametrize("kind", ["pandas", "polars", "numpy"])
def test_the_trees_sum_to_the_raw_score_of_the_model_itself(trained, kind, route) -> None:
    native, X = trained
    own = raw(native, X)
    model = as_model(native)
    table = model.table(as_kind(kind, X))
    np.testing.assert_array_equal(model.predict(table), own)
    routed = route(model.forest, model.trees.encode(table.rows(np.arange(24))))
    np.testing.assert_allclose(routed, own[:24], rtol=0, atol=allowed(own))


def test_the_engine_routes_as_the_slow_walker_does(trained, route) -> None:
    model = as_model(trained[0])
    encoded = model.trees.encode(model.table(trained[1]))
    np.testing.assert_allclose(predict(model.forest, encoded)[:24], route(model.forest, encoded[:24]), rtol=1e-12)


def test_a_model_that_stopped_early_uses_its_best_iteration(route) -> None:
    native, X = stopped_early()
    assert as_model(native).forest.n_trees == native.best_iteration_
    y = goal(X)
    kept, held = (
        lgb.Dataset(X[:120], y[:120]),
        lgb.Dataset(X[120:], np.random.default_rng(2).normal(size=120) + y[120:]),
    )
    settings = {**RAW, "n_estimators": 60, "learning_rate": 0.5}
    stop = lgb.early_stopping(3, verbose=False)
    booster = lgb.train(settings, kept, valid_sets=[held], callbacks=[stop], keep_training_booster=True)
    assert booster.best_iteration < booster.current_iteration()
    own = raw(booster, X)
    model = as_model(booster)
    assert model.forest.n_trees == booster.best_iteration
    routed = route(model.forest, model.trees.encode(model.table(X)))
    np.testing.assert_allclose(routed, own, rtol=0, atol=allowed(own))


def test_a_random_forest_is_a_sum_and_not_a_mean_of_trees() -> None:
    native, X = KINDS["random forest"]()
    model = as_model(native)
    assert model.unit == "sum over trees"
    np.testing.assert_allclose(raw(native, X)[:, 0] / model.forest.n_trees, native.predict(X))


def test_covers_are_the_counts_in_the_dump() -> None:
    native, _ = classifier(3)
    dumped = []

    def walk(node, tree):
        leaf = "leaf_count" in node or "leaf_value" in node
        dumped.append((tree, node["leaf_count" if leaf else "internal_count"], node["leaf_value"] if leaf else 0.0))
        if not leaf:
            walk(node["left_child"], tree)
            walk(node["right_child"], tree)

    for tree in native.booster_.dump_model()["tree_info"]:
        walk(tree["tree_structure"], tree["tree_index"])
    forest = as_model(native).forest
    tree_of = np.searchsorted(forest.roots, np.arange(len(forest.left)), side="right") - 1
    ours = sorted(zip(tree_of.tolist(), forest.cover.tolist(), forest.value[:, 0].tolist(), strict=True))
    np.testing.assert_allclose(ours, sorted(dumped), rtol=1e-12)
    inner = forest.left >= 0
    np.testing.assert_array_equal(
        forest.cover[inner], forest.cover[forest.left[inner]] + forest.cover[forest.right[inner]]
    )


def test_values_at_and_next_to_a_threshold_go_where_lightgbm_sends_them(route) -> None:
    native, X = regressor()
    model = as_model(native)
    forest = model.forest
    splits = np.flatnonzero(forest.left >= 0)
    tried = []
    for move in (lambda t: t, lambda t: np.nextafter(t, np.inf), lambda t: np.nextafter(t, -np.inf)):
        rows = np.tile(np.nanmedian(X, axis=0), (len(splits), 1))
        rows[np.arange(len(splits)), forest.feature[splits]] = move(forest.threshold[splits])
        tried.append(rows)
    rows = np.concatenate(tried)
    own = raw(native.booster_, rows)
    np.testing.assert_allclose(route(forest, model.trees.encode(model.table(rows))), own, rtol=0, atol=allowed(own))


@pytest.mark.parametrize("kind", ["regression", "zeros are missing", "nothing missing in training"])
def test_missing_zero_tiny_and_infinite_values_follow_the_models_own_rule(kind, route) -> None:
    native, _ = KINDS[kind]()
    specials = np.array([np.nan, 0.0, -0.0, 1e-36, -1e-36, 1e-35, 1.1e-35, -1.1e-35, np.inf, -np.inf, 1e300, 0.05])
    rows = np.random.default_rng(0).choice(specials, size=(300, 4))
    model = as_model(native)
    expected = {"regression": Missing.NAN, "zeros are missing": Missing.ZERO}.get(kind, Missing.NAN_IS_ZERO)
    assert (model.forest.missing[model.forest.left >= 0] == expected).any()
    own = raw(native.booster_, rows)
    encoded = model.trees.encode(model.table(rows))
    np.testing.assert_allclose(route(model.forest, encoded), own, rtol=0, atol=allowed(own))
    np.testing.assert_allclose(predict(model.forest, encoded), own, rtol=0, atol=allowed(own))


def test_treelite_reads_the_same_plain_model() -> None:
    native, X = classifier(3)
    second = treelite.frontend.from_lightgbm(native.booster_)
    expected = treelite.gtil.predict(second, X.to_numpy(), pred_margin=True).reshape(ROWS, 3)
    model = as_model(native)
    np.testing.assert_allclose(
        predict(model.forest, model.trees.encode(model.table(X))), expected, rtol=0, atol=allowed(expected)
    )


# ---------------------------------------------------------------- categories


def mixed(levels=LETTERS):
    rng = np.random.default_rng(6)
    X = pd.DataFrame(
        {"a": rng.normal(size=ROWS), "letter": pd.Categorical(rng.choice(levels, ROWS), categories=levels)}
    )
    X["flag"] = rng.random(ROWS) > 0.5
    X["group"] = pd.Categorical(rng.choice([10, 20, 30], ROWS))
    X["step"] = pd.Categorical(rng.choice(["low", "high"], ROWS), categories=["low", "high"], ordered=True)
    X.loc[::17, "letter"] = None
    X.loc[::19, "a"] = np.nan
    y = X["a"].fillna(2) + np.select([X["letter"].isin(levels[[1, 3]]), X["letter"].isna()], [2.0, -3.0], 0)
    return X, y + X["group"].astype(int) / 20 + X["flag"] + (X["step"] == "low")


def categorical(levels=LETTERS):
    X, y = mixed(levels)
    settings = {"min_data_per_group": 3, "cat_smooth": 1.0, "max_cat_to_onehot": 2}
    return lgb.LGBMRegressor(**SMALL, **settings).fit(X, y), X


@pytest.mark.parametrize("levels", [LETTERS, np.array([f"level {i}" for i in range(70)])], ids=["6", "70"])
def test_category_splits_are_exact(levels, route) -> None:
    native, X = categorical(levels)
    model = as_model(native)
    assert (model.forest.decision == Decision.IN_SET).any()
    own = raw(native, X)
    table = model.table(X)
    np.testing.assert_array_equal(model.predict(table), own)
    encoded = model.trees.encode(table)
    np.testing.assert_allclose(route(model.forest, encoded), own, rtol=0, atol=allowed(own))
    np.testing.assert_allclose(predict(model.forest, encoded), own, rtol=0, atol=allowed(own))


def test_categories_are_recoded_by_value_in_every_kind_of_frame(route) -> None:
    native, X = categorical()
    own = raw(native, X)
    model = as_model(native)
    turned = X.assign(letter=X["letter"].cat.set_categories(sorted(LETTERS)))
    spare = X.assign(letter=X["letter"].cat.add_categories(["never seen"]))
    words = X.assign(letter=X["letter"].astype(object).where(X["letter"].notna(), None))
    for frame in (X, turned, spare, words):
        table = model.table(frame)
        np.testing.assert_array_equal(model.predict(table), own)
        np.testing.assert_array_equal(model.trees.encode(table), model.trees.encode(model.table(X)))


def test_polars_and_pyarrow_categories_are_recoded_by_value(route) -> None:
    X, y = mixed()
    X = X.drop(columns="group")
    native = lgb.LGBMRegressor(**SMALL, min_data_per_group=3).fit(X, y)
    own = raw(native, X)
    model = as_model(native)
    polar = pl.from_pandas(X).with_columns(pl.col("letter").cast(pl.String))
    enum = polar.cast({"letter": pl.Enum(sorted(LETTERS)), "step": pl.Categorical})
    for frame in (polar, enum, pa.table(X), pl.from_pandas(X)):
        table = model.table(frame)
        np.testing.assert_array_equal(model.predict(table), own)
        routed = route(model.forest, model.trees.encode(table))
        np.testing.assert_allclose(routed, own, rtol=0, atol=allowed(own))


def test_unseen_and_missing_categories_go_where_lightgbm_sends_them(route) -> None:
    native, X = categorical()
    strange = X.assign(letter=pd.Categorical(["new", None, "a", "é"] * (ROWS // 4)))
    own = raw(native, strange)
    model = as_model(native)
    table = model.table(strange)
    np.testing.assert_array_equal(model.predict(table), own)
    np.testing.assert_allclose(route(model.forest, model.trees.encode(table)), own, rtol=0, atol=allowed(own))


def test_codes_in_an_array_may_be_negative_broken_or_huge(route) -> None:
    rng = np.random.default_rng(3)
    codes = np.c_[rng.integers(0, 40, ROWS).astype(float), rng.normal(size=ROWS)]
    y = (codes[:, 0] % 3 == 1) * 2 + codes[:, 1]
    native = lgb.LGBMRegressor(**SMALL, min_data_per_group=3, cat_smooth=1.0).fit(codes, y, categorical_feature=[0])
    codes[: ROWS // 2, 0] = np.resize([-1.0, -0.5, 2.9, np.nan, 31.0, 32.0, 41.0, 1e6, 3e9, np.inf, -np.inf], ROWS // 2)
    own = raw(native, codes)
    model = as_model(native)
    table = model.table(codes)
    np.testing.assert_array_equal(model.predict(table), own)
    encoded = model.trees.encode(table)
    np.testing.assert_allclose(route(model.forest, encoded), own, rtol=0, atol=allowed(own))
    np.testing.assert_allclose(predict(model.forest, encoded), own, rtol=0, atol=allowed(own))


def test_other_columns_of_categories_than_in_training_are_refused() -> None:
    native, X = categorical()
    model = as_model(native)
    with pytest.raises(ColumnsError, match=r"trained on 3 columns of categories and the table has 2 .*as in training"):
        model.predict(model.table(X.assign(letter=1)))
    native, X = regressor()
    model = as_model(native)
    for bad in (X.assign(b="word"), X.assign(b=pd.Timestamp("2020-01-01"))):
        for ask in (model.predict, model.trees.encode):
            with pytest.raises(
                ColumnsError, match=r"column 'b' holds .* where the model was trained on numbers; encode"
            ):
                ask(model.table(bad))


# ---------------------------------------------------------------- kinds of values


def test_nullable_integers_booleans_and_their_missing_values_are_kept(route) -> None:
    X = pd.DataFrame({"n": np.arange(ROWS) % 9, "flag": np.arange(ROWS) % 4 == 0, "x": numbers()["a"]})
    nullable = X.astype({"n": "Int64", "flag": "boolean"})
    nullable.loc[::11, ["n", "flag"]] = pd.NA
    native = lgb.LGBMRegressor(**SMALL).fit(nullable, X["n"] + X["flag"] * 3)
    own = raw(native, nullable)
    model = as_model(native)
    for frame in (nullable, pl.from_pandas(nullable), pa.table(nullable), nullable.astype(object)):
        table = model.table(frame)
        np.testing.assert_array_equal(model.predict(table), own)
        routed = route(model.forest, model.trees.encode(table))
        np.testing.assert_allclose(routed, own, rtol=0, atol=allowed(own))


def test_whole_numbers_in_an_array_are_rounded_to_float32_as_lightgbm_does(route) -> None:
    X = 2**24 + np.arange(ROWS, dtype=np.int64)[:, None]
    native = lgb.LGBMRegressor(**SMALL).fit(X.astype(np.float64), np.arange(ROWS) % 5)
    model = as_model(native)
    for rows in (X, X.astype(np.float64), X.astype(object)):
        own = raw(native, rows)
        np.testing.assert_array_equal(model.predict(model.table(rows)), own)
        routed = route(model.forest, model.trees.encode(model.table(rows)))
        np.testing.assert_allclose(routed, own, rtol=0, atol=allowed(own))


def test_columns_with_spaces_are_matched_by_name_and_keep_it() -> None:
    X = numbers().rename(columns={"a": "sum insured", "b": "b_b"})
    native = lgb.LGBMRegressor(**SMALL).fit(X, goal(numbers()))
    model = as_model(native)
    turned = X[["d", "c", "b_b", "sum insured"]]
    table = model.table(turned)
    assert table.names == ("sum insured", "b_b", "c", "d")
    np.testing.assert_array_equal(model.predict(table), raw(native, X))
    assert model.table(table).names == table.names
    assert model.table(X.to_numpy()).names == ("sum_insured", "b_b", "c", "d")
    with pytest.raises(ColumnsError, match="'sum_insured'"):
        model.table(X.drop(columns="sum insured"))
    with pytest.raises(ColumnsError, match="1 column unknown to the model: 'sum insured'"):
        model.table(X.assign(sum_insured=0.0))


# ---------------------------------------------------------------- names, units, kinds


@pytest.mark.parametrize(
    ("kind", "names", "unit"),
    [
        ("regression", ("target",), "target"),
        ("root of the target", ("target",), "signed root of the target"),
        ("poisson", ("target",), "log(target)"),
        ("cross entropy", ("target",), "log-odds"),
        ("binary", ("yes",), "log-odds"),
        ("binary, steep", ("1",), "score"),
        ("multiclass", ("high", "low", "middle"), "logit"),
        ("one against all", ("0", "1", "2"), "log-odds"),
        ("random forest of classes", ("0", "1", "2"), "sum over trees"),
        ("ranking", ("score",), "score"),
        ("own objective", ("score",), "score"),
        ("own multiclass objective", ("0", "1", "2"), "score"),
        ("a booster", ("1",), "log-odds"),
        ("a booster of three classes", ("0", "1", "2"), "logit"),
    ],
)
def test_outputs_and_units_are_named(kind, names, unit) -> None:
    model = as_model(KINDS[kind]()[0])
    assert (model.output_names, model.unit) == (names, unit)
    assert model.feature_names == ("a", "b", "c", "d")
    assert not model.trees.float32_sums


def test_a_model_trained_on_an_array_knows_only_how_many_columns() -> None:
    X = numbers()
    native = lgb.LGBMRegressor(**SMALL).fit(X.to_numpy(), goal(X))
    model = as_model(native)
    assert (model.kind, model.feature_names, model.n_features) == ("lightgbm.LGBMRegressor", None, 4)
    np.testing.assert_array_equal(model.predict(model.table(X)), raw(native, X.to_numpy()))


def test_linear_trees_predict_and_are_refused_as_trees() -> None:
    native, X = regressor(linear_tree=True)
    model = as_model(native)
    np.testing.assert_array_equal(model.predict(model.table(X)), raw(native, X))
    assert model.abilities == ("predict",)
    with pytest.raises(UnsupportedModelError, match=r"because linear_tree=True put a linear function.*PermutationSHAP"):
        _ = model.forest


def test_prediction_that_stops_early_is_refused_as_trees() -> None:
    native, X = classifier(2, pred_early_stop=True, pred_early_stop_freq=2, pred_early_stop_margin=0.3)
    model = as_model(native)
    own = raw(native, X)
    np.testing.assert_array_equal(model.predict(model.table(X)), own)
    assert np.abs(own - raw(native.booster_, X)).max() > 0.01
    with pytest.raises(UnsupportedModelError, match="because pred_early_stop=True leaves out trees"):
        _ = model.forest


@pytest.mark.parametrize("native", [lgb.LGBMClassifier(), lgb.LGBMRanker()])
def test_a_model_that_is_not_fitted_is_refused(native) -> None:
    with pytest.raises(UnsupportedModelError, match="has no trees yet; train it first"):
        adapt(native)


def test_reading_and_predicting_change_neither_model_nor_rows() -> None:
    native, X = categorical()
    before, rows = native.booster_.model_to_string(), X.copy()
    model = as_model(native)
    _ = model.forest
    model.predict(model.table(X))
    model.trees.encode(model.table(X))
    assert native.booster_.model_to_string() == before
    pd.testing.assert_frame_equal(X, rows)


def test_the_fingerprint_tells_models_apart_and_outlives_a_file() -> None:
    native, X = regressor()
    table = as_model(native).table(X)
    again = lgb.Booster(model_str=native.booster_.model_to_string())
    assert as_model(native.booster_).fingerprint(table) == as_model(again).fingerprint(table)
    assert as_model(native).fingerprint(table) != as_model(regressor(num_leaves=5)[0]).fingerprint(table)


def test_a_failure_inside_lightgbm_becomes_one_sentence(monkeypatch) -> None:
    native, X = regressor()
    model = as_model(native)

    def fail(*_, **__):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(lgb.Booster, "predict", fail)
    with pytest.raises(ModelFailedError, match="raised RuntimeError while predicting 240 rows: out of memory"):
        model.predict(model.table(X))
