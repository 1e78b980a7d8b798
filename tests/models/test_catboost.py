"""What is said of a CatBoost model: names, units, what it cannot do."""

from __future__ import annotations

import catboost as cb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from tests.models.boosted import ROWS, goal, numbers
from tests.models.catboost_kinds import KINDS, SMALL, categorical, mixed, model_of, raw

from pellucid.core.errors import ColumnsError, ModelFailedError, UnsupportedModelError
from pellucid.models import as_model
from pellucid.models.catboost import adapt


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


def test_statistics_of_the_target_are_refused_as_trees_and_still_predict() -> None:
    native, X = categorical(one_hot_max_size=1)
    model = as_model(native)
    np.testing.assert_array_equal(model.predict(model.table(X)), raw(native, X))
    assert model.abilities == ("predict",)
    with pytest.raises(UnsupportedModelError, match=r"'letter'.*\(CTRs\).*one_hot_max_size=255.*KernelSHAP"):
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
    with pytest.raises(UnsupportedModelError, match=r"features from the texts in 'words'.*KernelSHAP"):
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
