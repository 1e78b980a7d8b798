"""XGBoost models are read exactly: what the trees say is what the library itself predicts."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import treelite
import xgboost as xgb

from pellucid.core.errors import ColumnsError, InputError, ModelFailedError, UnsupportedModelError
from pellucid.core.forest import Decision, predict
from pellucid.models import as_model
from pellucid.models.xgboost import adapt

ROWS = 240
LETTERS = np.array(["b", "a", "z", "q", "m", "c", "k"])
SMALL = {"n_estimators": 8, "max_depth": 4, "n_jobs": 1, "random_state": 3}


def numbers(missing=0.15):
    """Rounded values, so that many equal a threshold."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(ROWS, 4)).round(1)
    X[rng.random(X.shape) < missing] = np.nan
    return pd.DataFrame(X, columns=["a", "b", "c", "d"])


def goal(X):
    return np.nan_to_num(X["a"]) * 2 + np.where(X["b"].isna(), 1.5, X["b"] > 0) - np.nan_to_num(X["c"]) ** 2 + 3


def mixed(levels=LETTERS):
    rng = np.random.default_rng(6)
    X = pd.DataFrame(
        {"a": rng.normal(size=ROWS), "letter": pd.Categorical(rng.choice(levels, ROWS), categories=levels)}
    )
    X["flag"] = rng.random(ROWS) > 0.5
    X["group"] = pd.Categorical(rng.choice([10, 20, 30], ROWS))
    X.loc[::17, "letter"] = None
    X.loc[::19, "a"] = np.nan
    y = X["a"].fillna(2) + np.select([X["letter"].isin(["a", "q"]), X["letter"].isna()], [2.0, -3.0], 0)
    return X, y + X["group"].astype(int) / 20 + X["flag"]


def regressor(y=goal, *, X=None, **settings):
    X = numbers() if X is None else X
    return xgb.XGBRegressor(**{**SMALL, **settings}).fit(X, y(X)), X


def classifier(classes, **settings):
    X = numbers()
    y = np.digitize(goal(X), np.quantile(goal(X), np.arange(1, classes) / classes))
    return xgb.XGBClassifier(**{**SMALL, **settings}).fit(X, y), X


def stopped_early():
    X = numbers()
    y = goal(X) + np.random.default_rng(2).normal(size=ROWS) * 3
    settings = {**SMALL, "n_estimators": 200, "early_stopping_rounds": 3, "learning_rate": 0.5}
    model = xgb.XGBRegressor(**settings)
    return model.fit(X[:120], y[:120], eval_set=[(X[120:], y[120:])], verbose=False), X


