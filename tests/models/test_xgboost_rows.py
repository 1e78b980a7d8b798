"""Rows of every kind of table reach an XGBoost model as XGBoost itself reads them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import xgboost as xgb
from tests.models.boosted import ROWS, goal, numbers
from tests.models.xgboost_kinds import LETTERS, SMALL, allowed, mixed, regressor

from pellucid.core.errors import ColumnsError, InputError, UnsupportedModelError
from pellucid.core.forest import Decision, predict
from pellucid.models import as_model


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
