"""What is said of a LightGBM model: names, units, what it cannot do."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
from tests.models.boosted import goal
from tests.models.lightgbm_kinds import KINDS, SMALL, classifier, numbers, raw, regressor
from tests.models.test_lightgbm_rows import categorical

from pellucid.core.errors import ModelFailedError, UnsupportedModelError
from pellucid.models import as_model
from pellucid.models.lightgbm import adapt


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
    with pytest.raises(UnsupportedModelError, match=r"because linear_tree=True put a linear function.*KernelSHAP"):
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
