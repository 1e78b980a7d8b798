import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.datasets import make_classification, make_regression
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    RandomTreesEmbedding,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

from pellucid.core.errors import ColumnsError, InputError, ModelError, UnsupportedModelError
from pellucid.models import as_model

FRAMES = {
    "numpy": lambda X: X,
    "pandas": lambda X: pd.DataFrame(X, columns=list("abcd")),
    "polars": lambda X: pl.DataFrame(X, schema=list("abcd")),
}


def data(task, *, missing=False, rows=160):
    if task == "regression":
        X, y = make_regression(rows, 4, noise=5, random_state=0)
    else:
        X, y = make_classification(
            rows, 4, n_informative=3, n_redundant=0, n_classes=2 if task == "binary" else 3, random_state=0
        )
        y = np.array(["no", "yes", "perhaps"])[y]
    X = X.astype(np.float32).astype(np.float64)
    if missing:
        X[np.random.default_rng(1).random(X.shape) < 0.15] = np.nan
    return X, y


def assert_exact(model, rows, route, relative=1e-10):
    table = model.table(rows)
    said = model.predict(table)
    walked = route(model.forest, model.tree_form.encode(table))
    assert walked.shape == said.shape
    np.testing.assert_allclose(walked, said, rtol=0, atol=relative * max(1e-300, np.abs(said).max()))


MODELS = [
    ("regression", DecisionTreeRegressor(max_depth=5, random_state=0)),
    ("regression", ExtraTreeRegressor(max_depth=5, random_state=0)),
    ("regression", RandomForestRegressor(7, max_depth=5, random_state=0)),
    ("regression", ExtraTreesRegressor(7, max_depth=5, random_state=0)),
    ("regression", GradientBoostingRegressor(n_estimators=9, random_state=0)),
    ("binary", DecisionTreeClassifier(max_depth=5, random_state=0)),
    ("binary", ExtraTreeClassifier(max_depth=5, random_state=0)),
    ("binary", RandomForestClassifier(7, max_depth=5, random_state=0, class_weight="balanced")),
    ("binary", ExtraTreesClassifier(7, max_depth=5, random_state=0)),
    ("binary", GradientBoostingClassifier(n_estimators=9, random_state=0)),
    ("binary", AdaBoostClassifier(n_estimators=5, random_state=0)),
    ("multiclass", DecisionTreeClassifier(max_depth=5, random_state=0)),
    ("multiclass", RandomForestClassifier(7, max_depth=5, random_state=0)),
    ("multiclass", ExtraTreesClassifier(7, max_depth=5, random_state=0)),
    ("multiclass", GradientBoostingClassifier(n_estimators=5, random_state=0)),
    ("multiclass", AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=5, random_state=0)),
    ("regression", IsolationForest(n_estimators=12, random_state=0)),
    ("regression", IsolationForest(n_estimators=12, max_features=2, max_samples=40, random_state=0)),
]
IDS = [f"{type(model).__name__}-{task}-{i}" for i, (task, model) in enumerate(MODELS)]


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize(("task", "estimator"), MODELS, ids=IDS)
def test_walking_the_trees_gives_the_librarys_own_prediction(task, estimator, frame, route):
    X, y = data(task)
    rows = FRAMES[frame](X)
    assert_exact(as_model(estimator.fit(rows, y)), rows[:40], route)


@pytest.mark.parametrize(("task", "estimator"), MODELS, ids=IDS)
def test_predictions_at_the_float32_neighbours_of_every_threshold_agree(task, estimator, route):
    X, y = data(task)
    model = as_model(estimator.fit(X, y))
    splits = np.flatnonzero(model.forest.left >= 0)[:12]
    rows = np.repeat(X[:1], len(splits) * 5, axis=0)
    for i, node in enumerate(splits):
        threshold, j = model.forest.threshold[node], model.forest.feature[node]
        near = np.float32(threshold)
        rows[5 * i : 5 * i + 5, j] = [
            threshold,
            near,
            np.nextafter(near, np.float32(np.inf)),
            np.nextafter(near, np.float32(-np.inf)),
            np.nextafter(threshold, np.inf),
        ]
    assert_exact(model, rows, route)


