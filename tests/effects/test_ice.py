"""Curves of single rows against the model's own predictions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.inspection import partial_dependence
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from pellucid.core.errors import ParameterError
from pellucid.effects import ICE, PartialDependence


@pytest.fixture
def rows(rng):
    X = rng.normal(size=(90, 3))
    X[rng.random(X.shape) < 0.1] = np.nan
    return X


def truth(X):
    filled = np.nan_to_num(X)
    return filled[:, 0] * filled[:, 1] + np.sin(filled[:, 2])


def test_each_curve_is_the_rows_own_prediction_for_every_value(rows, rng):
    model = HistGradientBoostingRegressor(max_iter=15, min_samples_leaf=5).fit(rows, truth(rows))
    effect = ICE(model, rows).explain(rows[:7])
    for j in range(3):
        curve = effect.curves[j]
        for x in [*curve.axes[0].at[::5], 9.0, np.nan]:
            changed = rows[:7].copy()
            changed[:, j] = x
            place = int(curve.axes[0].find([x])[0])
            np.testing.assert_allclose(curve.rows[:, place, 0], model.predict(changed), atol=1e-10)
    assert effect.receipt.rows == 7
    assert effect.receipt.background["rows"] == 90


def test_scikit_learn_gives_the_same_curves(rng):
    X = rng.normal(size=(80, 3))
    model = RandomForestRegressor(6, random_state=0).fit(X, truth(X))
    own = partial_dependence(model, X, [1], kind="individual", grid_resolution=30)
    curve = ICE(model, X).explain(features=1).curves[0]
    places = curve.axes[0].find(own["grid_values"][0])
    np.testing.assert_allclose(curve.rows[:, places, 0], own["individual"][0], atol=1e-12)


def test_their_weighted_mean_is_the_partial_dependence(rows, rng):
    model = GradientBoostingClassifier(n_estimators=5).fit(np.nan_to_num(rows), np.digitize(truth(rows), [-0.4, 0.4]))
    weights = rng.uniform(0, 2, len(rows))
    background = (np.nan_to_num(rows), weights)
    curves = ICE(model, background).explain().curves
    for got, expected in zip(curves, PartialDependence(model, background).explain().curves, strict=True):
        np.testing.assert_allclose(got.values, expected.values, atol=1e-12)
        np.testing.assert_allclose(np.tensordot(weights / weights.sum(), got.rows, axes=1), got.values, atol=1e-12)


def test_centred_curves_start_at_zero(rows):
    model = HistGradientBoostingRegressor(max_iter=5, min_samples_leaf=5).fit(rows, truth(rows))
    plain, centred = (ICE(model, rows, centred=flag).explain(rows[:5], features=0).curves[0] for flag in (False, True))
    first = int(np.argmax(plain.axes[0].share > 0))
    assert (centred.rows[:, first] == 0).all()
    np.testing.assert_allclose(centred.rows, plain.rows - plain.rows[:, [first]], atol=1e-12)


def test_categories_and_encoded_columns_have_their_places(rng):
    X = pd.DataFrame({"kind": rng.choice(["a", "b", "c"], 90), "size": rng.normal(size=90)})
    y = (X["kind"] == "a") * X["size"] + (X["kind"] == "b")
    encode = make_column_transformer((OneHotEncoder(), ["kind"]), (StandardScaler(), ["size"]))
    model = make_pipeline(encode, RandomForestRegressor(6, random_state=0)).fit(X, y)
    effect = ICE(model, X).explain(X[:6])
    for place, level in enumerate(effect.curves[0].axes[0].at):
        own = model.predict(X[:6].assign(kind=level))
        np.testing.assert_allclose(effect.curves[0].rows[:, place, 0], own, atol=1e-12)
    at = int(effect.curves[1].axes[0].find([0.25])[0])
    np.testing.assert_allclose(effect.curves[1].rows[:, at, 0], model.predict(X[:6].assign(size=0.25)), atol=1e-12)


def test_other_models_are_asked_on_a_grid(rng):
    X = pd.DataFrame(rng.normal(size=(60, 3)), columns=["a", "b", "c"])
    model = Ridge().fit(X, X["a"] - X["b"])
    effect = ICE(model, X, grid=9, batch_size=7).explain(X[:4], features=["a", "c"])
    for curve, name in zip(effect.curves, ("a", "c"), strict=True):
        for place, x in enumerate(curve.axes[0].at):
            np.testing.assert_allclose(curve.rows[:, place, 0], model.predict(X[:4].assign(**{name: x})), atol=1e-12)
    assert effect.receipt.evaluations == 2 * 4 * 9


def test_questions_that_cannot_be_answered_are_refused(rows, monkeypatch):
    model = HistGradientBoostingRegressor(max_iter=5).fit(rows, truth(rows))
    with pytest.raises(ParameterError, match="names 2; name up to 1"):
        ICE(model, rows).explain(features=[(0, 1)])
    with pytest.raises(ParameterError, match="needs rows that can be read again"):
        ICE(model, iter([rows])).explain()
    assert len(ICE(model, iter([rows])).explain(rows[:3]).curves) == 3
    monkeypatch.setattr("pellucid.effects.ice.LARGEST", 100)
    with pytest.raises(ParameterError, match="more than 100; explain fewer rows or features"):
        ICE(model, rows).explain()


def test_the_check_can_be_turned_off_or_cover_all_rows(rows):
    model = HistGradientBoostingRegressor(max_iter=5).fit(rows, truth(rows))
    assert ICE(model, rows).explain(check=False).receipt.completeness.kind == "not promised"
    assert ICE(model, rows).explain(check="all").receipt.completeness.rows == 900


def test_slopes_are_those_of_the_function(rng):
    X = rng.uniform(-1, 1, size=(200, 2))
    f = lambda X: X[:, 0] ** 2 * X[:, 1] + 3 * X[:, 1]  # noqa: E731
    effect = ICE(f, X, derivative=True, grid=200).explain(X[:5], features=["x0", "x1"])
    first, second = effect.curves
    inner = slice(2, -2)
    np.testing.assert_allclose(first.rows[:, inner, 0], 2 * np.outer(X[:5, 1], first.axes[0].at)[:, inner], atol=1e-9)
    np.testing.assert_allclose(second.rows[:, :, 0], np.repeat(X[:5, :1] ** 2 + 3, 200, axis=1), atol=1e-9)
    np.testing.assert_allclose(second.values, second.rows.mean(axis=0))
    assert effect.receipt.unit == "output per unit"


def test_slopes_over_dates_are_per_day_and_the_missing_value_has_none(rng):
    day = pd.Series(pd.to_datetime("2024-01-01") + pd.to_timedelta(rng.integers(0, 90, 80), unit="D"))
    day[:5] = pd.NaT
    X = pd.DataFrame({"day": day})
    f = lambda X: 2.0 * X["day"].dt.day_of_year.fillna(0).to_numpy()  # noqa: E731
    curve = ICE(f, X, derivative=True).explain(X[10:12]).curves[0]
    assert not curve.axes[0].missing
    np.testing.assert_allclose(curve.rows, 2.0)


def test_what_has_no_slope_says_so():
    X = pd.DataFrame({"kind": list("uvuv"), "one": 1.0})
    f = lambda X: np.arange(len(X), dtype=float)  # noqa: E731
    with pytest.raises(ParameterError, match="of 'kind', categories have no slope"):
        ICE(f, X, derivative=True).explain(features="kind")
    with pytest.raises(ParameterError, match="of 'one', a single value has no slope"):
        ICE(f, X, derivative=True).explain(features="one")
    forest = RandomForestRegressor(3, random_state=0).fit(X[["one"]], [1.0, 2.0, 3.0, 4.0])
    with pytest.raises(ParameterError, match="the steps of trees have no slope"):
        ICE(forest, X[["one"]], derivative=True).explain()
    with pytest.raises(ParameterError, match="centred=True or derivative=True"):
        ICE(f, X, derivative=True, centred=True)
