"""Rows of every kind of table reach a LightGBM model as LightGBM itself reads them."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from tests.models.boosted import ROWS, goal
from tests.models.lightgbm_kinds import LETTERS, SMALL, allowed, numbers, raw, regressor

from pellucid.core.errors import ColumnsError
from pellucid.core.forest import Decision, predict
from pellucid.models import as_model


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
