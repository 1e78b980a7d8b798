import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from pellucid.core.errors import ColumnsError, ModelError
from pellucid.core.forest import Decision
from pellucid.models import as_model

SETTINGS = {"max_iter": 6, "max_leaf_nodes": 8, "min_samples_leaf": 3, "random_state": 0}


def numbers(rows=200, *, missing=False):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, 3)).round(1)
    score = X[:, 0] * 2 - X[:, 1] + X[:, 0] * X[:, 2]
    if missing:
        X[rng.random(X.shape) < 0.2] = np.nan
    return X, score


def mixed(rows=240):
    """Numbers around two columns of categories, so that the model's own order of columns differs from the caller's."""
    rng = np.random.default_rng(1)
    size = rng.normal(size=rows).round(2)
    town = rng.choice([f"town {i}" for i in range(40)], rows)
    age = rng.integers(18, 90, rows).astype(float)
    colour = rng.choice(["red", "green", "blue"], rows).astype(object)
    score = size + (colour == "red") * 2 + np.array([int(t[5:]) % 3 for t in town]) - age / 50
    colour[rng.random(rows) < 0.1] = None
    age[rng.random(rows) < 0.1] = np.nan
    frame = pd.DataFrame({"size": size, "town": town, "age": age, "colour": colour})
    return frame.astype({"town": "category", "colour": "category"}), score


def labelled(score, task):
    if task == "regression":
        return score
    return np.array(["low", "middle", "high"])[np.digitize(score, [0] if task == "binary" else [-1, 1])]


def fitted(X, score, task, **settings):
    kind = HistGradientBoostingRegressor if task == "regression" else HistGradientBoostingClassifier
    return kind(**SETTINGS, **settings).fit(X, labelled(score, task))


def assert_exact(model, rows, route):
    table = model.table(rows)
    said = model.predict(table)
    walked = route(model.forest, model.tree_form.encode(table))
    assert walked.shape == said.shape
    np.testing.assert_allclose(walked, said, rtol=0, atol=1e-10 * np.abs(said).max())


FRAMES = {
    "numpy": lambda X: X,
    "pandas": lambda X: pd.DataFrame(X, columns=list("abc")),
    "polars": lambda X: pl.DataFrame(X, schema=list("abc")),
}


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "missing"])
@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_walking_the_trees_gives_the_librarys_own_prediction(task, frame, missing, route):
    X, score = numbers(missing=missing)
    rows = FRAMES[frame](X)
    assert_exact(as_model(fitted(rows, score, task)), rows[:50], route)


def test_thresholds_are_compared_in_float64_including_values_equal_to_them(route):
    X, score = numbers()
    model = as_model(fitted(X, score, "regression"))
    splits = np.flatnonzero(model.forest.left >= 0)[:15]
    rows = np.repeat(X[:1], 3 * len(splits), axis=0)
    for i, node in enumerate(splits):
        threshold = model.forest.threshold[node]
        near = [threshold, np.nextafter(threshold, np.inf), np.nextafter(threshold, -np.inf)]
        rows[3 * i : 3 * i + 3, model.forest.feature[node]] = near
    assert_exact(model, rows, route)


def test_missing_values_never_seen_in_training_and_infinite_ones_are_routed_alike(route):
    X, score = numbers()
    model = as_model(fitted(X, score, "binary"))
    rows = X[:20].copy()
    rows[::3, 0], rows[1::3, 1], rows[2::3, 2] = np.nan, np.inf, -np.inf
    assert_exact(model, rows, route)


@pytest.mark.parametrize("frame", ["pandas", "polars"])
@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_categories_in_frames_are_encoded_as_the_model_encodes_them(task, frame, route):
    X, score = mixed()
    rows = X if frame == "pandas" else pl.DataFrame(X.astype({"town": str, "colour": object}))
    if frame == "polars":
        rows = rows.with_columns(pl.col("town").cast(pl.Categorical), pl.col("colour").cast(pl.Categorical))
    model = as_model(fitted(rows, score, task, categorical_features="from_dtype"))
    assert (model.forest.decision == Decision.IN_SET).any()
    assert_exact(model, rows[:60], route)


def test_unknown_and_missing_categories_take_the_missing_side(route):
    X, score = mixed()
    model = as_model(fitted(X, score, "regression", categorical_features="from_dtype"))
    rows = X[:40].astype({"town": object, "colour": object})
    rows.loc[:15, "town"], rows.loc[10:20, "colour"] = "Atlantis", "mauve"
    rows.loc[25:30, "town"] = None
    assert_exact(model, rows.astype({"town": "category", "colour": "category"}), route)


@pytest.mark.parametrize("columns", [[1], [False, True, False]], ids=["by number", "by mask"])
def test_numbered_categories_in_arrays_keep_their_column(columns, route):
    X, score = numbers()
    X[:, 1] = np.random.default_rng(3).choice([2, 30, 7, 11, 250], len(X))
    score = score + (X[:, 1] == 30) * 4 + (X[:, 1] == 250) * 2
    model = as_model(fitted(X, score, "regression", categorical_features=columns))
    by_category = model.forest.decision == Decision.IN_SET
    assert set(model.forest.feature[by_category]) == {1}
    rows = X[:30].copy()
    rows[::4, 1], rows[1::4, 1], rows[2::8, 1] = 3, np.nan, -5
    assert_exact(model, rows, route)