def ranker():
    X = numbers()
    model = xgb.XGBRanker(**SMALL)
    return model.fit(X, np.digitize(goal(X), [1, 4]), qid=np.arange(ROWS) // 20), X


def with_missing_minus_999():
    X = numbers().fillna(-999.0)
    return xgb.XGBRegressor(**SMALL, missing=-999.0).fit(X, goal(X.replace(-999.0, np.nan))), X


def several(X):
    return np.c_[goal(X), -(goal(X) ** 2), X["d"].fillna(0)]


def survival():
    X = numbers()
    y = np.exp(goal(X) / 4) * np.where(np.arange(ROWS) % 3, 1, -1)
    return xgb.XGBRegressor(**SMALL, objective="survival:cox").fit(X, y), X


def squared(y, predicted):
    return predicted - y, np.ones_like(y)


def positive(X):
    return np.exp(goal(X) / 4)


KINDS = {
    "regression": regressor,
    "base score given": lambda: regressor(base_score=100.0),
    "no missing values": lambda: regressor(X=numbers(0.0)),
    "absolute error": lambda: regressor(objective="reg:absoluteerror"),
    "pseudo-Huber": lambda: regressor(objective="reg:pseudohubererror"),
    "squared log error": lambda: regressor(positive, objective="reg:squaredlogerror"),
    "three quantiles": lambda: regressor(objective="reg:quantileerror", quantile_alpha=[0.1, 0.5, 0.9]),
    "poisson": lambda: regressor(positive, objective="count:poisson"),
    "gamma": lambda: regressor(positive, objective="reg:gamma"),
    "tweedie": lambda: regressor(positive, objective="reg:tweedie", base_score=7.0),
    "cox": survival,
    "logistic regression": lambda: regressor(lambda X: np.clip(goal(X) / 9, 0, 1), objective="reg:logistic"),
    "binary": lambda: classifier(2),
    "binary with base score": lambda: classifier(2, base_score=0.9, scale_pos_weight=3.0),
    "binary raw": lambda: classifier(2, objective="binary:logitraw"),
    "hinge": lambda: classifier(2, objective="binary:hinge"),
    "multiclass": lambda: classifier(3),
    "multiclass in two classes": lambda: classifier(2, objective="multi:softprob", num_class=2),
    "several labels": lambda: (xgb.XGBClassifier(**SMALL).fit(numbers(), several(numbers()) > 0), numbers()),
    "stopped early": stopped_early,
    "ranking": ranker,
    "missing=-999": with_missing_minus_999,
    "dart": lambda: regressor(booster="dart", rate_drop=0.5, skip_drop=0.2),
    "dart, several classes": lambda: classifier(3, booster="dart", rate_drop=0.5),
    "boosted forest": lambda: regressor(num_parallel_tree=3, subsample=0.7, colsample_bynode=0.7),
    "random forest": lambda: (xgb.XGBRFRegressor(**SMALL).fit(numbers(), goal(numbers())), numbers()),
    "random forest classifier": lambda: (xgb.XGBRFClassifier(**SMALL).fit(numbers(), goal(numbers()) > 2), numbers()),
    "a tree a target": lambda: regressor(several),
    "vector leaves": lambda: regressor(several, multi_strategy="multi_output_tree"),
    "vector leaves of classes": lambda: classifier(3, multi_strategy="multi_output_tree"),
    "pruned trees": lambda: regressor(gamma=5.0, tree_method="exact", max_depth=7),
    "constant trees": lambda: regressor(gamma=1e9),
    "by leaves": lambda: regressor(grow_policy="lossguide", max_leaves=9, max_depth=0),
    "own objective": lambda: regressor(objective=squared),
    "monotone": lambda: regressor(monotone_constraints=(1, 0, 0, 0)),
}


@pytest.fixture(scope="module", params=KINDS)
def trained(request):
    return KINDS[request.param]()


def allowed(model, expected):
    return max(2e-6, model.forest.n_trees * 2.0**-24) * max(np.abs(expected).max(), np.abs(model.forest.base).max())


def as_kind(kind, frame):
    if kind == "numpy":
        return frame.to_numpy()
    return {"pandas": lambda: frame, "polars": lambda: pl.from_pandas(frame), "pyarrow": lambda: pa.table(frame)}[
        kind
    ]()


@pytest.mark.parametrize("kind", ["pandas", "polars", "numpy"])
def test_the_trees_sum_to_the_margin_that_the_model_itself_predicts(trained, kind, route) -> None:
    native, X = trained
    own = native.predict(X, output_margin=True).reshape(ROWS, -1)
    model = as_model(native)
    table = model.table(as_kind(kind, X))
    np.testing.assert_array_equal(model.predict(table), own)
    some = table.rows(np.arange(24))
    routed = route(model.forest, model.trees.encode(some))
    np.testing.assert_allclose(routed, own[:24], rtol=0, atol=allowed(model, own))


def test_the_engine_routes_as_the_slow_walker_does(trained, route) -> None:
    model = as_model(trained[0])
    encoded = model.trees.encode(model.table(trained[1]))
    np.testing.assert_allclose(predict(model.forest, encoded)[:24], route(model.forest, encoded[:24]), rtol=1e-12)


def test_the_booster_of_a_scikit_learn_model_gives_all_its_trees(trained, route) -> None:
    native, X = trained
    booster = native.get_booster()
    own = booster.predict(xgb.DMatrix(X), output_margin=True).reshape(ROWS, -1)
    model = as_model(booster)
    table = model.table(X)
    np.testing.assert_array_equal(model.predict(table), own)
    routed = route(model.forest, model.trees.encode(table)[:20])
    np.testing.assert_allclose(routed, own[:20], rtol=0, atol=allowed(model, own))


def test_a_scikit_learn_model_that_stopped_early_uses_its_best_iteration() -> None:
    native, _ = stopped_early()
    best, last = native.best_iteration + 1, native.get_booster().num_boosted_rounds()
    assert best < last
    assert as_model(native).forest.n_trees == best
    assert as_model(native.get_booster()).forest.n_trees == last
    assert as_model(native.get_booster()[:2]).forest.n_trees == 2


def test_covers_are_the_sums_of_hessians_in_the_dump() -> None:
    native, _ = classifier(2)
    dumped = []

    def walk(node):
        dumped.append((node["cover"], node.get("leaf")))
        for child in node.get("children", []):
            walk(child)

    for tree in native.get_booster().get_dump(dump_format="json", with_stats=True):
        walk(json.loads(tree))
    forest = as_model(native).forest
    inner = forest.left >= 0
    assert len(dumped) == len(forest.cover)
    np.testing.assert_allclose(np.sort(forest.cover), np.sort([cover for cover, _ in dumped]), rtol=1e-5)
    leaves = [leaf for _, leaf in dumped if leaf is not None]
    np.testing.assert_allclose(np.sort(forest.value[~inner, 0]), np.sort(leaves), rtol=1e-5)
    np.testing.assert_allclose(
        forest.cover[inner], forest.cover[forest.left[inner]] + forest.cover[forest.right[inner]], rtol=1e-5
    )


def test_values_at_and_next_to_a_threshold_go_where_xgboost_sends_them(route) -> None:
    native, X = regressor(X=numbers(0.0))
    model = as_model(native)
    forest = model.forest
    splits = np.flatnonzero(forest.left >= 0)
    probes = np.tile(np.nanmedian(X, axis=0), (len(splits), 1))
    tried = []
    for step in (0.0, 1e-9, -1e-9, 1e-6, -1e-6):
        rows = probes.copy()
        rows[np.arange(len(splits)), forest.feature[splits]] = forest.threshold[splits] * (1 + step)
        tried.append(rows)
    rows = np.concatenate(tried)
    own = native.predict(rows, output_margin=True)
    routed = route(forest, model.trees.encode(model.table(rows)))[:, 0]
    np.testing.assert_allclose(routed, own, rtol=0, atol=allowed(model, own))


def test_treelite_reads_the_same_plain_model() -> None:
    native, X = classifier(3)
    second = treelite.frontend.from_xgboost(native.get_booster())
    expected = treelite.gtil.predict(second, X.to_numpy(dtype=np.float32), pred_margin=True).reshape(ROWS, 3)
    model = as_model(native)
    routed = predict(model.forest, model.trees.encode(model.table(X)))
    np.testing.assert_allclose(routed, expected, atol=allowed(model, expected))


# ---------------------------------------------------------------- categories


def categorical(one_hot):
    X, y = mixed()
    settings = {"enable_categorical": True, "tree_method": "hist", "max_cat_to_onehot": 100 if one_hot else 1}
    return xgb.XGBRegressor(**SMALL, **settings).fit(X, y), X


@pytest.mark.parametrize("one_hot", [True, False])
def test_category_splits_are_exact(one_hot, route) -> None:
    native, X = categorical(one_hot)
    model = as_model(native)
    assert (model.forest.decision == Decision.NOT_IN_SET).any()
    own = native.predict(X, output_margin=True)[:, None]
    table = model.table(X)
    np.testing.assert_array_equal(model.predict(table), own)
    routed = route(model.forest, model.trees.encode(table))
    np.testing.assert_allclose(routed, own, rtol=0, atol=allowed(model, own))
    np.testing.assert_allclose(predict(model.forest, model.trees.encode(table)), routed, rtol=1e-12)


def letters_only(native_type=xgb.XGBRegressor):
    X, y = mixed()
    X = X.drop(columns="group")
    return native_type(**SMALL, enable_categorical=True, max_cat_to_onehot=1).fit(X, y), X


def test_categories_are_recoded_by_name_in_every_kind_of_frame(route) -> None:
    native, X = letters_only()
    own = native.predict(X, output_margin=True)[:, None]
    model = as_model(native)
    turned = X.assign(letter=X["letter"].cat.set_categories(sorted(LETTERS)))
    spare = X.assign(letter=X["letter"].cat.add_categories(["never seen"]))
    words = X.assign(letter=X["letter"].astype(object).where(X["letter"].notna(), None))
    polar = pl.from_pandas(turned)
    frames = [X, turned, spare, words, polar, polar.cast({"letter": pl.String}), pa.table(turned)]
    frames.append(polar.cast({"letter": pl.Enum(sorted(LETTERS))}))
    for frame in frames:
        table = model.table(frame)
        np.testing.assert_array_equal(model.predict(table), own)
        encoded = model.trees.encode(table)
        np.testing.assert_array_equal(encoded, model.trees.encode(model.table(X)))
    np.testing.assert_allclose(route(model.forest, encoded), own, rtol=0, atol=allowed(model, own))


def test_an_array_holds_the_codes_of_training_and_strange_codes_are_in_no_set(route) -> None:
    native, X = letters_only()
    codes = X.assign(letter=X["letter"].cat.codes).to_numpy(dtype=np.float64)
    codes[codes[:, 1] < 0, 1] = np.nan
    codes[::5, 1] = -1.0
    codes[1::7, 1] = 2.9
    codes[2::7, 1] = 1e9
    codes[3::7, 1] = -0.5
    for own_model in (native, native.get_booster()):
        model = as_model(own_model)
        table = model.table(codes)
        own = native.predict(codes, output_margin=True)[:, None]
        np.testing.assert_array_equal(model.predict(table), own)
        encoded = model.trees.encode(table)
        np.testing.assert_allclose(route(model.forest, encoded), own, rtol=0, atol=allowed(model, own))
        np.testing.assert_allclose(predict(model.forest, encoded), own, rtol=0, atol=allowed(model, own))


def test_a_category_that_was_not_trained_on_is_refused_by_name() -> None:
    native, X = letters_only()
    model = as_model(native)
    for frame in (
        X.assign(letter=["new"] + ["a"] * (ROWS - 1)).astype({"letter": "category"}),
        pl.from_pandas(X.drop(columns="letter")).with_columns(pl.lit("new").alias("letter")),
    ):
        for ask in (model.predict, model.trees.encode):
            with pytest.raises(ColumnsError, match=r"'letter' holds 'new' in row 0.*it knows 'b', 'a'.*drop such rows"):
                ask(model.table(frame))


def test_names_that_are_not_ascii_are_recoded_as_the_installed_version_does(route) -> None:
    X, y = mixed(np.array(["女", "男", "é", "ü", "zz", "a", "q"]))
    X = X.drop(columns="group")
    native = xgb.XGBRegressor(**SMALL, enable_categorical=True, max_cat_to_onehot=1).fit(X, y)
    own = native.predict(X, output_margin=True)[:, None]
    model = as_model(native)
    table = model.table(X)
    np.testing.assert_array_equal(model.predict(table), own)
    np.testing.assert_allclose(route(model.forest, model.trees.encode(table)), own, rtol=0, atol=allowed(model, own))


def test_a_model_trained_on_codes_takes_codes_and_refuses_names() -> None:
    X, y = mixed()
    codes = np.c_[X["a"], X["letter"].cat.codes.replace(-1, np.nan)]
    data = xgb.DMatrix(codes, y, feature_types=["float", "c"], feature_names=["a", "letter"], enable_categorical=True)
    booster = xgb.train({"max_cat_to_onehot": 1, "max_depth": 4, "nthread": 1}, data, 6)
    model = as_model(booster)
    own = booster.predict(data, output_margin=True)[:, None]
    frames = [codes, pd.DataFrame(codes, columns=["a", "letter"]), X[["a", "letter"]]]
    for frame in frames:
        np.testing.assert_array_equal(model.predict(model.table(frame)), own)
        encoded = model.trees.encode(model.table(frame))
        np.testing.assert_allclose(predict(model.forest, encoded), own, rtol=0, atol=allowed(model, own))
    with pytest.raises(ColumnsError, match=r"'letter' holds categories or strings.*pass the codes as integers"):
        model.predict(model.table(pl.from_pandas(X[["a", "letter"]])))


def test_a_missing_value_that_is_a_code_is_refused() -> None:
    X, y = mixed()
    native = xgb.XGBRegressor(**SMALL, enable_categorical=True, missing=0.0).fit(X, y)
    model = as_model(native)
    assert "forest" not in model.abilities
    with pytest.raises(UnsupportedModelError, match=r"missing=0 also hides the category with that code.*missing=NaN"):
        _ = model.forest


# ---------------------------------------------------------------- kinds of values


def test_nullable_integers_booleans_and_their_missing_values_are_kept(route) -> None:
    X = pd.DataFrame({"n": np.arange(ROWS) % 9, "flag": np.arange(ROWS) % 4 == 0, "x": numbers()["a"]})
    nullable = X.astype({"n": "Int64", "flag": "boolean"})
    nullable.loc[::11, ["n", "flag"]] = pd.NA
    native = xgb.XGBRegressor(**SMALL).fit(nullable, X["n"] + X["flag"] * 3)
    own = native.predict(nullable, output_margin=True)[:, None]
    model = as_model(native)
    for frame in (nullable, pl.from_pandas(nullable), pa.table(nullable), nullable.astype(object)):
        table = model.table(frame)
        np.testing.assert_array_equal(model.predict(table), own)
        routed = route(model.forest, model.trees.encode(table))
        np.testing.assert_allclose(routed, own, rtol=0, atol=allowed(model, own))


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.int8, object])
def test_arrays_of_any_numbers_are_read(dtype, route) -> None:
    X = np.random.default_rng(1).integers(-20, 20, size=(ROWS, 3)).astype(dtype)
    native = xgb.XGBRegressor(**SMALL).fit(X.astype(float), X[:, 0].astype(float))
    model = as_model(native)
    own = native.predict(X, output_margin=True)[:, None]
    np.testing.assert_array_equal(model.predict(model.table(X)), own)
    np.testing.assert_allclose(
        route(model.forest, model.trees.encode(model.table(X))), own, rtol=0, atol=allowed(model, own)
    )


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e39])
def test_infinite_values_are_refused_with_column_and_row(value) -> None:
    native, X = regressor()
    X = X.copy()
    X.loc[7, "c"] = value
    model = as_model(native)
    for ask in (model.predict, model.trees.encode):
        with pytest.raises(InputError, match=r"column 'c' is (-?inf|1e\+39) in row 7.*replace it"):
            ask(model.table(X))


