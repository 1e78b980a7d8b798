import lightgbm
import numpy as np
import pandas as pd
import polars as pl
import pytest
import xgboost
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, PolynomialFeatures, StandardScaler

from pellucid.core.errors import InputError, ModelError, UnsupportedModelError
from pellucid.models import as_model

ROWS = 150


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    size, age = rng.normal(size=ROWS), rng.integers(18, 80, ROWS).astype(float)
    age[rng.random(ROWS) < 0.1] = np.nan
    return pd.DataFrame(
        {
            "size": size,
            "town": rng.choice(["Basel", "Bern", "Brig", "Biel"], ROWS).astype(object),
            "age": age,
            "unused": rng.normal(size=ROWS),
            "note": rng.choice(["late and wet", "early", "wet and dark", "dark"], ROWS).astype(object),
        }
    )


@pytest.fixture(scope="module")
def y(frame):
    return (
        frame["size"] + (frame["town"] == "Bern") * 2 + frame["note"].str.contains("wet") - frame["age"].fillna(0) / 50
    )


def columns(**settings):
    number = Pipeline([("fill", SimpleImputer(add_indicator=True)), ("scale", StandardScaler())])
    return ColumnTransformer(
        [
            ("numbers", number, ["age", "size"]),
            ("town", OneHotEncoder(handle_unknown="ignore"), ["town"]),
            ("note", TfidfVectorizer(), "note"),
            ("nothing", "drop", ["unused"]),
        ],
        **settings,
    )


LABELS = np.array(["low", "middle", "high"])
MODELS = {
    "forest": (RandomForestRegressor(4, max_depth=4, random_state=0), None),
    "forest classes": (RandomForestClassifier(4, max_depth=4, random_state=0), [0.5]),
    "boosting": (GradientBoostingClassifier(n_estimators=4, random_state=0), [-1, 1]),
    "histogram": (HistGradientBoostingRegressor(max_iter=4, min_samples_leaf=3, random_state=0), None),
    "isolation": (IsolationForest(n_estimators=5, random_state=0), None),
    "xgboost": (xgboost.XGBRegressor(n_estimators=4, max_depth=3, n_jobs=1), None),
    "lightgbm": (lightgbm.LGBMRegressor(n_estimators=4, min_child_samples=3, verbose=-1, n_jobs=1), None),
}


#: HistGradientBoosting refuses sparse matrices itself
STEPS = [(name, dense) for name in MODELS for dense in (True, False) if dense or name != "histogram"]
STEP_NAMES = [f"{name}, {'dense' if dense else 'sparse'}" for name, dense in STEPS]


@pytest.mark.parametrize(("name", "dense"), STEPS, ids=STEP_NAMES)
def test_trees_behind_separate_columns_are_read_exactly_with_their_owners(name, dense, frame, y, route):
    estimator, cuts = MODELS[name]
    target = y if cuts is None else LABELS[np.digitize(y, cuts)]
    pipeline = Pipeline([("columns", columns(sparse_threshold=float(not dense))), ("model", estimator)]).fit(
        frame, target
    )
    model = as_model(pipeline)
    table = model.table(frame[:50])
    said = model.predict(table)
    walked = route(model.forest, model.tree_form.encode(table))
    np.testing.assert_allclose(walked, said, rtol=0, atol=(1e-6 if name == "xgboost" else 1e-10) * np.abs(said).max())
    words = len(pipeline[0].named_transformers_["note"].vocabulary_)
    assert model.feature_names == tuple(frame.columns)
    assert model.tree_form.players.tolist() == [2, 0, 2] + [1] * 4 + [4] * words


@pytest.mark.parametrize(
    ("name", "dense"), [step for step in STEPS if step[0] in ("forest", "histogram", "xgboost", "lightgbm")]
)
def test_predictions_are_those_of_the_pipeline_itself(name, dense, frame, y):
    pipeline = Pipeline([("columns", columns(sparse_threshold=float(not dense))), ("model", MODELS[name][0])]).fit(
        frame, y
    )
    model = as_model(pipeline)
    np.testing.assert_allclose(model.predict(model.table(frame))[:, 0], pipeline.predict(frame), rtol=1e-6)


def test_log_odds_of_a_pipeline_are_those_of_its_probabilities(frame, y):
    estimator = xgboost.XGBClassifier(n_estimators=4, max_depth=3, n_jobs=1)
    pipeline = Pipeline([("columns", columns()), ("model", estimator)]).fit(frame, (y > 0).astype(int))
    model = as_model(pipeline)
    assert (model.kind, model.unit) == ("sklearn.Pipeline of xgboost.XGBClassifier", "log-odds")
    margin = model.predict(model.table(frame))[:, 0]
    np.testing.assert_allclose(1 / (1 + np.exp(-margin)), pipeline.predict_proba(frame)[:, 1], rtol=1e-5)


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_steps_that_hand_on_frames_are_followed(output, frame, y, route):
    steps = columns(sparse_threshold=0, verbose_feature_names_out=True)
    steps.set_params(town=OneHotEncoder(sparse_output=False), note="drop").set_output(transform=output)
    pipeline = make_pipeline(steps, MODELS["forest"][0]).fit(frame, y)
    model = as_model(pipeline)
    table = model.table(frame[:30])
    np.testing.assert_allclose(route(model.forest, model.tree_form.encode(table)), model.predict(table), rtol=1e-10)
    assert model.tree_form.players.tolist() == [2, 0, 2, 1, 1, 1, 1]


