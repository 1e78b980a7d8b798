"""Rows of every kind of table reach a CatBoost model as CatBoost itself reads them."""

from __future__ import annotations

import catboost as cb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from tests.models.boosted import ROWS
from tests.models.catboost_kinds import LETTERS, SMALL, allowed, categorical, raw
from tests.tree_models import catboost_json
from tests.tree_models.case import coalitions, shapley

from pellucid.attribution import TreeSHAP
from pellucid.core.errors import ColumnsError
from pellucid.core.forest import Decision, predict
from pellucid.models import as_model


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
