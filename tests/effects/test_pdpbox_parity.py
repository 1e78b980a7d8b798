"""Curves and binned plots are what PDPbox 0.3 defines, written here by hand from its formulas.

PDPbox itself stays out: it brings 215 MB of examples and the build of xgboost for GPUs.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from pellucid.effects import ICE, PartialDependence, PredictionPlot, TargetPlot

RNG = np.random.default_rng(8)
#: of 241 rows every sixth part ends at a row, so that PDPbox's interpolated percentiles are values that occur
N, POINTS = 241, 7
FRAME = pd.DataFrame(
    {"a": RNG.normal(size=N), "b": RNG.lognormal(size=N), "flag": RNG.integers(0, 2, N), "few": RNG.integers(0, 4, N)}
)
Y = FRAME["a"] * FRAME["b"] + FRAME["flag"] + (FRAME["few"] == 2)
TREES = GradientBoostingRegressor(n_estimators=12, random_state=0).fit(FRAME, Y)


def grid_points(values, num_grid_points=POINTS, grid_type="percentile"):
    """``FeatureInfo``: interpolated percentiles, or evenly spaced; a column of 0 and 1 has these two."""
    if set(np.unique(values)) == {0, 1}:
        return np.array([0, 1])
    if grid_type == "equal":
        return np.linspace(values.min(), values.max(), num_grid_points)
    return np.unique(np.percentile(values, np.linspace(0, 100, num_grid_points)))


def ice_lines(predict, frame, features, grids):
    """``_PDPBase``: (rows, grids) predictions with the features set to each grid; their mean is ``pdp``."""
    return np.column_stack([predict(frame.assign(**dict(zip(features, grid, strict=True)))) for grid in grids])


def buckets(values, grids, show_outliers=False):
    """``FeatureInfo``: bins closed on the left, the last one on both sides; −1 below and one more above."""
    if len(grids) == 2 and set(grids) == {0, 1}:
        return np.asarray(values)
    x = pd.cut(values, bins=grids, right=False).cat.codes.to_numpy().copy()
    x[values == grids[-1]] = len(grids) - 2
    if show_outliers:
        x[(x == -1) & (values > grids[-1]).to_numpy()] = len(grids) - 1
    return x


@pytest.mark.parametrize("grid_type", ["percentile", "equal"])
@pytest.mark.parametrize("feature", ["a", "b", "flag"])
def test_pdp_isolate_of_trees_is_the_curve_at_any_grid(feature, grid_type):
    grids = grid_points(FRAME[feature], grid_type=grid_type)
    theirs = ice_lines(TREES.predict, FRAME, [feature], grids[:, np.newaxis]).mean(axis=0)
    effect = PartialDependence(TREES, FRAME).explain(feature)
    np.testing.assert_allclose(effect.at(feature, grids)[:, 0], theirs, atol=1e-10)


def test_pdp_isolate_of_another_model_has_the_same_grid_and_ice_lines():
    model = make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(8,), max_iter=3000, random_state=0)).fit(
        FRAME, Y
    )
    grids = grid_points(FRAME["a"])
    lines = ice_lines(model.predict, FRAME, ["a"], grids[:, np.newaxis])
    curve = PartialDependence(model.predict, FRAME, grid=POINTS).explain("a").curves[0]
    np.testing.assert_allclose(curve.axes[0].at, grids, rtol=1e-12)
    np.testing.assert_allclose(curve.values[:, 0], lines.mean(axis=0), rtol=1e-9)
    ours = ICE(model.predict, FRAME, grid=POINTS).explain(FRAME, features="a").curves[0]
    np.testing.assert_allclose(ours.rows[..., 0], lines, rtol=1e-9)
    # PDPbox draws its lines less their value at the first grid point
    centred = ICE(model.predict, FRAME, grid=POINTS, centred=True).explain(FRAME, features="a").curves[0]
    np.testing.assert_allclose(centred.rows[..., 0], lines - lines[:, :1], atol=1e-9)


def test_pdp_interact_is_the_surface_at_any_grid():
    sides = grid_points(FRAME["a"], 4), grid_points(FRAME["b"], 5)
    pairs = np.array([(u, v) for u in sides[0] for v in sides[1]])
    theirs = ice_lines(TREES.predict, FRAME, ["a", "b"], pairs).mean(axis=0)
    effect = PartialDependence(TREES, FRAME).explain(("a", "b"))
    np.testing.assert_allclose(effect.at(("a", "b"), *pairs.T)[:, 0], theirs, atol=1e-10)


def test_one_hot_columns_of_pdpbox_are_the_category_itself():
    town = pd.Series(RNG.choice(["x", "y", "z"], N), name="town")
    encoder = make_column_transformer((OneHotEncoder(sparse_output=False), ["town"]), remainder="passthrough")
    frame = FRAME.assign(town=town)
    model = make_pipeline(encoder, GradientBoostingRegressor(n_estimators=9, random_state=0)).fit(
        frame, Y + (town == "y")
    )
    encoded = pd.DataFrame(encoder.transform(frame), columns=encoder.get_feature_names_out())
    theirs = ice_lines(lambda rows: model[-1].predict(rows.to_numpy()), encoded, encoded.columns[:3], np.eye(3)).mean(
        axis=0
    )
    curve = PartialDependence(model, frame).explain("town").curves[0]
    assert curve.axes[0].at.tolist() == ["x", "y", "z"]
    np.testing.assert_allclose(curve.values[:, 0], theirs, atol=1e-10)


def test_each_of_several_classes_is_the_mean_probability():
    model = GradientBoostingClassifier(n_estimators=5, random_state=0).fit(FRAME, np.digitize(Y, [0, 1]))
    grids = grid_points(FRAME["a"])
    curve = PartialDependence(model.predict_proba, FRAME, grid=POINTS).explain("a").curves[0]
    for k in range(3):
        theirs = ice_lines(lambda rows, k=k: model.predict_proba(rows)[:, k], FRAME, ["a"], grids[:, np.newaxis])
        np.testing.assert_allclose(curve.values[:, k], theirs.mean(axis=0), rtol=1e-9)


@pytest.mark.parametrize("grid_type", ["percentile", "equal"])
@pytest.mark.parametrize("feature", ["a", "b", "flag"])
def test_target_plot_has_the_same_bins_counts_and_means(feature, grid_type):
    x = buckets(FRAME[feature], grid_points(FRAME[feature], 10, grid_type))
    spacing = "quantile" if grid_type == "percentile" else "equal"
    curve = TargetPlot(FRAME, Y, bins=9, spacing=spacing).explain(feature).curves[0]
    groups = Y.groupby(x)
    held = curve.counts > 0  # a bin without rows is nan here, and there it is no line of the summary
    np.testing.assert_array_equal(np.flatnonzero(held), list(groups.groups))
    np.testing.assert_array_equal(curve.counts[held], groups.size())
    np.testing.assert_allclose(curve.values[held, 0], groups.mean(), rtol=1e-12)


def test_few_values_have_a_bin_each_where_pdpbox_joins_the_two_largest():
    groups = Y.groupby(buckets(FRAME["few"], grid_points(FRAME["few"], 10)))
    curve = TargetPlot(FRAME, Y).explain("few").curves[0]
    counts, values = curve.counts, curve.values[:, 0]
    np.testing.assert_array_equal([*counts[:2], counts[2:].sum()], groups.size())
    joined = np.average(values[2:], weights=counts[2:])
    np.testing.assert_allclose([*values[:2], joined], groups.mean(), rtol=1e-12)


def test_outliers_of_given_grid_points_have_bins_of_their_own():
    grids = np.array([-1.0, 0.0, 0.5, 1.5])
    groups = Y.groupby(buckets(FRAME["a"], grids, show_outliers=True))
    curve = TargetPlot(FRAME, Y, edges={"a": grids}).explain("a").curves[0]
    np.testing.assert_array_equal(curve.counts, groups.size())
    np.testing.assert_allclose(curve.values[:, 0], groups.mean(), rtol=1e-12)


def test_predict_plot_has_the_same_quartiles():
    predicted = pd.Series(TREES.predict(FRAME))
    groups = predicted.groupby(buckets(FRAME["a"], grid_points(FRAME["a"], 10)))
    curve = PredictionPlot(TREES, FRAME, bins=9).explain("a").curves[0]
    for ours, level in ((curve.low, 0.25), (curve.values, 0.5), (curve.high, 0.75)):
        np.testing.assert_allclose(ours[:, 0], groups.quantile(level), rtol=1e-12)


def test_crossed_features_have_the_same_counts_means_and_medians():
    x = [buckets(FRAME["a"], grid_points(FRAME["a"], 4)), FRAME["flag"].to_numpy()]
    mean, median = Y.groupby(x), pd.Series(TREES.predict(FRAME)).groupby(x)
    target = TargetPlot(FRAME, Y, bins=3).explain(("a", "flag")).curves[0]
    np.testing.assert_array_equal(target.counts.ravel(), mean.size())
    np.testing.assert_allclose(target.values.ravel(), mean.mean(), rtol=1e-12)
    prediction = PredictionPlot(TREES, FRAME, bins=3).explain(("a", "flag")).curves[0]
    np.testing.assert_allclose(prediction.values.ravel(), median.quantile(0.5), rtol=1e-12)