def test_infinity_as_the_missing_value_is_missing(route) -> None:
    X = numbers().fillna(np.inf)
    native = xgb.XGBRegressor(**SMALL, missing=np.inf).fit(X, goal(numbers()))
    own = native.predict(X, output_margin=True)[:, None]
    model = as_model(native)
    np.testing.assert_allclose(
        route(model.forest, model.trees.encode(model.table(X))), own, rtol=0, atol=allowed(model, own)
    )


def test_words_where_numbers_were_trained_are_refused() -> None:
    native, X = regressor()
    model = as_model(native)
    for bad in (X.assign(b="word"), X.assign(b=pd.Categorical(["x"] * ROWS)), X.assign(b=pd.Timestamp("2020-01-01"))):
        with pytest.raises(
            ColumnsError, match=r"column 'b' holds .* where the model was trained on numbers; encode it"
        ):
            model.predict(model.table(bad))


def test_numbers_where_categories_were_trained_are_refused_in_frames() -> None:
    native, X = letters_only()
    model = as_model(native)
    with pytest.raises(ColumnsError, match="'letter' holds numbers where the model was trained on categories; give it"):
        model.predict(model.table(X.assign(letter=1)))


def test_columns_are_put_in_the_order_of_training() -> None:
    native, X = regressor()
    model = as_model(native)
    np.testing.assert_array_equal(model.predict(model.table(X[["d", "c", "b", "a"]])), model.predict(model.table(X)))


