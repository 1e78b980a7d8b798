"""Categories of a file, as the model was trained on them."""

from __future__ import annotations

import catboost
import joblib
import lightgbm
import narwhals as nw
import numpy as np
import pandas as pd
import pytest
import xgboost

from pellucid.cli.frames import read_frame
from pellucid.cli.trained import as_trained, text_columns, trained_levels, unseen

CATEGORIES = {"region", "sales_channel", "accident_type", "repair_shop", "zone"}


def model(files, library):
    if library == "xgboost":
        return xgboost.Booster(model_file=files / "xgboost.json")
    if library == "lightgbm":
        return lightgbm.Booster(model_file=files / "lightgbm.txt")
    return joblib.load(files / "hist.joblib")


@pytest.mark.parametrize("library", ["xgboost", "lightgbm", "hist"])
def test_a_model_read_from_a_file_names_its_categories(files, library):
    assert set(trained_levels(model(files, library))) == CATEGORIES


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_levels_are_those_of_the_training_data(files, library):
    levels = trained_levels(model(files, library))
    assert set(levels["repair_shop"]) == {"authorised", "independent", "partner"}
    assert set(levels["zone"]) == {1, 2, 3}
    assert set(text_columns(levels)) == CATEGORIES - {"zone"}


@pytest.mark.parametrize("library", ["xgboost", "lightgbm", "hist"])
def test_a_csv_file_gives_the_predictions_of_the_training_frame(files, library):
    native = model(files, library)
    levels = trained_levels(native)
    original = pd.read_parquet(files / "claims.parquet").astype({"zone": "category"})
    frame = as_trained(read_frame(str(files / "claims.csv"), texts=text_columns(levels)), levels)
    read = frame.to_native()[list(original.columns)]
    if library == "xgboost":
        predict = lambda rows: native.predict(xgboost.DMatrix(rows, enable_categorical=True))  # noqa: E731
    else:
        predict = native.predict if library == "lightgbm" else native.decision_function
    np.testing.assert_array_equal(predict(read), predict(original))


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_categories_of_catboost_are_texts_also_where_they_look_like_numbers(suffix, tmp_path):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {"zip": rng.choice(["01", "1", "10"], 200), "n": rng.integers(0, 3, 200), "f": rng.random(200) > 0.5}
    )
    settings = {"iterations": 20, "verbose": False, "allow_writing_files": False, "thread_count": 1}
    native = catboost.CatBoostRegressor(**settings, cat_features=["zip", "n", "f"], one_hot_max_size=9)
    native.fit(X, (X["zip"] == "01") * 4 + (X["n"] == 1) * 2 + X["f"])
    path = tmp_path / f"rows.{suffix}"
    X.to_csv(path, index=False) if suffix == "csv" else X.to_parquet(path)
    levels = trained_levels(native)
    assert text_columns(levels) == ["zip", "n", "f"]
    frame = as_trained(read_frame(str(path), texts=text_columns(levels)), levels)
    assert unseen(frame, levels) == {}
    np.testing.assert_array_equal(native.predict(frame.to_native()), native.predict(X))


def test_values_that_the_model_never_saw_are_found(files):
    levels = trained_levels(model(files, "lightgbm"))
    rows = pd.DataFrame({"region": ["north", "mars", None, "abyss"], "zone": [1, 2, 3, 4]})
    frame = as_trained(nw.from_native(rows), levels)
    assert unseen(frame, levels) == {"region": ["abyss", "mars"], "zone": [4]}


def test_models_trained_on_plain_numbers_have_no_categories(files):
    assert trained_levels(joblib.load(files / "forest.joblib")) == {}
    X, y = np.random.default_rng(0).normal(size=(50, 2)), np.arange(50) % 2
    assert trained_levels(xgboost.XGBClassifier(n_estimators=2).fit(X, y)) == {}
    assert trained_levels(lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(X, y)) == {}


def test_a_model_trained_on_codes_gets_the_codes_as_they_are():
    codes = np.arange(60).reshape(30, 2) % 3
    matrix = xgboost.DMatrix(codes, np.arange(30) % 2, feature_names=["a", "b"], feature_types=["c", "int"])
    assert trained_levels(xgboost.train({"tree_method": "hist"}, matrix, 2)) == {}


def test_a_frame_without_such_columns_comes_back_unchanged():
    frame = nw.from_native(pd.DataFrame({"a": [1.0]}))
    assert as_trained(frame, {"b": None}) is frame
