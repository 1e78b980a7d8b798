"""Cumulative gain against brute force, scikit-learn's AUC, and closed forms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LinearRegression
from sklearn.metrics import roc_auc_score
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC

from pellucid.core.errors import InputError, ParameterError, UnsupportedModelError
from pellucid.performance import CumulativeGain

X, Y = make_classification(200, 5, n_informative=3, weights=[0.75], flip_y=0.1, random_state=4)
MODEL = GaussianNB().fit(X[:80], Y[:80])


def gain_by_hand(scores, held, shares):
    """The class's share among the first rows, one share after the other; as scikit-plot counts where none tie."""
    order = np.argsort(-scores)
    return [held[order][: round(share * len(order))].sum() / held.sum() for share in shares]


def gain_in_random_order_of_ties(scores, held, shares, rng, times=4000):
    found = []
    for _ in range(times):
        order = np.lexsort((rng.random(len(scores)), -scores))
        found.append([held[order][: round(share * len(order))].sum() / held.sum() for share in shares])
    return np.mean(found, axis=0)


def test_gains_are_counted_among_the_first_rows():
    effect = CumulativeGain(MODEL, X, Y, points=50).explain()
    curve = effect.curves[0]
    np.testing.assert_allclose(curve.axes[0].at, np.linspace(0, 1, 51))
    np.testing.assert_allclose(
        curve.values[:, 0], gain_by_hand(MODEL.predict_proba(X)[:, 1], Y, curve.axes[0].at), atol=1e-12
    )
    assert (effect.names, effect.target_names) == ((("share of rows asked",),), ("1",))


def test_rows_of_one_score_count_as_asked_in_random_order(rng):
    def coarse(rows):
        return np.round(MODEL.predict_proba(rows)[:, 1] * 3)

    curve = CumulativeGain(coarse, X, Y, points=20, resamples=0).explain().curves[0]
    wanted = gain_in_random_order_of_ties(coarse(X), Y, curve.axes[0].at, rng)
    np.testing.assert_allclose(curve.values[:, 0], wanted, atol=0.005)
    assert curve.low is None


def test_a_perfect_order_finds_the_class_first_and_equal_scores_find_it_in_step():
    held = X[:, 0] > 0.8
    share = held.mean()
    perfect = CumulativeGain(lambda rows: rows[:, 0], X, held).explain()
    at = perfect.curves[0].axes[0].at
    np.testing.assert_allclose(perfect.curves[0].values[:, 0], np.minimum(at / share, 1))
    assert perfect.figure("accuracy ratio of True").value == pytest.approx(1)
    even = CumulativeGain(lambda rows: np.zeros(len(rows)), X, held).explain()
    np.testing.assert_allclose(even.curves[0].values[:, 0], at)
    np.testing.assert_allclose(even.curves[0].high[:, 0], at)
    assert even.figure("accuracy ratio of True").value == pytest.approx(0)


def test_the_accuracy_ratio_is_twice_the_auc_less_one(rng):
    weights = rng.uniform(0.2, 3, len(X))
    scores = MODEL.predict_proba(X)[:, 1]
    plain = CumulativeGain(MODEL, X, Y).explain().figure("accuracy ratio of 1")
    assert plain.value == pytest.approx(2 * roc_auc_score(Y, scores) - 1)
    assert plain.low < plain.value < plain.high
    heavy = CumulativeGain(MODEL, X, Y, sample_weight=weights).explain().figure("accuracy ratio of 1")
    assert heavy.value == pytest.approx(2 * roc_auc_score(Y, scores, sample_weight=weights) - 1)


def test_scores_that_know_nothing_are_about_as_good_as_a_random_order(rng):
    noise = rng.normal(size=(4000, 1))
    curve = CumulativeGain(lambda rows: rows[:, 0], noise, rng.random(4000) < 0.3).explain().curves[0]
    np.testing.assert_allclose(curve.values[:, 0], curve.axes[0].at, atol=0.05)


