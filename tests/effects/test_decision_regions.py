"""Decision regions against the model asked place by place."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.datasets import load_iris, make_blobs
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import SVC

import pellucid
from pellucid.core.errors import ColumnsError, InputError, ParameterError
from pellucid.effects import DecisionRegions

IRIS = load_iris(as_frame=True)
NAMES = ["sl", "sw", "pl", "pw"]
X = IRIS.data.set_axis(NAMES, axis=1)
Y = IRIS.target_names[IRIS.target]
FOREST = RandomForestClassifier(20, max_depth=4, random_state=0).fit(X, Y)


def asked(model, effect, held):
    """The class at every place, one question at a time in the model's own words."""
    across, up = effect.curves[0].axes
    rows = pd.DataFrame([{**held, across.name: u, up.name: v} for u in across.at for v in up.at])
    return model.predict(rows[list(model.feature_names_in_)]).reshape(len(across.at), len(up.at))


def winners(effect):
    return np.array(effect.target_names)[effect.curves[0].values.argmax(axis=-1)]


def test_regions_are_what_the_model_predicts_at_every_place():
    effect = DecisionRegions(FOREST, X, Y, resolution=15).explain(("pw", "pl"))
    held = {"sl": np.sort(X["sl"])[74], "sw": np.sort(X["sw"])[74]}
    np.testing.assert_array_equal(winners(effect), asked(FOREST, effect, held))
    assert effect.receipt.notes[0] == f"held at sl = {held['sl']:.4g}, sw = {held['sw']:.4g}"
    assert effect.receipt.evaluations == 225
    assert not len(effect.curves[0].points)


def test_fillers_and_a_row_hold_the_other_features():
    given = DecisionRegions(FOREST, X, fillers={"sl": 6.05, "sw": 2.2}, resolution=9).explain(("pl", "pw"))
    np.testing.assert_array_equal(winners(given), asked(FOREST, given, {"sl": 6.05, "sw": 2.2}))
    row = DecisionRegions(FOREST, X, around=120, fillers={"sw": 2.2}, resolution=9).explain(("pl", "pw"))
    np.testing.assert_array_equal(winners(row), asked(FOREST, row, {"sl": X["sl"][120], "sw": 2.2}))


def test_rows_near_the_held_values_are_kept_with_their_class():
    near = DecisionRegions(FOREST, X, Y, fillers={"sl": 6.0}, near={"sl": 0.5}, resolution=5).explain(("pl", "pw"))
    mask = (X["sl"] - 6.0).abs() <= 0.5
    points = near.curves[0].points
    np.testing.assert_array_equal(points[:, :2], X.loc[mask, ["pl", "pw"]])
    np.testing.assert_array_equal(IRIS.target_names[points[:, 2].astype(int)], Y[mask])
    assert len(DecisionRegions(FOREST, X, near={}, resolution=5).explain(("pl", "pw")).curves[0].points) == 150


@pytest.mark.parametrize(
    "model", [LogisticRegression(), SVC(), HistGradientBoostingClassifier(max_iter=9)], ids=lambda m: type(m).__name__
)
@pytest.mark.parametrize("classes", [2, 3])
def test_every_classifier_decides_as_its_own_predict(model, classes):
    frame = X[["pl", "sw"]][Y != "setosa"] if classes == 2 else X[["pl", "sw"]]
    labels = Y[Y != "setosa"] if classes == 2 else Y
    effect = DecisionRegions(model.fit(frame, labels), frame, labels, resolution=12).explain()
    assert effect.target_names == tuple(np.unique(labels))
    assert (winners(effect) == asked(model, effect, {})).mean() >= (1.0 if classes == 2 else 0.97)
    assert len(effect.curves[0].points) == len(frame)


