"""CatBoost models are read exactly: what the trees say is what the library itself predicts."""

import itertools
import json

import catboost as cb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from tests.tree_models import catboost_json
from tests.tree_models.case import coalitions, shapley

from pellucid.attribution import TreeSHAP
from pellucid.core.errors import ColumnsError, ModelFailedError, UnsupportedModelError
from pellucid.core.forest import Decision, predict
from pellucid.models import as_model, catboost
from pellucid.models.catboost import adapt

ROWS = 240
SMALL = {
    "iterations": 8,
    "depth": 3,
    "verbose": False,
    "allow_writing_files": False,
    "thread_count": 1,
    "random_seed": 1,
}
LETTERS = np.array(["b", "a", "z", "é", "男", "a much longer category than the others are", "x" * 90])


def numbers(missing=0.15, seed=5):
    """Rounded values, so that many equal a border, and some are missing."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(ROWS, 4)).round(1)
    X[rng.random(X.shape) < missing] = np.nan
    return pd.DataFrame(X, columns=["a", "b", "c", "d"])


def goal(X):
    return np.nan_to_num(X["a"]) * 2 + np.where(X["b"].isna(), 1.5, X["b"] > 0) - np.nan_to_num(X["c"]) ** 2 + 3


def positive(X):
    return np.exp(goal(X) / 4)


def classes(X, count=3):
    return np.digitize(goal(X), np.quantile(goal(X), np.arange(1, count) / count))


def model_of(y=goal, *, kind=None, missing=0.15, **settings):
    X, settings = numbers(missing), {**SMALL, **settings}
    native = kind(**settings) if kind else cb.CatBoost(settings)
    return native.fit(X, y(X)), numbers()


def loss(name, y=goal, **settings):
    return model_of(y, loss_function=name, **settings)


def classifier(count, labels=None, **settings):
    return model_of(
        lambda X: classes(X, count) if labels is None else np.array(labels)[classes(X, count)],
        kind=cb.CatBoostClassifier,
        **settings,
    )


def ranker(**settings):
    X = numbers()
    return cb.CatBoostRanker(**SMALL, **settings).fit(X, classes(X), group_id=np.arange(ROWS) // 20), X


def stopped_early():
    X = numbers()
    y = goal(X) + np.random.default_rng(2).normal(size=ROWS) * 3
    native = cb.CatBoostRegressor(**{**SMALL, "iterations": 300, "learning_rate": 0.5, "early_stopping_rounds": 5})
    return native.fit(X[:120], y[:120], eval_set=(X[120:], y[120:])), X


def scaled():
    native, X = model_of(kind=cb.CatBoostRegressor)
    native.set_scale_and_bias(2.5, -1.25)
    return native, X


def summed():
    X = numbers()
    parts = [model_of(kind=cb.CatBoostRegressor, depth=depth)[0] for depth in (2, 3)]
    return cb.sum_models(parts, weights=[0.5, 1.5]), X


class Squares:
    def calc_ders_range(self, predictions, targets, _weights):
        return [(targets[i] - predictions[i], -1.0) for i in range(len(targets))]


def both(X):
    return np.c_[goal(X), goal(X) ** 2]


def labels(X):
    return np.c_[goal(X) > 2, goal(X) > 3].astype(int)


KINDS = {
    "regression": lambda: model_of(kind=cb.CatBoostRegressor),
    "depth 1": lambda: model_of(depth=1),
    "depth 9": lambda: model_of(depth=9, iterations=3),
    "missing values largest": lambda: model_of(nan_mode="Max"),
    "nothing missing in training": lambda: model_of(missing=0.0),
    "missing values forbidden": lambda: model_of(missing=0.0, nan_mode="Forbidden"),
    "no boost from average": lambda: model_of(boost_from_average=False),
    "another scale and bias": scaled,
    "a sum of models": summed,
    "absolute error": lambda: loss("MAE"),
    "quantiles": lambda: loss("MultiQuantile:alpha=0.1,0.5,0.9"),
    "log quantile": lambda: loss("LogLinQuantile:alpha=0.5", positive),
    "uncertainty": lambda: loss("RMSEWithUncertainty"),
    "two targets": lambda: loss("MultiRMSE", both),
    "poisson": lambda: loss("Poisson", positive),
    "tweedie": lambda: loss("Tweedie:variance_power=1.5", positive),
    "cox": lambda: loss("Cox", positive),
    "survival": lambda: loss("SurvivalAft:dist=Normal", lambda X: np.c_[positive(X), positive(X)]),
    "cross entropy": lambda: loss("CrossEntropy", lambda X: np.clip(goal(X) / 9, 0, 1)),
    "binary": lambda: classifier(2, ["no", "yes"]),
    "binary of booleans": lambda: classifier(2, [False, True]),
    "multiclass": lambda: classifier(3, ["low", "middle", "high"]),
    "one against all": lambda: classifier(3, loss_function="MultiClassOneVsAll"),
    "several labels": lambda: loss("MultiLogloss", labels),
    "ranking": ranker,
    "pairwise ranking": lambda: ranker(loss_function="PairLogit"),
    "own objective": lambda: model_of(loss_function=Squares(), eval_metric="RMSE"),
    "stopped early": stopped_early,
    "lossguide": lambda: model_of(grow_policy="Lossguide", max_leaves=9, depth=6),
    "lossguide, missing values largest": lambda: model_of(grow_policy="Lossguide", nan_mode="Max"),
    "lossguide multiclass": lambda: classifier(3, grow_policy="Lossguide"),
    "depthwise": lambda: model_of(grow_policy="Depthwise"),
    "depthwise binary": lambda: classifier(2, grow_policy="Depthwise", depth=5),
    "depthwise two targets": lambda: loss("MultiRMSE", both, grow_policy="Depthwise", boosting_type="Plain"),
    "one-leaf trees": lambda: model_of(grow_policy="Lossguide", min_data_in_leaf=ROWS),
    "ordered boosting": lambda: model_of(boosting_type="Ordered"),
    "few borders": lambda: model_of(border_count=2, depth=6),
    "langevin": lambda: model_of(langevin=True),
}


@pytest.fixture(scope="module", params=KINDS)
def trained(request):
    return KINDS[request.param]()


def raw(native, X):
    return cb.CatBoost.predict(native, X, prediction_type="RawFormulaVal").reshape(len(X), -1)


def allowed(expected):
    return 1e-10 * max(np.abs(expected).max(), 1e-3)


def as_kind(kind, frame):
    if kind == "numpy":
        return frame.to_numpy()
    return {"pandas": lambda: frame, "polars": lambda: pl.from_pandas(frame), "pyarrow": lambda: pa.table(frame)}[
        kind
    ]()


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow", "numpy"])
def test_the_trees_sum_to_the_raw_value_of_the_model_itself(trained, kind, route) -> None:
    native, X = trained
    own = raw(native, X)
    model = as_model(native)
    table = model.table(as_kind(kind, X))
    np.testing.assert_array_equal(model.predict(table), own)
    encoded = model.trees.encode(table)
    np.testing.assert_allclose(route(model.forest, encoded[:24]), own[:24], rtol=0, atol=allowed(own))
    np.testing.assert_allclose(predict(model.forest, encoded), own, rtol=0, atol=allowed(own))


def test_an_early_stopped_model_has_only_the_trees_that_training_kept() -> None:
    native, _ = stopped_early()
    assert as_model(native).forest.n_trees == native.tree_count_ == native.best_iteration_ + 1 < 300


@pytest.mark.parametrize("form", ["cbm", "json"])
def test_a_model_read_from_a_file_is_the_same_model(form, tmp_path) -> None:
    native, X = classifier(3, ["low", "middle", "high"])
    native.save_model(str(tmp_path / "model"), format=form)
    loaded = cb.CatBoost().load_model(str(tmp_path / "model"), format=form)
    model = as_model(loaded)
    assert (model.output_names, model.unit) == (("high", "low", "middle"), "logit")
    encoded = model.trees.encode(model.table(X))
    np.testing.assert_allclose(predict(model.forest, encoded), raw(native, X), rtol=0, atol=1e-10)


@pytest.mark.parametrize("kind", ["regression", "missing values largest", "lossguide", "depthwise"])
def test_values_at_and_next_to_a_border_go_where_catboost_sends_them(kind, route) -> None:
    native, X = KINDS[kind]()
    model = as_model(native)
    forest = model.forest
    splits = np.flatnonzero(forest.left >= 0)
    tried = []
    for to, dtype in itertools.product((None, np.inf, -np.inf), (np.float32, np.float64)):
        borders = forest.threshold[splits].astype(dtype)
        rows = np.tile(np.nanmedian(X, axis=0), (len(splits), 1))
        with np.errstate(over="ignore"):
            moved = borders if to is None else np.nextafter(borders, dtype(to))
        rows[np.arange(len(splits)), forest.feature[splits]] = moved
        tried.append(rows)
    rows = np.concatenate(tried)
    own = raw(native, rows)
    np.testing.assert_allclose(route(forest, model.trees.encode(model.table(rows))), own, rtol=0, atol=allowed(own))


@pytest.mark.parametrize("kind", ["regression", "missing values largest", "missing values forbidden", "depthwise"])
def test_missing_infinite_and_huge_values_follow_the_models_own_rule(kind, route) -> None:
    native, _ = KINDS[kind]()
    most = np.finfo(np.float32).max
    specials = np.array([np.nan, np.inf, -np.inf, 1e300, -1e300, most, -most, 0.0, -0.0, 1e-40, 0.05])
    rows = np.random.default_rng(0).choice(specials, size=(300, 4))
    model = as_model(native)
    own = raw(native, rows)
    encoded = model.trees.encode(model.table(rows))
    np.testing.assert_allclose(route(model.forest, encoded), own, rtol=0, atol=allowed(own))
    np.testing.assert_allclose(predict(model.forest, encoded), own, rtol=0, atol=allowed(own))


@pytest.mark.parametrize("mode", ["Min", "Max"])
@pytest.mark.parametrize("policy", ["SymmetricTree", "Lossguide"])
def test_a_split_on_missing_alone_is_read_as_catboost_reads_it(mode, policy, route) -> None:
    X = numbers()
    native = cb.CatBoostRegressor(**SMALL, nan_mode=mode, grow_policy=policy).fit(X, X["a"].isna() * 5.0)
    model = as_model(native)
    own = raw(native, X)
    assert own[X["a"].isna()].min() > own[X["a"].notna()].max() + 1
    np.testing.assert_allclose(route(model.forest, model.trees.encode(model.table(X))), own, rtol=0, atol=1e-10)


def test_covers_are_the_weights_that_the_model_keeps(tmp_path) -> None:
    for kind in ("regression", "lossguide multiclass"):
        native, _ = KINDS[kind]()
        forest = as_model(native).forest
        inner = forest.left >= 0
        np.testing.assert_array_equal(
            forest.cover[inner], forest.cover[forest.left[inner]] + forest.cover[forest.right[inner]]
        )
        np.testing.assert_array_equal(forest.cover[forest.roots], ROWS)
        np.testing.assert_allclose(np.sort(forest.cover[~inner]), np.sort(leaf_weights(native, tmp_path)))


def leaf_weights(native, folder):
    def of(tree):
        return [tree[0]] if len(tree) == 2 else of(tree[1]) + of(tree[2])

    return [weight for tree in catboost_json.trees(catboost_json.dump(native, folder)) for weight in of(tree)]


def test_without_leaf_weights_path_dependent_values_are_refused_and_interventional_ones_work(tmp_path) -> None:
    native, X = KINDS["regression"]()
    dumped = catboost_json.dump(native, tmp_path)
    for tree in dumped["oblivious_trees"]:
        del tree["leaf_weights"]
    (tmp_path / "light.json").write_text(json.dumps(dumped))
    light = cb.CatBoost().load_model(str(tmp_path / "light.json"), format="json")
    ex = TreeSHAP(light, X[:20], exact=True).explain(X[:5])
    np.testing.assert_allclose(ex.values, TreeSHAP(native, X[:20], exact=True).explain(X[:5]).values, atol=1e-12)
    with pytest.raises(UnsupportedModelError, match=r"need the training weight at every node.*give a background"):
        TreeSHAP(light).explain(X[:5])


# ---------------------------------------------------------------- Shapley values


@pytest.mark.parametrize("kind", ["regression", "depth 9", "missing values largest", "stopped early", "binary"])
def test_oblivious_trees_have_the_values_that_catboost_itself_computes(kind) -> None:
    native, X = KINDS[kind]()
    own = native.get_feature_importance(cb.Pool(X), type="ShapValues")
    ex = TreeSHAP(native, exact=True).explain(X)
    np.testing.assert_allclose(ex.values[:, :, 0], own[:, :-1], rtol=0, atol=1e-9)
    np.testing.assert_allclose(ex.base[:, 0], own[:, -1], rtol=0, atol=1e-9)


@pytest.mark.parametrize("exact", [False, True], ids=["float32 tables", "exact"])
def test_values_add_up_to_the_raw_value(trained, exact) -> None:
    native, X = trained
    own = raw(native, X)
    for background in (None, X[40:70]):
        ex = TreeSHAP(native, background, exact=exact).explain(X, check="all")
        scale = max(np.abs(ex.base).max(), np.abs(own).max())
        gap = np.abs(ex.base + ex.values.sum(axis=1) - own).max()
        assert gap <= (1e-10 if exact else 1e-5) * scale


# ---------------------------------------------------------------- categories


def mixed(seed=6):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"a": rng.normal(size=ROWS), "letter": rng.choice(LETTERS, ROWS)})
    X["flag"] = rng.random(ROWS) > 0.5
    X["group"] = rng.integers(-1, 3, ROWS) * 10
    X.loc[::19, "a"] = np.nan
    y = X["a"].fillna(2) + np.isin(X["letter"], LETTERS[[1, 3, 6]]) * 2 + (X["group"] == -10) * 3 + X["flag"]
    return X, y


def categorical(seed=6, **settings):
    X, y = mixed(seed)
    cats = {"cat_features": ["letter", "flag", "group"], "one_hot_max_size": 255}
    return cb.CatBoostRegressor(**{**SMALL, "iterations": 20, **cats, **settings}).fit(X, y), X


def frames(X):
    """The same rows in every kind of table that holds categories."""
    words = X["letter"].astype(object)
    polar = pl.from_pandas(X)
    return {
        "pandas": X,
        "pandas objects": X.assign(letter=words, group=X["group"].astype(object)),
        "pandas categories": X.assign(
            letter=pd.Categorical(words, [*LETTERS[::-1], "spare"]), group=X["group"].astype("category")
        ),
        "pandas nullable": X.assign(
            letter=words.astype("string"), group=X["group"].astype("Int64"), flag=X["flag"].astype("boolean")
        ),
        "numbers as words": X.assign(group=X["group"].astype(str)),
        "polars": polar,
        "polars categories": polar.with_columns(pl.col("letter").cast(pl.Categorical)),
        "polars enum": polar.with_columns(pl.col("letter").cast(pl.Enum(sorted(LETTERS)))),
        "pyarrow": pa.table(X),
        "numpy": X.to_numpy(),
    }


@pytest.mark.parametrize("policy", ["SymmetricTree", "Lossguide", "Depthwise"])
def test_one_hot_splits_are_exact_in_every_kind_of_table(policy, route) -> None:
    native, X = categorical(grow_policy=policy)
    own = raw(native, X)
    model = as_model(native)
    assert (model.forest.decision == Decision.NOT_IN_SET).any()
    first = model.trees.encode(model.table(X))
    np.testing.assert_allclose(route(model.forest, first[:40]), own[:40], rtol=0, atol=allowed(own))
    np.testing.assert_allclose(predict(model.forest, first), own, rtol=0, atol=allowed(own))
    for name, frame in frames(X).items():
        table = model.table(frame)
        np.testing.assert_array_equal(model.predict(table), own, err_msg=name)
        np.testing.assert_array_equal(model.trees.encode(table), first, err_msg=name)


def test_a_category_that_was_never_seen_equals_none(route) -> None:
    native, X = categorical()
    strange = X.assign(letter="never seen", group=np.arange(ROWS))
    own = raw(native, strange)
    model = as_model(native)
    np.testing.assert_array_equal(model.predict(model.table(strange)), own)
    encoded = model.trees.encode(model.table(strange))
    np.testing.assert_allclose(route(model.forest, encoded[:40]), own[:40], rtol=0, atol=allowed(own))
    np.testing.assert_allclose(predict(model.forest, encoded), own, rtol=0, atol=allowed(own))


def test_hundreds_of_categories_fill_several_words_of_a_set(route) -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"k": rng.choice([f"level {i}" for i in range(90)], 2000)})
    y = X["k"].str[6:].astype(int) % 7 * 1.0
    native = cb.CatBoostRegressor(**{**SMALL, "iterations": 150}, cat_features=["k"], one_hot_max_size=255).fit(X, y)
    model = as_model(native)
    assert np.diff(model.forest.set_start).max() > 1
    own = raw(native, X[:100])
    encoded = model.trees.encode(model.table(X[:100]))
    np.testing.assert_allclose(route(model.forest, encoded[:20]), own[:20], rtol=0, atol=allowed(own))
    np.testing.assert_allclose(predict(model.forest, encoded), own, rtol=0, atol=allowed(own))


@pytest.mark.parametrize("seed", [6, 7])
def test_shapley_values_of_categories_are_brute_force(seed, tmp_path) -> None:
    native, X = categorical(seed, iterations=4)
    X = X.assign(flag=X["flag"].astype(int))
    pool = cb.Pool(X, cat_features=["letter", "flag", "group"])
    dumped = catboost_json.dump(native, tmp_path, pool)
    hashes = {item["value"]: item["hash"] for item in dumped["features_info"]["cat_features_hash"]}
    path, background = TreeSHAP(native, exact=True), X[40:48]
    against = TreeSHAP(native, background, exact=True)
    for i in range(4):
        row = X.iloc[i].tolist()
        game = {s: catboost_json.worth(dumped, row, s, hashes) for s in coalitions(range(4))}
        np.testing.assert_allclose(path.explain(X[i : i + 1]).values[0], shapley(game, 4), atol=1e-10)
        for coalition in game:
            put = {X.columns[j]: row[j] for j in coalition}
            game[coalition] = raw(native, background.assign(**put)).mean(axis=0)
        np.testing.assert_allclose(against.explain(X[i : i + 1]).values[0], shapley(game, 4), atol=1e-10)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("letter", None, "column 'letter' has no category in row 0, and CatBoost refuses missing categories"),
        ("letter", "NaN in half", "column 'letter' has no category in row 1"),
        ("group", 1.5, "column 'group' holds 1.5 in row 0, .* strings or whole numbers only"),
        ("letter", np.datetime64("2020-01-01", "s"), "column 'letter' holds dates where the model was trained on cat"),
        ("a", "high", "column 'a' holds categories or strings where the model was trained on numbers"),
    ],
)
def test_columns_that_catboost_cannot_read_are_one_sentence(column, values, message) -> None:
    native, X = categorical()
    model = as_model(native)
    half = X[column].astype(object).where(np.arange(ROWS) % 2 == 0, np.nan)
    table = model.table(X.assign(**{column: half if values == "NaN in half" else values}))
    for ask in (model.predict, model.trees.encode):
        with pytest.raises(ColumnsError, match=message):
            ask(table)


def test_an_array_of_floats_has_no_categories() -> None:
    X = np.c_[np.arange(ROWS) % 3, np.arange(ROWS)]
    native = cb.CatBoostRegressor(**SMALL, cat_features=[0], one_hot_max_size=9).fit(X, X[:, 0] == 1)
    model = as_model(native)
    np.testing.assert_array_equal(model.predict(model.table(X)), raw(native, X))
    with pytest.raises(ColumnsError, match=r"column '\w+' holds 0.0 in row 0, .* whole numbers only"):
        model.predict(model.table(X.astype(float)))


# ---------------------------------------------------------------- names, units, refusals


@pytest.mark.parametrize(
    ("kind", "names", "unit"),
    [
        ("regression", ("target",), "target"),
        ("a sum of models", ("target",), "target"),
        ("quantiles", ("quantile 0.1", "quantile 0.5", "quantile 0.9"), "target"),
        ("log quantile", ("target",), "log(target)"),
        ("uncertainty", ("target", "log(standard deviation)"), "target"),
        ("two targets", ("target 0", "target 1"), "target"),
        ("poisson", ("target",), "log(target)"),
        ("tweedie", ("target",), "log(target)"),
        ("cox", ("hazard",), "log(hazard ratio)"),
        ("cross entropy", ("target",), "log-odds"),
        ("binary", ("yes",), "log-odds"),
        ("binary of booleans", ("True",), "log-odds"),
        ("multiclass", ("high", "low", "middle"), "logit"),
        ("one against all", ("0", "1", "2"), "log-odds"),
        ("several labels", ("0", "1"), "log-odds"),
        ("ranking", ("score",), "score"),
        ("own objective", ("score",), "score"),
    ],
)
def test_outputs_and_units_are_named(kind, names, unit) -> None:
    model = as_model(KINDS[kind]()[0])
    assert (model.output_names, model.unit, model.library) == (names, unit, "catboost")
    assert model.feature_names == ("a", "b", "c", "d")
    assert not model.trees.float32_sums


def test_raw_uncertainty_is_the_log_of_the_standard_deviation() -> None:
    native, X = KINDS["uncertainty"]()
    variance = native.predict(X, prediction_type="RMSEWithUncertainty")[:, 1]
    np.testing.assert_allclose(np.exp(2 * raw(native, X)[:, 1]), variance)


def test_a_model_trained_on_an_array_knows_only_how_many_columns() -> None:
    X = numbers()
    native = cb.CatBoostRegressor(**SMALL).fit(X.to_numpy(), goal(X))
    model = as_model(native)
    assert (model.kind, model.feature_names, model.n_features) == ("catboost.CatBoostRegressor", None, 4)
    for frame in (X, pl.from_pandas(X), X.to_numpy()):
        np.testing.assert_array_equal(model.predict(model.table(frame)), raw(native, X.to_numpy()))
    with pytest.raises(ColumnsError, match="trained on 4 columns and the table has 3"):
        model.table(X[["a", "b", "c"]])


def test_columns_are_matched_by_name_and_missing_ones_are_refused() -> None:
    native, X = KINDS["regression"]()
    model = as_model(native)
    np.testing.assert_array_equal(model.predict(model.table(X[["d", "b", "a", "c"]])), raw(native, X))
    with pytest.raises(ColumnsError, match="1 column the model was trained on is missing: 'c'"):
        model.table(X.drop(columns="c"))


def test_numbers_of_any_type_are_read_as_catboost_reads_them(route) -> None:
    rng = np.random.default_rng(3)
    X = pd.DataFrame({"n": 2**24 + rng.integers(0, 40, ROWS), "small": rng.integers(0, 9, ROWS, dtype=np.int8)})
    X["flag"], X["half"] = rng.random(ROWS) > 0.5, rng.normal(size=ROWS).astype(np.float32)
    native = cb.CatBoostRegressor(**SMALL).fit(X, X["n"] % 7 + X["small"] + X["flag"] * 3 + X["half"])
    model = as_model(native)
    nullable = X.convert_dtypes()
    nullable.loc[::11] = pd.NA
    gone = X.astype(float)
    gone.loc[::11] = np.nan
    plain, holes = raw(native, X), raw(native, gone)
    for frame, own in (
        (X, plain),
        (X.to_numpy(dtype=object), plain),
        (pl.from_pandas(X), plain),
        (pa.table(X), plain),
        (X[["n", "small"]].assign(flag=X["flag"] * 1, half=0).to_numpy(), raw(native, X.assign(half=0.0))),
        (nullable, holes),
        (nullable.astype(object), holes),
        (pl.from_pandas(nullable), holes),
        (gone.to_numpy(), holes),
    ):
        table = model.table(frame)
        np.testing.assert_array_equal(model.predict(table), own)
        np.testing.assert_allclose(predict(model.forest, model.trees.encode(table)), own, rtol=0, atol=allowed(own))


def test_statistics_of_the_target_are_refused_as_trees_and_still_predict() -> None:
    native, X = categorical(one_hot_max_size=1)
    model = as_model(native)
    np.testing.assert_array_equal(model.predict(model.table(X)), raw(native, X))
    assert model.abilities == ("predict",)
    with pytest.raises(UnsupportedModelError, match=r"'letter'.*\(CTRs\).*one_hot_max_size=255.*PermutationSHAP"):
        _ = model.forest


def test_texts_are_refused_as_trees_and_still_predict(tmp_path) -> None:
    X, y = mixed()
    X = X[["a"]].assign(words=X["letter"] + " and " + X["letter"])
    native = cb.CatBoostRegressor(**SMALL, text_features=["words"]).fit(X, y)
    native.save_model(str(tmp_path / "model"))
    loaded = as_model(cb.CatBoost().load_model(str(tmp_path / "model")))
    np.testing.assert_array_equal(loaded.predict(loaded.table(X)), raw(native, X))
    model = as_model(native)
    np.testing.assert_array_equal(model.predict(model.table(X)), raw(native, X))
    np.testing.assert_array_equal(model.predict(model.table(pl.from_pandas(X))), raw(native, X))
    with pytest.raises(UnsupportedModelError, match=r"features from the texts in 'words'.*PermutationSHAP"):
        _ = model.forest
    with pytest.raises(ColumnsError, match="column 'words' holds numbers where the model was trained on texts"):
        model.predict(model.table(X.assign(words=1)))
    assert model.fingerprint(model.table(X)) == as_model(native).fingerprint(model.table(X))


def test_embeddings_are_refused() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=ROWS), "e": list(rng.normal(size=(ROWS, 4)))})
    native = cb.CatBoostRegressor(**SMALL, embedding_features=["e"]).fit(X, X["a"])
    with pytest.raises(UnsupportedModelError, match="trained on embeddings in 'e', a vector in each cell"):
        as_model(native)


def test_trees_too_large_to_write_out_are_refused_with_their_size(monkeypatch) -> None:
    native, X = KINDS["depth 9"]()
    monkeypatch.setattr(catboost, "MOST_NODES", 1000)
    model = as_model(native)
    assert model.predict(model.table(X)).shape == (ROWS, 1)
    assert model.fingerprint(model.table(X)) == as_model(native).fingerprint(model.table(X))
    with pytest.raises(UnsupportedModelError, match="3,069 nodes when written out, where 1,000 are read at most"):
        _ = model.forest


@pytest.mark.parametrize("native", [cb.CatBoost(), cb.CatBoostClassifier(), cb.CatBoostRanker()])
def test_a_model_that_is_not_fitted_is_refused(native) -> None:
    with pytest.raises(UnsupportedModelError, match="has no trees yet; train it first"):
        adapt(native)


def test_reading_and_predicting_change_neither_model_nor_rows(tmp_path) -> None:
    native, X = categorical()
    native.save_model(str(tmp_path / "before"))
    settings, rows = native.get_params(), X.copy()
    model = as_model(native)
    _ = model.forest
    model.predict(model.table(X))
    model.trees.encode(model.table(X))
    native.save_model(str(tmp_path / "after"))
    assert (tmp_path / "before").read_bytes() == (tmp_path / "after").read_bytes()
    assert native.get_params() == settings
    pd.testing.assert_frame_equal(X, rows)


def test_the_fingerprint_is_of_what_the_model_computes_and_not_of_when_it_was_trained(tmp_path) -> None:
    native, X = model_of()
    table = as_model(native).table(X)
    native.save_model(str(tmp_path / "model"))
    loaded = cb.CatBoost().load_model(str(tmp_path / "model"))
    again, deeper = model_of()[0], model_of(depth=4)[0]
    prints = [as_model(each).fingerprint(table) for each in (native, loaded, again, deeper)]
    assert prints[0] == prints[1] == prints[2] != prints[3]


def test_a_failure_inside_catboost_becomes_one_sentence(monkeypatch) -> None:
    native, X = model_of()
    model = as_model(native)

    def fail(*_, **__):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(cb.CatBoost, "predict", fail)
    with pytest.raises(ModelFailedError, match="raised RuntimeError while predicting 240 rows: out of memory"):
        model.predict(model.table(X))