@pytest.mark.parametrize(
    ("task", "estimator"),
    [
        ("regression", DecisionTreeRegressor(max_depth=5, random_state=0)),
        ("binary", RandomForestClassifier(7, max_depth=5, random_state=0)),
        ("multiclass", RandomForestClassifier(7, max_depth=5, random_state=0)),
        ("regression", RandomForestRegressor(7, max_depth=5, random_state=0)),
        ("regression", IsolationForest(n_estimators=12, random_state=0)),
    ],
    ids=str,
)
@pytest.mark.parametrize("seen", [True, False], ids=["seen in training", "never seen"])
def test_missing_values_follow_the_side_the_library_takes(task, estimator, seen, route):
    X, y = data(task, missing=seen)
    holes, _ = data(task, missing=True)
    assert np.isnan(holes[:40]).any()
    assert_exact(as_model(estimator.fit(X, y)), holes[:40], route)


@pytest.mark.parametrize("kind", [RandomForestRegressor, DecisionTreeRegressor, ExtraTreesRegressor])
def test_several_targets_are_several_outputs(kind, route):
    X, _ = data("regression")
    model = as_model(kind(max_depth=4, random_state=0).fit(X, X[:, :2] * 3))
    assert model.output_names == ("target 0", "target 1")
    assert_exact(model, X[:30], route)


def test_several_class_targets_lie_side_by_side(route):
    X, y = data("multiclass")
    targets = np.column_stack([y, np.where(X[:, 0] > 0, "high", "low")])
    model = as_model(RandomForestClassifier(5, max_depth=4, random_state=0).fit(X, targets))
    assert model.output_names == (
        "target 0: no",
        "target 0: perhaps",
        "target 0: yes",
        "target 1: high",
        "target 1: low",
    )
    assert_exact(model, X[:30], route)


@pytest.mark.parametrize(
    ("task", "estimator", "names", "unit"),
    [
        ("regression", RandomForestRegressor(2), ("target",), "target"),
        ("binary", RandomForestClassifier(2), ("no", "yes"), "probability"),
        ("binary", GradientBoostingClassifier(n_estimators=2), ("yes",), "log-odds"),
        ("binary", GradientBoostingClassifier(n_estimators=2, loss="exponential"), ("yes",), "half log-odds"),
        ("multiclass", GradientBoostingClassifier(n_estimators=2), ("no", "perhaps", "yes"), "logit"),
        ("binary", AdaBoostClassifier(n_estimators=2), ("yes",), "vote margin"),
        ("regression", IsolationForest(n_estimators=2), ("mean path length",), "mean path length"),
    ],
    ids=str,
)
def test_outputs_and_units_say_what_the_numbers_are(task, estimator, names, unit):
    X, y = data(task)
    model = as_model(estimator.fit(X, y))
    assert (model.output_names, model.unit) == (names, unit)


def test_log_odds_are_those_of_predict_proba():
    X, y = data("binary")
    for loss, factor in (("log_loss", 1), ("exponential", 2)):
        estimator = GradientBoostingClassifier(n_estimators=5, loss=loss, random_state=0).fit(X, y)
        model = as_model(estimator)
        margin = model.predict(model.table(X))[:, 0]
        np.testing.assert_allclose(1 / (1 + np.exp(-factor * margin)), estimator.predict_proba(X)[:, 1], rtol=1e-12)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber", "quantile"])
def test_gradient_boosting_starts_where_its_loss_says(loss, route):
    X, y = data("regression")
    assert_exact(as_model(GradientBoostingRegressor(loss=loss, n_estimators=4).fit(X, y)), X[:30], route)


@pytest.mark.parametrize(
    ("task", "estimator"),
    [
        ("regression", GradientBoostingRegressor(n_estimators=4, init="zero")),
        ("multiclass", GradientBoostingClassifier(n_estimators=4, init="zero")),
        ("regression", GradientBoostingRegressor(n_estimators=4, init=DummyRegressor(strategy="median"))),
        ("binary", GradientBoostingClassifier(n_estimators=4, init=DummyClassifier(strategy="uniform"))),
        ("binary", GradientBoostingClassifier(n_estimators=4, init=DummyClassifier(strategy="most_frequent"))),
        ("binary", GradientBoostingClassifier(n_estimators=4, loss="exponential")),
        ("regression", GradientBoostingRegressor(n_estimators=9, subsample=0.5, n_iter_no_change=2, random_state=0)),
    ],
    ids=str,
)
def test_gradient_boosting_from_a_constant_start_is_exact(task, estimator, route):
    X, y = data(task)
    assert_exact(as_model(estimator.fit(X, y)), X[:30], route)


