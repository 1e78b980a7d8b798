"""What is said of an XGBoost model: names, units, what it cannot do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from tests.models.boosted import ROWS, numbers
from tests.models.test_xgboost_rows import categorical
from tests.models.xgboost_kinds import KINDS, classifier, regressor, stopped_early

from pellucid.core.errors import ModelFailedError, UnsupportedModelError
from pellucid.models import as_model
from pellucid.models.xgboost import adapt


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