def test_bands_hold_most_draws_of_other_rows():
    """Of a known mechanism: most gains of new rows lie in the band that one sample gives."""
    rng = np.random.default_rng(3)

    def draw():
        z = rng.normal(size=(400, 1))
        return z, rng.random(400) < 1 / (1 + np.exp(1 - 2 * z[:, 0]))

    def gain(z, held):
        return CumulativeGain(lambda rows: rows[:, 0], z, held, points=10, resamples=300).explain().curves[0]

    truth = np.mean([gain_by_hand(z[:, 0], held, [0.2, 0.4]) for z, held in (draw() for _ in range(300))], axis=0)
    inside = [
        ((curve.low[[2, 4], 0] <= truth) & (truth <= curve.high[[2, 4], 0])).mean()
        for curve in (gain(*draw()) for _ in range(40))
    ]
    assert 0.85 < np.mean(inside) <= 1.0


def test_a_row_that_weighs_two_is_two_rows():
    weights = 1 + (np.arange(len(X)) % 2)
    times = np.repeat(np.arange(len(X)), weights)
    heavy = CumulativeGain(MODEL, X, Y, sample_weight=weights, resamples=0).explain()
    many = CumulativeGain(MODEL, X[times], Y[times], resamples=0).explain()
    np.testing.assert_allclose(heavy.curves[0].values, many.curves[0].values, atol=1e-12)


def test_classes_are_targets_over_one_axis():
    three = np.array(["cat", "cow", "dog"])[np.digitize(X[:, 0], [-0.7, 0.7])]
    model = GaussianNB().fit(X, three)
    effect = CumulativeGain(model, X, three).explain()
    assert effect.target_names == ("cat", "cow", "dog")
    for k, name in enumerate(model.classes_):
        found = gain_by_hand(model.predict_proba(X)[:, k], three == name, effect.curves[0].axes[0].at)
        np.testing.assert_allclose(effect.target(str(name)).curves[0].values[:, 0], found, atol=1e-12)
    one = CumulativeGain(model, X, three).explain("cow")
    assert one.target_names == ("cow",)
    np.testing.assert_array_equal(one.curves[0].low, effect.target("cow").curves[0].low)


@pytest.mark.parametrize("form", ["pandas", "polars"])
def test_frames_and_decision_functions_are_ranked_alike(form):
    frame = pd.DataFrame(X, columns=list("abcde"))
    rows = frame if form == "pandas" else pl.from_pandas(frame)
    plain, model = SVC().fit(X, Y == 1), SVC().fit(rows, Y == 1)
    np.testing.assert_array_equal(
        CumulativeGain(model, rows, Y == 1).explain().curves[0].low,
        CumulativeGain(plain, X, Y == 1).explain().curves[0].low,
    )


def test_what_cannot_be_ranked_is_refused():
    with pytest.raises(UnsupportedModelError, match="gives no score of a class"):
        CumulativeGain(LinearRegression().fit(X, Y), X, Y)
    with pytest.raises(InputError, match="y holds one class"):
        CumulativeGain(MODEL, X, np.zeros(200, dtype=int))
    with pytest.raises(ParameterError, match="there is no class 'horse'"):
        CumulativeGain(MODEL, X, Y).explain("horse")


def test_a_class_that_no_row_has_is_left_out_and_refused_by_name():
    three = np.array(["cat", "cow", "dog"])[np.digitize(X[:, 0], [-0.7, 0.7])]
    model, kept = GaussianNB().fit(X, three), three != "dog"
    effect = CumulativeGain(model, X[kept], three[kept], resamples=5).explain()
    assert effect.target_names == ("cat", "cow")
    assert effect.receipt.notes[-1] == "classes that no row has are left out: dog"
    with pytest.raises(InputError, match="no row is of class 'dog', so none can be found among the first"):
        CumulativeGain(model, X[kept], three[kept]).explain(["cat", "dog"])