def test_polars_rows_and_other_column_orders_reach_the_pipeline(frame, y):
    rows = pl.DataFrame(frame)
    model = as_model(Pipeline([("columns", columns()), ("model", MODELS["forest"][0])]).fit(rows, y))
    expected = model.predict(model.table(rows))
    np.testing.assert_array_equal(model.predict(model.table(rows.select(sorted(rows.columns)))), expected)


def test_arrays_are_followed_by_position(frame, y, route):
    X = frame[["size", "age", "unused"]].to_numpy()
    steps = ColumnTransformer(
        [("fill", SimpleImputer(), slice(1, 2)), ("keep", "passthrough", [2])], remainder=StandardScaler()
    )
    model = as_model(make_pipeline(steps, "passthrough", None, MODELS["forest"][0]).fit(X, y))
    assert model.tree_form.players.tolist() == [1, 2, 0]
    table = model.table(X)
    np.testing.assert_allclose(route(model.forest, model.tree_form.encode(table)), model.predict(table), rtol=1e-10)


def test_a_pipeline_of_one_step_is_its_model(frame, y):
    X = frame[["size", "unused"]]
    model = as_model(make_pipeline(MODELS["forest"][0]).fit(X, y))
    assert model.feature_names == ("size", "unused")
    assert model.tree_form.players is None
    assert model.predict(model.table(X)).shape == (ROWS, 1)


@pytest.mark.parametrize(
    ("step", "name"),
    [
        (PCA(2), "pca"),
        (PolynomialFeatures(2), "polynomialfeatures"),
        (FunctionTransformer(lambda rows: rows * 2), "functiontransformer"),
    ],
    ids=["PCA", "polynomials", "function"],
)
def test_steps_that_may_mix_columns_leave_predictions_only_and_are_named(step, name, frame, y):
    X = frame[["size", "unused"]].to_numpy()
    pipeline = make_pipeline(StandardScaler(), step, MODELS["forest"][0]).fit(X, y)
    model = as_model(pipeline)
    assert model.abilities == ("predict",)
    np.testing.assert_allclose(model.predict(model.table(X))[:, 0], pipeline.predict(X), rtol=1e-12)
    with pytest.raises(UnsupportedModelError, match=f"its step '{name}' .* mixes columns.*KernelSHAP"):
        _ = model.forest


@pytest.mark.parametrize(
    ("last", "unit", "outputs"), [(Ridge(), "target", 1), (LogisticRegression(), "probability", 2)], ids=str
)
def test_other_last_steps_answer_by_their_own_method(last, unit, outputs, frame, y):
    target = y if outputs == 1 else y > 0
    pipeline = Pipeline([("columns", columns()), ("model", last)]).fit(frame, target)
    model = as_model(pipeline)
    assert (model.unit, model.n_outputs, model.abilities) == (unit, outputs, ("predict", "linear"))
    said = pipeline.predict_proba(frame) if outputs == 2 else pipeline.predict(frame)[:, np.newaxis]
    np.testing.assert_array_equal(model.predict(model.table(frame)), said)


def test_rows_stay_as_they_were_although_a_step_works_in_place(frame, y):
    X = frame[["size", "unused"]].to_numpy().copy()
    before = X.copy()
    model = as_model(make_pipeline(StandardScaler(copy=False), MODELS["forest"][0]).fit(X.copy(), y))
    model.predict(model.table(X))
    model.tree_form.encode(model.table(X))
    np.testing.assert_array_equal(X, before)


def test_a_category_the_encoder_refuses_is_one_sentence_naming_the_step(frame, y):
    X = frame[["town", "size"]]
    steps = ColumnTransformer([("town", OrdinalEncoder(), ["town"])], remainder="passthrough")
    model = as_model(Pipeline([("encode", steps), ("model", MODELS["forest"][0])]).fit(X, y))
    for ask in (model.predict, model.tree_form.encode):
        with pytest.raises(InputError, match=r"step 'encode' \(sklearn.ColumnTransformer\) raised ValueError"):
            ask(model.table(X.assign(town="Atlantis")))


def test_fingerprints_see_the_steps_and_the_model(frame, y):
    X = frame[["size", "unused"]]

    def mark(scale, seed):
        model = as_model(make_pipeline(StandardScaler(), RandomForestRegressor(2, random_state=seed)).fit(X * scale, y))
        return model.fingerprint(model.table(X))

    assert mark(1, 0) == mark(1, 0)
    assert len({mark(1, 0), mark(2, 0), mark(1, 1)}) == 3


def test_pipelines_that_predict_nothing_or_are_not_fitted_are_refused(frame):
    with pytest.raises(ModelError, match="Pipeline has not been fitted"):
        as_model(make_pipeline(StandardScaler(), Ridge()))
    with pytest.raises(UnsupportedModelError, match="ends in 'passthrough'"):
        as_model(Pipeline([("scale", StandardScaler()), ("end", "passthrough")]).fit(frame[["size"]]))


def test_columns_chosen_by_a_selector_are_followed(frame, y):
    steps = ColumnTransformer(
        [("words", OrdinalEncoder(), make_column_selector(pattern="town|note"))], remainder=SimpleImputer()
    )
    model = as_model(make_pipeline(steps, MODELS["forest"][0]).fit(frame, y))
    assert model.tree_form.players.tolist() == [1, 4, 0, 2, 3]
