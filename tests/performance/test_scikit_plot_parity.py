"""Gain, lift and calibration are what scikit-plot 0.3.7 defines, written here by hand from its formulas.

scikit-plot itself cannot be imported any more: it asks scipy for ``interp``, which scipy no longer has.
"""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.datasets import make_classification
from sklearn.naive_bayes import GaussianNB

from pellucid.performance import Calibration, CumulativeGain, Lift

X, Y = make_classification(200, 5, n_informative=3, weights=[0.75], flip_y=0.1, random_state=4)
MODEL = GaussianNB().fit(X[:80], Y[:80])
CHANCES = MODEL.predict_proba(X)


def cumulative_gain_curve(y_true, y_score, pos_label):
    """``helpers.cumulative_gain_curve``: a row after the other from the highest score down."""
    found = np.cumsum((y_true == pos_label)[np.argsort(y_score)[::-1]])
    n = len(y_true)
    return np.arange(n + 1) / n, np.concatenate([[0], found / found[-1]])


def rescaled_calibration_curve(y_true, chances, n_bins):
    """``metrics.plot_calibration_curve``: probabilities stretched to reach from 0 to 1 first."""
    stretched = (chances - chances.min()) / (chances.max() - chances.min())
    return calibration_curve(y_true, stretched, n_bins=n_bins)


@pytest.mark.parametrize("positive", [0, 1])
def test_gains_are_the_same_at_every_row(positive):
    shares, gains = cumulative_gain_curve(Y, CHANCES[:, positive], positive)
    curve = CumulativeGain(MODEL, X, Y, points=200).explain(positive).curves[0]
    np.testing.assert_allclose(curve.axes[0].at, shares, atol=1e-12)
    np.testing.assert_allclose(curve.values[:, 0], gains, atol=1e-12)


@pytest.mark.parametrize("positive", [0, 1])
def test_lifts_are_the_same_at_every_row(positive):
    shares, gains = cumulative_gain_curve(Y, CHANCES[:, positive], positive)
    curve = Lift(MODEL, X, Y, points=200).explain(positive).curves[0]
    np.testing.assert_allclose(curve.values[:, 0], gains[1:] / shares[1:], rtol=1e-12)


def test_rows_of_one_score_are_the_mean_over_their_orders_where_scikit_plot_takes_one(rng):
    def coarse(rows):
        return np.round(MODEL.predict_proba(rows)[:, 1] * 4) / 4

    ours = CumulativeGain(coarse, X, Y, points=200).explain().curves[0].values[:, 0]
    orders = [rng.permutation(200) for _ in range(2000)]
    drawn = [cumulative_gain_curve(Y[order], coarse(X[order]), 1)[1] for order in orders]
    np.testing.assert_allclose(ours, np.mean(drawn, axis=0), atol=0.01)
    assert np.std(drawn, axis=0).max() > 0.02


def test_calibration_is_the_same_where_probabilities_reach_from_0_to_1():
    """Elsewhere scikit-plot stretches them, and no longer shows what was predicted."""

    def whole(rows):
        chances = MODEL.predict_proba(rows)[:, 1]
        return np.where(chances < 0.01, 0.0, np.where(chances > 0.99, 1.0, chances))

    curve = Calibration(whole, X, Y, bins=8, strategy="uniform").explain().curves[0]
    observed, predicted = rescaled_calibration_curve(Y, whole(X), 8)
    np.testing.assert_allclose(curve.values[:, 0], observed, atol=1e-12)
    np.testing.assert_allclose(curve.axes[0].at, predicted, atol=1e-12)
    halved = Calibration(lambda rows: whole(rows) / 2, X, Y, bins=8, strategy="uniform").explain().curves[0]
    assert halved.axes[0].at.max() <= 0.5 < rescaled_calibration_curve(Y, whole(X) / 2, 8)[1].max()
