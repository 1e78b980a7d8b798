"""Columns of one value, without a value, and with missing categories: a curve of one point, or one clear sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from xgboost import XGBRegressor

from pellucid.effects import (
    ALE,
    ICE,
    LOCO,
    HStatistic,
    PartialDependence,
    PermutationImportance,
    PredictionPlot,
    TargetPlot,
)

N = 120
RNG = np.random.default_rng(2)
X = pd.DataFrame(
    {
        "age": RNG.normal(40, 10, N),
        "same": 3.0,
        "only": "yes",
        "gone": np.nan,
        "nothing": pd.Series([None] * N, dtype=object),
        "town": pd.Series(np.where(np.arange(N) % 5 == 0, None, RNG.choice(["a", "b"], N)), dtype=object),
    }
)
Y = X["age"] / 10 + (X["town"] == "a") + 2 * X["town"].isna()
CODED = X.assign(**{name: X[name].astype("category") for name in ("only", "town")}).assign(
    nothing=pd.Categorical([None] * N, categories=["x"])
)
#: scikit-learn's boosting cannot learn from a column without a value
LEARNT = CODED.assign(gone=RNG.normal(size=N))
TREES = HistGradientBoostingRegressor(max_iter=100, categorical_features="from_dtype", random_state=0).fit(LEARNT, Y)


def answer(rows):
    return (rows["age"] / 10 + (rows["town"] == "a") + 2 * rows["town"].isna()).to_numpy(dtype=float)


CURVES = {
    "PartialDependence": lambda: PartialDependence(answer, X),
    "PartialDependence of trees": lambda: PartialDependence(TREES, CODED),
    "ICE": lambda: ICE(answer, X),
    "ICE of trees": lambda: ICE(TREES, CODED),
    "ALE": lambda: ALE(answer, X, resamples=20),
    "TargetPlot": lambda: TargetPlot(X, Y),
    "PredictionPlot": lambda: PredictionPlot(answer, X),
}
ONE = ["same", "only", "gone", "nothing"]


def explained(method, feature):
    made = CURVES[method]()
    return made.explain(features=feature) if "ICE" in method else made.explain(feature)


@pytest.mark.parametrize("method", CURVES)
@pytest.mark.parametrize("feature", ONE)
def test_a_column_of_one_value_or_none_is_one_point_and_is_drawn_and_told(method, feature):
    effect = explained(method, feature)
    axis, values = effect.curves[0].axes[0], effect.curves[0].values
    held = np.flatnonzero(axis.share > 0)
    assert len(held) == 1
    assert axis.missing or feature in ("same", "only")
    middle = {"ALE": 0.0, "TargetPlot": Y.mean(), "PredictionPlot": np.median(Y)}.get(method, Y.mean())
    assert values[held[0], 0] == pytest.approx(middle, abs=0.2 if "trees" in method else 1e-9)
    assert effect.plot() is not None
    assert effect.describe()


@pytest.mark.parametrize("method", CURVES)
def test_a_missing_category_is_a_place_of_its_own(method):
    effect = explained(method, "town")
    axis, values = effect.curves[0].axes[0], effect.curves[0].values[:, 0]
    assert axis.at.tolist() == ["a", "b"]
    assert axis.missing
    assert axis.share[-1] == pytest.approx(0.2)
    assert values[2] - values[1] == pytest.approx(2.0, abs=1.0 if method in ("TargetPlot", "PredictionPlot") else 0.3)
    assert [text.get_text() for text in effect.plot().get_xticklabels()][-1] == "missing"


def test_surfaces_over_such_columns_have_one_line():
    for effect in (PartialDependence(answer, X).explain(("gone", "town")), TargetPlot(X, Y).explain(("only", "town"))):
        assert effect.curves[0].values.shape == (1, 3, 1)
        assert effect.plot() is not None


@pytest.mark.parametrize("feature", ONE)
def test_what_never_differs_matters_nothing(feature):
    assert PermutationImportance(TREES, CODED, Y).explain(feature).values[0, 0] == pytest.approx(0, abs=1e-12)
    rows = CODED[["age", "same", "only", "town"] if feature in ("same", "only") else ["age", feature, "town"]]
    booster = XGBRegressor(n_estimators=10, enable_categorical=True).fit(rows, Y)
    assert LOCO(booster, rows, Y, cv=3).explain(feature).values[0, 0] == pytest.approx(0, abs=1e-9)
    for model, rows in ((answer, X[:40]), (TREES, CODED)):
        assert HStatistic(model, rows).explain([feature, (feature, "town")]).values == pytest.approx(0, abs=1e-12)


def test_missing_categories_count_in_importances():
    assert PermutationImportance(TREES, CODED, Y).explain("town").values[0, 0] > 0.3
    rows = CODED[["age", "same", "town"]]
    booster = XGBRegressor(n_estimators=10, enable_categorical=True).fit(rows, Y)
    assert LOCO(booster, rows, Y, cv=3).explain("town").values[0, 0] > 0.3
    assert HStatistic(answer, X[:40]).explain("town").values[0, 0] == pytest.approx(0, abs=1e-12)