@pytest.mark.parametrize(
    ("task", "estimator", "name"),
    [
        ("regression", GradientBoostingRegressor(n_estimators=2, init=LinearRegression()), "LinearRegression"),
        ("binary", GradientBoostingClassifier(n_estimators=2, init=LogisticRegression()), "LogisticRegression"),
        (
            "binary",
            GradientBoostingClassifier(n_estimators=2, init=DummyClassifier(strategy="stratified", random_state=0)),
            "DummyClassifier",
        ),
    ],
    ids=["linear", "logistic", "stratified"],
)
def test_gradient_boosting_from_another_model_is_refused_with_its_name(task, estimator, name):
    X, y = data(task)
    model = as_model(estimator.fit(X, y))
    assert model.abilities == ("predict",)
    assert model.predict(model.table(X[:5])).shape == (5, 1)
    with pytest.raises(UnsupportedModelError, match=f"init={name}.*init='zero'.*KernelSHAP"):
        _ = model.forest


def test_adaboost_over_something_else_than_trees_is_refused():
    X, y = data("binary")
    model = as_model(AdaBoostClassifier(LogisticRegression(), n_estimators=2).fit(X, y))
    with pytest.raises(UnsupportedModelError, match="LogisticRegression, which is no tree"):
        _ = model.forest


def test_adaboost_regression_is_no_sum_of_trees_and_says_so():
    X, y = data("regression")
    model = as_model(AdaBoostRegressor(n_estimators=2, random_state=0).fit(X, y))
    with pytest.raises(UnsupportedModelError, match="weighted median"):
        _ = model.forest


def test_path_lengths_give_the_forests_own_scores():
    X, _ = data("regression", rows=300)
    estimator = IsolationForest(n_estimators=20, random_state=0).fit(X)
    model = as_model(estimator)
    n = 256
    c = 2 * (np.log(n - 1) + np.euler_gamma) - 2 * (n - 1) / n
    lengths = model.predict(model.table(X))[:, 0]
    np.testing.assert_allclose(-(2 ** (-lengths / c)), estimator.score_samples(X), rtol=1e-12)


def test_covers_are_the_weights_of_the_training_rows():
    X, y = data("regression")
    weights = np.linspace(0.5, 2, len(X))
    estimator = DecisionTreeRegressor(max_depth=3, random_state=0).fit(X, y, sample_weight=weights)
    forest = as_model(estimator).forest
    inner = forest.left >= 0
    assert forest.cover[0] == pytest.approx(weights.sum())
    np.testing.assert_allclose(
        forest.cover[inner], forest.cover[forest.left[inner]] + forest.cover[forest.right[inner]]
    )


@pytest.mark.parametrize("estimator", [RandomForestRegressor(3), GradientBoostingRegressor(n_estimators=3)], ids=str)
def test_a_constant_target_and_single_leaves_are_exact(estimator, route):
    X, y = data("regression")
    model = as_model(estimator.fit(X, np.full(len(y), 7.5)))
    assert_exact(model, X[:5], route)
    assert model.forest.n_trees == 3


def test_whole_numbers_beyond_float32_are_rounded_as_the_library_rounds_them(route):
    ids = np.random.default_rng(0).integers(0, 2**60, size=(200, 2))
    ids[:, 1] = 2**54 + 2**30 + 1 + np.arange(200) * 2
    frame = pd.DataFrame(ids, columns=["id", "near"])
    model = as_model(DecisionTreeRegressor(random_state=0).fit(frame, np.arange(200.0)))
    assert_exact(model, frame, route)


def test_gradient_boosting_names_the_column_with_a_missing_value():
    X, y = data("regression")
    model = as_model(GradientBoostingRegressor(n_estimators=2).fit(pd.DataFrame(X, columns=list("abcd")), y))
    X[3, 2] = np.nan
    for ask in (model.predict, model.tree_form.encode):
        with pytest.raises(InputError, match=r"column 'c' holds a missing value in row 3.*SimpleImputer"):
            ask(model.table(pd.DataFrame(X, columns=list("abcd"))))


