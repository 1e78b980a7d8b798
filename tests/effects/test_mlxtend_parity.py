"""Permutation importance and decision regions are mlxtend's where it answers the same question."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from mlxtend.evaluate import feature_importance_permutation
from mlxtend.plotting import plot_decision_regions
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression

from pellucid.effects import DecisionRegions, PermutationImportance

X, LABELS = load_iris(return_X_y=True)
LINE = LogisticRegression(max_iter=500).fit(X, LABELS)
HELD = {1: 3.0, 3: 1.3}


@pytest.fixture
def forest(rng):
    rows = rng.normal(size=(150, 4))
    y = 2 * rows[:, 0] + rows[:, 1] * rows[:, 2] + 0.3 * rng.normal(size=150)
    return RandomForestRegressor(10, max_depth=5, random_state=0).fit(rows, y), rows, y


def by_mlxtend(model, rows, y, **settings):
    """Of copies: mlxtend shuffles in place."""
    return feature_importance_permutation(rows.copy(), y, model.predict, "r2", **settings)


@pytest.mark.parametrize("seed", range(4))
def test_a_shuffle_from_the_same_stream_has_the_same_importance(forest, seed):
    model, rows, y = forest
    # scikit-learn's stream, which is ours, draws a seed for the column first and starts from it for each feature
    column_seed = np.random.RandomState(seed).randint(np.iinfo(np.int32).max + 1)
    theirs = [by_mlxtend(model, rows, y, feature_groups=[j], seed=column_seed)[0][0] for j in range(4)]
    ours = PermutationImportance(model, rows, y, n_repeats=1, seed=seed).explain()
    np.testing.assert_allclose(ours.values[:, 0], theirs, rtol=1e-9, atol=1e-12)


def test_over_many_shuffles_the_means_agree_within_their_errors(forest):
    model, rows, y = forest
    theirs, each = by_mlxtend(model, rows, y, num_rounds=60, seed=1)
    ours = PermutationImportance(model, rows, y, n_repeats=60, seed=2).explain()
    error = np.hypot(ours.stderr[:, 0], each.std(axis=1, ddof=1) / np.sqrt(60))
    assert (np.abs(ours.values[:, 0] - theirs) < 3.5 * error).all()
    np.testing.assert_allclose(ours.stderr[:, 0], each.std(axis=1, ddof=1) / np.sqrt(60), rtol=0.4)


def test_a_group_is_one_shuffle_of_its_own_columns(rng):
    """mlxtend 0.25 shuffles as many of the first columns instead, each by itself, so it has no answer to compare."""
    rows = rng.multivariate_normal([0, 0, 0], [[1, 0, 0], [0, 1, 0.8], [0, 0.8, 1]], size=20_000)
    f = lambda rows: rows @ np.array([1.0, 2.0, 1.0])  # noqa: E731
    ours = PermutationImportance(f, rows, f(rows), scoring="neg_mean_squared_error").explain([("x1", "x2")])
    together = 2 * (rows[:, 1] * 2 + rows[:, 2]).var()
    np.testing.assert_allclose(ours.values[0, 0], together, rtol=0.03)
    apart = 2 * (4 * rows[:, 1].var() + rows[:, 2].var())
    assert abs(ours.values[0, 0] - apart) > 0.3 * apart


class Remembered:
    """A classifier that keeps the plane it was asked about."""

    def predict(self, plane):
        self.plane, self.classes = plane, LINE.predict(plane)
        return self.classes


@pytest.fixture
def drawn():
    """mlxtend's plane of columns 0 and 2, 80 places a side, and its axes."""
    asked = Remembered()
    figure, ax = plt.subplots(figsize=(1, 1), dpi=80)
    plt.sca(ax)
    plot_decision_regions(
        X,
        LABELS,
        asked,
        feature_index=[0, 2],
        filler_feature_values=HELD,
        filler_feature_ranges={1: 0.45, 3: 0.55},
        ax=ax,
    )
    yield asked, ax
    plt.close(figure)


def test_fillers_hold_the_other_features_and_regions_are_the_same(drawn):
    asked, _ = drawn
    np.testing.assert_array_equal(np.unique(asked.plane[:, [1, 3]], axis=0), [[HELD[1], HELD[3]]])
    effect = DecisionRegions(LINE, X, LABELS, fillers=HELD, resolution=40).explain((0, 2))
    across, up = (axis.at for axis in effect.curves[0].axes)
    ours = effect.curves[0].values.argmax(axis=-1)
    sides, theirs = (np.unique(asked.plane[:, j]) for j in (0, 2)), asked.classes.reshape(80, 80).T
    column, row = (np.searchsorted(side, at) - 1 for side, at in zip(sides, (across, up), strict=True))
    corners = [theirs[np.ix_(column + a, row + b)] for a in (0, 1) for b in (0, 1)]
    # regions of a line are convex, so what is within four corners of one class is of that class
    inside = np.ptp(corners, axis=0) == 0
    assert inside.mean() > 0.9
    assert len(np.unique(ours)) == 3
    np.testing.assert_array_equal(ours[inside], corners[0][inside])


def test_rows_near_the_plane_are_the_same_with_their_classes(drawn):
    _, ax = drawn
    theirs = [part.get_offsets() for part in ax.collections if len(part.get_offsets()) > 1]
    points = (
        DecisionRegions(LINE, X, LABELS, fillers=HELD, near={1: 0.45, 3: 0.55}, resolution=3)
        .explain((0, 2))
        .curves[0]
        .points
    )
    kept = [points[points[:, 2] == k, :2] for k in range(3)]
    assert [len(one) for one in kept if len(one)] == [len(one) for one in theirs]
    np.testing.assert_allclose(np.concatenate(kept), np.concatenate(theirs))