def mixed(rows):
    """Adds up a category's length, a date's year, a flag and numbers."""
    frame = rows.to_pandas() if isinstance(rows, pl.DataFrame) else rows
    years = (pd.to_datetime(frame["day"]).dt.year - 2000).fillna(0)
    return (
        frame["kind"].astype(str).str.len().fillna(0)
        + years
        + frame["flag"].astype("boolean").fillna(False).astype(float)
        + pd.to_numeric(frame["size"]).fillna(0).astype(float)
    ).to_numpy(dtype=float)


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_categories_dates_and_flags_are_sides_and_are_held(kind):
    frame = pd.DataFrame(
        {
            "kind": pd.Categorical(["a", "bbb", "a", None, "cc", "a"]),
            "day": pd.to_datetime(["2001-01-01", "2002-01-01", None, "2003-01-01", "2004-01-01", "2002-01-01"]),
            "flag": pd.array([True, False, True, None, True, False], dtype="boolean"),
            "size": pd.array([1, 2, 3, 4, None, 6], dtype="Int64"),
        }
    )
    regions = DecisionRegions(mixed, pl.from_pandas(frame) if kind == "polars" else frame, near={}, resolution=6)
    effect = regions.explain(("kind", "day"))
    lengths, years = [1, 3, 2], [1, 2, 3, 4]
    np.testing.assert_allclose(effect.curves[0].values[..., 0], np.add.outer(lengths, years) + 1 + 3)
    assert len(effect.curves[0].points) == 4
    second = regions.explain(("flag", "size")).curves[0]
    np.testing.assert_allclose(second.values[1] - second.values[0], 1)
    for one in (effect, regions.explain(("size", "kind"))):
        one.plot()


def test_regression_and_one_class_are_drawn_as_values_and_saved(tmp_path):
    line = LinearRegression().fit(X, IRIS.target)
    effect = DecisionRegions(line, X, IRIS.target, near={}, resolution=20).explain(("pl", "pw"))
    steps = np.diff(effect.curves[0].values[..., 0], axis=0)
    np.testing.assert_allclose(steps, line.coef_[2] * np.diff(effect.curves[0].axes[0].at)[0])
    effect.plot()
    one = DecisionRegions(FOREST, X, Y, near={}, resolution=20).explain(("pl", "pw"))
    one.plot(target="virginica")
    one.save(tmp_path / "one.npz")
    np.testing.assert_array_equal(pellucid.load(tmp_path / "one.npz").curves[0].points, one.curves[0].points)
    assert one.describe()


def test_ten_classes_have_ten_colours_in_either_theme():
    rows, labels = make_blobs(300, 2, centers=10, random_state=3)
    effect = DecisionRegions(LogisticRegression(max_iter=500).fit(rows, labels), rows, labels).explain()
    for theme in ("light", "dark"):
        ax = effect.plot(theme=theme)
        marks = [part for part in ax.collections if len(part.get_offsets()) > 1]
        assert len({tuple(part.get_facecolor()[0]) for part in marks}) == 10


@pytest.mark.parametrize(
    ("settings", "features", "error"),
    [
        ({}, None, ParameterError),
        ({}, "pl", ParameterError),
        ({}, [("pl", "pw"), ("sl", "sw")], ParameterError),
        ({}, ("pl", "horse"), ColumnsError),
        ({"fillers": {"pl": 1}}, ("pl", "pw"), ParameterError),
        ({"fillers": {"sl": "long"}}, ("pl", "pw"), ParameterError),
        ({"fillers": {"horse": 1}}, ("pl", "pw"), ColumnsError),
        ({"near": {"sl": -1}}, ("pl", "pw"), ParameterError),
        ({"around": 150}, ("pl", "pw"), ParameterError),
        ({"resolution": 1}, ("pl", "pw"), ParameterError),
        ({"y": ["rose"] * 150}, ("pl", "pw"), InputError),
        ({"y": Y[:3]}, ("pl", "pw"), InputError),
        ({"X": X.assign(pl=1.0)}, ("pl", "pw"), ParameterError),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(settings, features, error):
    given = {"X": X, "y": Y} | settings
    with pytest.raises(error) as caught:
        DecisionRegions(FOREST, given.pop("X"), given.pop("y"), **given).explain(features)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_several_targets_that_are_no_classes_are_not_drawn():
    model = LinearRegression().fit(X, X[["sl", "sw"]])
    effect = DecisionRegions(model, X, resolution=4).explain(("pl", "pw"))
    with pytest.raises(ParameterError, match="pass target="):
        effect.plot()