# ---------------------------------------------------------------- names, units, kinds


@pytest.mark.parametrize(
    ("kind", "names", "unit"),
    [
        ("regression", ("target",), "target"),
        ("poisson", ("target",), "log(target)"),
        ("cox", ("hazard",), "log(hazard ratio)"),
        ("logistic regression", ("target",), "log-odds"),
        ("binary", ("1",), "log-odds"),
        ("hinge", ("1",), "score"),
        ("multiclass", ("0", "1", "2"), "logit"),
        ("several labels", ("target 0", "target 1", "target 2"), "log-odds"),
        ("three quantiles", ("quantile 0.1", "quantile 0.5", "quantile 0.9"), "target"),
        ("vector leaves", ("target 0", "target 1", "target 2"), "target"),
        ("ranking", ("score",), "score"),
        ("own objective", ("score",), "score"),
    ],
)
def test_outputs_and_units_are_named(kind, names, unit) -> None:
    model = as_model(KINDS[kind]()[0])
    assert (model.output_names, model.unit) == (names, unit)
    assert model.kind.startswith("xgboost.XGB")
    assert model.feature_names == ("a", "b", "c", "d")
    assert model.trees.float32_sums


def test_a_booster_trained_on_an_array_knows_only_how_many_columns() -> None:
    X = numbers().to_numpy()
    booster = xgb.train({"objective": "binary:logistic", "nthread": 1}, xgb.DMatrix(X, X[:, 0] > 0), 3)
    model = as_model(booster)
    assert (model.kind, model.feature_names, model.n_features) == ("xgboost.Booster", None, 4)
    assert model.output_names == ("1",)
    np.testing.assert_array_equal(
        model.predict(model.table(X))[:, 0], booster.predict(xgb.DMatrix(X), output_margin=True)
    )


