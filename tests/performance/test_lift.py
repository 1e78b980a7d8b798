"""Lift against brute force and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.naive_bayes import GaussianNB

from pellucid.core.errors import InputError
from pellucid.performance import CumulativeGain, Lift

X, Y = make_classification(200, 5, n_informative=3, weights=[0.75], flip_y=0.1, random_state=4)
MODEL = GaussianNB().fit(X[:80], Y[:80])


def test_lift_is_how_much_more_frequent_the_class_is_among_the_first_rows():
    curve = Lift(MODEL, X, Y, points=50).explain().curves[0]
    order = np.argsort(-MODEL.predict_proba(X)[:, 1])
    wanted = [Y[order[: round(share * 200)]].mean() / Y.mean() for share in curve.axes[0].at]
    np.testing.assert_allclose(curve.values[:, 0], wanted)
    assert curve.axes[0].at[0] == 0.02


def test_lift_is_the_gain_over_the_share_asked_with_its_band():
    gain, lift = CumulativeGain(MODEL, X, Y).explain(), Lift(MODEL, X, Y).explain()
    asked = lift.curves[0].axes[0].at[:, np.newaxis]
    for part in ("values", "low", "high"):
        np.testing.assert_allclose(getattr(lift.curves[0], part) * asked, getattr(gain.curves[0], part)[1:])
    assert lift.figures == gain.figures


def test_of_a_perfect_order_it_is_one_over_the_share_of_the_class_and_of_none_it_is_one():
    held = X[:, 0] > 0.8
    perfect = Lift(lambda rows: rows[:, 0], X, held).explain().curves[0]
    at = perfect.axes[0].at
    np.testing.assert_allclose(perfect.values[:, 0], np.minimum(1 / held.mean(), 1 / at))
    even = Lift(lambda rows: np.zeros(len(rows)), X, held).explain().curves[0]
    np.testing.assert_allclose(even.values, 1.0)


def test_one_class_alone_is_refused():
    with pytest.raises(InputError, match="y holds one class"):
        Lift(MODEL, X, np.ones(200, dtype=int))
