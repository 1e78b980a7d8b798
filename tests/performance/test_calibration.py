"""Calibration against scikit-learn's curve, brute force, and closed forms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.calibration import calibration_curve
from sklearn.datasets import make_classification
from sklearn.linear_model import LinearRegression
from sklearn.metrics import brier_score_loss
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from pellucid.core.errors import InputError, ParameterError, UnsupportedModelError
from pellucid.performance import Calibration

X, Y = make_classification(400, 6, n_informative=4, flip_y=0.2, random_state=1)
MODEL = GaussianNB().fit(X[:150], Y[:150])
P = MODEL.predict_proba(X)[:, 1]


@pytest.mark.parametrize("strategy", ["quantile", "uniform"])
@pytest.mark.parametrize("bins", [1, 5, 10, 60])
def test_the_curve_is_scikit_learns(strategy, bins):
    observed, predicted = calibration_curve(Y, P, n_bins=bins, strategy=strategy)
    curve = Calibration(MODEL, X, Y, bins=bins, strategy=strategy).explain().curves[0]
    np.testing.assert_allclose(curve.values[:, 0], observed, atol=1e-12)
    np.testing.assert_allclose(curve.axes[0].at, predicted, atol=1e-12)
    assert curve.names == ("probability of 1",)


def test_ties_and_empty_bins_are_scikit_learns():
    rounded = np.round(P * 4) / 4
    for strategy in ("quantile", "uniform"):
        observed, predicted = calibration_curve(Y, rounded, n_bins=7, strategy=strategy)
        effect = Calibration(
            lambda rows: np.round(MODEL.predict_proba(rows)[:, 1] * 4) / 4, X, Y, bins=7, strategy=strategy
        )
        curve = effect.explain().curves[0]
        np.testing.assert_allclose(curve.values[:, 0], observed)
        np.testing.assert_allclose(curve.axes[0].at, predicted)


def test_brier_score_and_calibration_error_are_their_sums_over_rows_and_bins():
    effect = Calibration(MODEL, X, Y, bins=8, strategy="uniform").explain()
    error = 0.0
    for k in range(8):
        inside = (k / 8 < P if k else P >= 0) & ((k + 1) / 8 >= P)
        error += abs(Y[inside].mean() - P[inside].mean()) * inside.mean() if inside.any() else 0.0
    assert effect.figure("expected calibration error of 1").value == pytest.approx(error)
    assert effect.figure("Brier score of 1").value == pytest.approx(brier_score_loss(Y, P))
    assert [note.partition(" of ")[0] for note in effect.receipt.notes] == ["Brier score", "expected calibration error"]


def test_the_band_is_wilsons():
    """Its ends are the shares p for which the one seen lies z standard errors away: (s − p)² = z² p (1 − p) / n."""
    curve = Calibration(MODEL, X, Y, bins=5, confidence=0.9).explain().curves[0]
    z, n = 1.6448536269514722, curve.share[:, np.newaxis] * len(X)
    for end in (curve.low, curve.high):
        np.testing.assert_allclose((curve.values - end) ** 2, z**2 * end * (1 - end) / n, atol=1e-12)
    assert (curve.low <= curve.values).all()
    assert (curve.values <= curve.high).all()


def test_a_perfect_model_lies_on_the_diagonal_and_a_constant_one_in_one_bin():
    perfect = Calibration(lambda rows: (rows[:, 0] > 0) * 1.0, X, X[:, 0] > 0, bins=4).explain()
    np.testing.assert_array_equal(perfect.curves[0].values[:, 0], perfect.curves[0].axes[0].at)
    assert [figure.value for figure in perfect.figures] == [0.0, 0.0]
    constant = Calibration(lambda rows: np.full(len(rows), 0.25), X, Y).explain()
    np.testing.assert_allclose(constant.curves[0].values, [[Y.mean()]])
    assert constant.figures[1].value == pytest.approx(abs(Y.mean() - 0.25))


def test_a_model_that_is_right_about_its_chances_is_within_its_bands(rng):
    chances = rng.random(20_000)
    curve = (
        Calibration(lambda rows: rows[:, 0], chances[:, np.newaxis], rng.random(20_000) < chances).explain().curves[0]
    )
    held = (curve.low[:, 0] < curve.axes[0].at) & (curve.axes[0].at < curve.high[:, 0])
    assert held.mean() >= 0.8


@pytest.mark.parametrize("strategy", ["quantile", "uniform"])
def test_a_row_that_weighs_three_is_three_rows(strategy, rng):
    weights = rng.integers(1, 4, len(X))
    times = np.repeat(np.arange(len(X)), weights)
    heavy = Calibration(MODEL, X, Y, strategy=strategy, sample_weight=weights).explain()
    many = Calibration(MODEL, X[times], Y[times], strategy=strategy, sample_weight=np.ones(len(times))).explain()
    np.testing.assert_allclose(heavy.curves[0].values, many.curves[0].values)
    np.testing.assert_allclose(heavy.curves[0].axes[0].at, many.curves[0].axes[0].at)
    np.testing.assert_allclose(heavy.curves[0].share, many.curves[0].share)
    assert heavy.figure("Brier score of 1").value == pytest.approx(brier_score_loss(Y, P, sample_weight=weights))
    assert (heavy.curves[0].low <= many.curves[0].low + 1e-12).all(), "three like rows tell no more than one"


def test_each_of_several_classes_is_against_the_rest():
    three = np.array(["cat", "cow", "dog"])[np.digitize(X[:, 0], [-0.7, 0.7])]
    model = GaussianNB().fit(X, three)
    effect = Calibration(model, X, three, bins=6).explain()
    assert effect.names == (("probability of cat",), ("probability of cow",), ("probability of dog",))
    for k, name in enumerate(model.classes_):
        observed, predicted = calibration_curve(
            three == name, model.predict_proba(X)[:, k], n_bins=6, strategy="quantile"
        )
        curve = effect.curve(f"probability of {name}")
        np.testing.assert_allclose(curve.values[:, 0], observed)
        np.testing.assert_allclose(curve.axes[0].at, predicted)
    assert Calibration(model, X, three).explain(["dog", "cat"]).names[0] == ("probability of dog",)
    with pytest.raises(ParameterError, match="there is no class 'horse'"):
        Calibration(model, X, three).explain("horse")


@pytest.mark.parametrize("labels", [["no", "yes"], [False, True]], ids=["strings", "booleans"])
@pytest.mark.parametrize("form", ["pandas", "polars"])
def test_frames_and_labels_of_any_kind_give_the_same_curve(form, labels):
    named = np.array(labels)[Y]
    frame = pd.DataFrame(X, columns=list("abcdef"))
    rows, y = (frame, pd.Series(named)) if form == "pandas" else (pl.from_pandas(frame), pl.Series(named))
    model = GaussianNB().fit(rows, named)
    plain = Calibration(GaussianNB().fit(X, Y), X, Y).explain()
    found = Calibration(model, rows, y).explain()
    np.testing.assert_allclose(found.curves[0].values, plain.curves[0].values)
    assert found.names == ((f"probability of {labels[1]}",),)


def test_what_are_no_probabilities_is_refused():
    with pytest.raises(UnsupportedModelError, match=r"sklearn.LinearSVC gives score from .*; calibrate it first"):
        Calibration(LinearSVC().fit(X, Y), X, Y).explain()
    with pytest.raises(UnsupportedModelError, match="answers with its target and gives no score of a class"):
        Calibration(LinearRegression().fit(X, Y), X, Y)


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (np.zeros(400, dtype=int), "y holds one class, 0, in all 400 rows"),
        (np.append(Y[:-1], 7), "y holds 7, which is no class of the model; its classes are 0, 1"),
        (np.append(Y[:-1] * 1.0, np.nan), "y is missing in row 399; leave out rows whose class is not known"),
        (np.stack([Y, Y], axis=1), r"y must hold one class a row, got shape \(400, 2\)"),
        (Y[:5], r"y must hold one value for each of the 400 rows, got shape \(5,\)"),
    ],
    ids=["one class", "unknown", "missing", "matrix", "short"],
)
def test_labels_that_cannot_be_judged_by_are_refused(y, said):
    with pytest.raises(InputError, match=said):
        Calibration(MODEL, X, y)


def test_weights_that_leave_a_class_out_are_refused():
    with pytest.raises(InputError, match="sample_weight is 0 in every row of class 1; leave those rows out"):
        Calibration(MODEL, X, Y, sample_weight=1 - Y)
    with pytest.raises(InputError, match="sample_weight must be 400 finite numbers from 0"):
        Calibration(MODEL, X, Y, sample_weight=np.ones(3))


def test_a_function_with_another_number_of_scores_than_classes_is_refused():
    with pytest.raises(
        InputError, match=r"gives 6 scores a row and y holds 2 classes \(0, 1\); pass one score a class"
    ):
        Calibration(lambda rows: rows, X, Y)


def test_a_class_that_no_row_has_is_observed_nowhere():
    three = np.array(["cat", "cow", "dog"])[np.digitize(X[:, 0], [-0.7, 0.7])]
    model, kept = GaussianNB().fit(X, three), three != "dog"
    effect = Calibration(model, X[kept], three[kept], bins=4).explain()
    np.testing.assert_array_equal(effect.curve("probability of dog").values, 0)
    assert all("nan" not in note for note in effect.receipt.notes)