def test_a_model_loaded_from_a_file_is_read_as_the_one_that_was_saved(tmp_path) -> None:
    for make in (lambda: classifier(3), stopped_early):
        native, X = make()
        native.save_model(tmp_path / "model.json")
        loaded = type(native)()
        loaded.load_model(tmp_path / "model.json")
        ours, theirs = as_model(native), as_model(loaded)
        assert (ours.output_names, ours.unit, ours.forest.n_trees) == (
            theirs.output_names,
            theirs.unit,
            theirs.forest.n_trees,
        )
        np.testing.assert_array_equal(ours.predict(ours.table(X)), theirs.predict(theirs.table(X)))


def test_a_linear_booster_is_read_as_weights_and_has_no_trees() -> None:
    native, X = regressor(booster="gblinear", max_depth=None)
    model = as_model(native)
    own = native.predict(X, output_margin=True)[:, None]
    np.testing.assert_array_equal(model.predict(model.table(X)), own)
    np.testing.assert_array_equal(model.predict(model.table(X.to_numpy())), own)
    assert model.abilities == ("predict", "linear")
    linear = model.linear_form.parse()
    assert (linear.weights.shape, linear.intercept.shape) == ((X.shape[1], 1), (1,))
    np.testing.assert_allclose(
        model.linear_form.encode(model.table(X)) @ linear.weights + linear.intercept, own, rtol=1e-5
    )
    with pytest.raises(UnsupportedModelError, match=r"because its booster is gblinear.*use LinearSHAP"):
        _ = model.tree_form