def test_encoded_columns_stand_in_the_callers_order():
    X, score = mixed()
    model = as_model(fitted(X, score, "regression", categorical_features="from_dtype"))
    encoded = model.tree_form.encode(model.table(X))
    np.testing.assert_array_equal(encoded[:, 0], X["size"])
    np.testing.assert_array_equal(encoded[:, 2], X["age"])
    np.testing.assert_array_equal(encoded[:, 1], X["town"].cat.codes)
    assert model.tree_form.players is None


@pytest.mark.parametrize(
    ("loss", "unit"),
    [("poisson", "log(target)"), ("gamma", "log(target)"), ("absolute_error", "target"), ("quantile", "target")],
)
def test_losses_with_a_log_link_are_explained_on_its_scale(loss, unit, route):
    X, score = numbers()
    quantile = {"quantile": 0.8} if loss == "quantile" else {}
    estimator = HistGradientBoostingRegressor(loss=loss, **quantile, **SETTINGS).fit(X, np.exp(score / 3))
    model = as_model(estimator)
    assert (model.unit, model.output_names) == (unit, ("target",))
    assert_exact(model, X[:40], route)
    raw = model.predict(model.table(X))[:, 0]
    np.testing.assert_allclose(np.exp(raw) if unit != "target" else raw, estimator.predict(X), rtol=1e-12)


def test_early_stopping_keeps_the_trees_that_predict_uses(route):
    X, score = numbers(400)
    estimator = HistGradientBoostingRegressor(
        max_iter=200, early_stopping=True, n_iter_no_change=2, learning_rate=0.5, random_state=0
    ).fit(X, score)
    model = as_model(estimator)
    assert model.forest.n_trees == estimator.n_iter_ < 200
    assert_exact(model, X[:30], route)


def test_outputs_are_named_by_class():
    X, score = numbers()
    binary, several = (as_model(fitted(X, score, task)) for task in ("binary", "multiclass"))
    assert (binary.output_names, binary.unit) == (("middle",), "log-odds")
    assert (several.output_names, several.unit) == (("high", "low", "middle"), "logit")


def test_a_constant_target_gives_single_leaves(route):
    X, _ = numbers()
    assert_exact(as_model(fitted(X, np.full(len(X), 3.0), "regression")), X[:4], route)


def test_covers_count_training_rows():
    X, score = numbers()
    forest = as_model(fitted(X, score, "regression")).forest
    inner = forest.left >= 0
    assert forest.cover[0] == len(X)
    np.testing.assert_array_equal(
        forest.cover[inner], forest.cover[forest.left[inner]] + forest.cover[forest.right[inner]]
    )


@pytest.mark.parametrize("settings", [{}, {"categorical_features": "from_dtype"}], ids=["numbers", "categories"])
def test_text_in_a_numeric_column_is_refused_by_name(settings):
    X, score = mixed()
    X = X[["size", "age"]] if not settings else X
    model = as_model(fitted(X, score, "regression", **settings))
    for ask in (model.predict, model.tree_form.encode):
        with pytest.raises(ColumnsError, match="column 'size' holds 'large'"):
            ask(model.table(X.assign(size="large")))


def test_fingerprints_see_trees_and_categories():
    X, score = mixed()
    renamed = X.assign(colour=X["colour"].cat.rename_categories({"red": "crimson"}))
    marks = {
        as_model(fitted(rows, score + shift, "regression", categorical_features="from_dtype")).fingerprint(None)
        for rows, shift in ((X, 0), (X, 0), (X, np.arange(len(X))), (renamed, 0))
    }
    assert len(marks) == 3


def test_rows_and_model_stay_as_they_were():
    X, score = mixed()
    estimator = fitted(X, score, "regression", categorical_features="from_dtype")
    rows, before = X.copy(), estimator.predict(X)
    model = as_model(estimator)
    model.predict(model.table(rows))
    model.tree_form.encode(model.table(rows))
    model.forest.value[:] = 0
    pd.testing.assert_frame_equal(rows, X)
    np.testing.assert_array_equal(estimator.predict(X), before)


def test_a_model_that_is_not_fitted_is_refused():
    with pytest.raises(ModelError, match="HistGradientBoostingRegressor has not been fitted"):
        as_model(HistGradientBoostingRegressor())


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_a_second_reader_of_the_same_trees_agrees(task, route):
    treelite = pytest.importorskip("treelite", reason="treelite is the second oracle")
    X, score = numbers(missing=True)
    estimator = fitted(X, score, task)
    theirs = treelite.gtil.predict(treelite.sklearn.import_model(estimator), X[:20], pred_margin=True).reshape(20, -1)
    mine = route(as_model(estimator).forest, X[:20])
    np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-6 * np.abs(theirs).max())