def test_a_forest_names_the_column_with_an_infinite_value():
    X, y = data("regression")
    model = as_model(RandomForestRegressor(2).fit(X, y))
    X[2, 1] = 1e300
    for ask in (model.predict, model.tree_form.encode):
        with pytest.raises(InputError, match="column 'x1' holds an infinite or too large value in row 2"):
            ask(model.table(X))


def test_a_forest_names_the_column_that_is_not_numeric():
    X, y = data("regression")
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = as_model(RandomForestRegressor(2).fit(frame, y))
    rows = frame.assign(b="red")
    for ask in (model.predict, model.tree_form.encode):
        with pytest.raises(ColumnsError, match="column 'b' holds 'red'"):
            ask(model.table(rows))


def test_a_model_that_is_not_fitted_is_refused_in_one_sentence():
    with pytest.raises(ModelError, match=r"sklearn\.RandomForestClassifier has not been fitted; call its fit"):
        as_model(RandomForestClassifier())


def test_an_embedding_predicts_nothing_and_is_refused():
    with pytest.raises(UnsupportedModelError, match="RandomTreesEmbedding transforms rows"):
        as_model(RandomTreesEmbedding(2, random_state=0).fit(data("regression")[0]))


def test_frames_arrays_and_other_column_orders_give_the_same_prediction_without_warnings():
    X, y = data("regression")
    frame = pd.DataFrame(X, columns=list("abcd"))
    by_name = as_model(RandomForestRegressor(3, random_state=0).fit(frame, y))
    by_position = as_model(RandomForestRegressor(3, random_state=0).fit(X, y))
    expected = by_position.predict(by_position.table(X))
    for rows in (X, frame, pl.DataFrame(frame), pl.DataFrame(frame).to_arrow()):
        np.testing.assert_array_equal(by_name.predict(by_name.table(rows)), expected)
        np.testing.assert_array_equal(by_position.predict(by_position.table(rows)), expected)
    np.testing.assert_array_equal(by_name.predict(by_name.table(frame[list("dbca")])), expected)


def test_fingerprints_tell_forests_apart_and_ignore_the_number_of_jobs():
    X, y = data("regression")

    def mark(seed, jobs):
        model = as_model(RandomForestRegressor(3, random_state=seed, n_jobs=jobs).fit(X, y))
        return model.fingerprint(model.table(X))

    assert mark(0, 1) == mark(0, 2) != mark(1, 1)


def test_neither_model_nor_rows_change():
    X, y = data("binary")
    estimator = RandomForestClassifier(3, random_state=0).fit(X, y)
    before, rows = estimator.predict_proba(X), X.copy()
    model = as_model(estimator)
    model.predict(model.table(rows))
    model.tree_form.encode(model.table(rows))
    _ = model.forest
    model.forest.value[:] = 0
    np.testing.assert_array_equal(rows, X)
    np.testing.assert_array_equal(estimator.predict_proba(X), before)


@pytest.mark.parametrize(
    ("task", "estimator"),
    [
        ("regression", RandomForestRegressor(5, max_depth=4, random_state=0)),
        ("multiclass", RandomForestClassifier(5, max_depth=4, random_state=0)),
        ("regression", ExtraTreesRegressor(5, max_depth=4, random_state=0)),
        ("regression", GradientBoostingRegressor(n_estimators=5, random_state=0)),
        ("binary", GradientBoostingClassifier(n_estimators=5, random_state=0)),
        ("multiclass", GradientBoostingClassifier(n_estimators=5, random_state=0)),
    ],
    ids=str,
)
def test_a_second_reader_of_the_same_trees_agrees(task, estimator, route):
    treelite = pytest.importorskip("treelite", reason="treelite is the second oracle")
    X, y = data(task)
    model = as_model(estimator.fit(X, y))
    other = treelite.sklearn.import_model(estimator)
    theirs = treelite.gtil.predict(other, X[:20].astype(np.float32), pred_margin=True).reshape(20, -1)
    mine = route(model.forest, X[:20].astype(np.float32))
    np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-6 * np.abs(theirs).max())