@pytest.mark.parametrize("native", [xgb.XGBClassifier(), xgb.Booster()])
def test_a_model_that_is_not_fitted_is_refused(native) -> None:
    with pytest.raises(UnsupportedModelError, match="has no trees yet; train it first"):
        adapt(native)


def test_an_unknown_objective_is_refused(monkeypatch) -> None:
    from pellucid.models import xgboost as module

    native, X = regressor()
    monkeypatch.delitem(module.OBJECTIVES, "reg:squarederror")
    model = adapt(native)
    assert model.predict(model.table(X)).shape == (ROWS, 1)
    with pytest.raises(UnsupportedModelError, match=r"not known how the base score enters.*'reg:squarederror'"):
        _ = model.forest


def test_vector_leaves_without_weights_of_nodes_are_refused() -> None:
    from pellucid.models.xgboost_trees import read_forest

    native, _ = regressor(several, multi_strategy="multi_output_tree")
    document = json.loads(native.get_booster().save_raw("json"))
    for tree in document["learner"]["gradient_booster"]["model"]["trees"]:
        del tree["sum_hessian"]
    with pytest.raises(UnsupportedModelError, match=r"saved by a version before 3\.2"):
        read_forest(json.dumps(document).encode(), "identity")


def test_weights_of_dropped_trees_are_found_where_any_version_keeps_them() -> None:
    from pellucid.models.xgboost_trees import read_forest

    native, _ = KINDS["dart"]()
    document = json.loads(native.get_booster().save_raw("json"))
    inside = document["learner"]["gradient_booster"]
    if "gbtree" in inside:
        moved = {"name": "gbtree", "model": {**inside["gbtree"]["model"], "weight_drop": inside["weight_drop"]}}
    else:
        kept = dict(inside["model"])
        moved = {"name": "dart", "weight_drop": kept.pop("weight_drop"), "gbtree": {"name": "gbtree", "model": kept}}
    document["learner"]["gradient_booster"] = moved
    other = read_forest(json.dumps(document).encode(), "identity")
    np.testing.assert_array_equal(other.value, as_model(native).forest.value)


def test_reading_and_predicting_change_neither_model_nor_rows() -> None:
    native, X = categorical(False)
    before, rows = bytes(native.get_booster().save_raw("ubj")), X.copy()
    config = native.get_booster().save_config()
    model = as_model(native)
    _ = model.forest
    model.predict(model.table(X))
    model.trees.encode(model.table(X))
    assert bytes(native.get_booster().save_raw("ubj")) == before
    assert native.get_booster().save_config() == config
    pd.testing.assert_frame_equal(X, rows)


def test_the_fingerprint_tells_models_apart() -> None:
    native, X = regressor()
    same, other, table = regressor()[0], regressor(max_depth=2)[0], as_model(native).table(X)
    elsewhere = regressor(missing=-1.0)[0]
    prints = [as_model(model).fingerprint(table) for model in (native, same, other, elsewhere)]
    assert prints[0] == prints[1]
    assert len(set(prints)) == 3


def test_a_failure_inside_xgboost_becomes_one_sentence(monkeypatch) -> None:
    native, X = regressor()
    model = as_model(native)

    def fail(*_, **__):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(type(native), "predict", fail)
    with pytest.raises(ModelFailedError, match="raised RuntimeError while predicting 240 rows: out of memory"):
        model.predict(model.table(X))
