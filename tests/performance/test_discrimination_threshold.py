"""The threshold of a classifier against brute force, scikit-learn, and closed forms."""

from __future__ import annotations

import bisect

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import f1_score, precision_recall_curve, precision_score, recall_score
from sklearn.model_selection import ShuffleSplit, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from pellucid.core.errors import ArgumentTypeError, InputError, ModelFailedError, ParameterError, UnsupportedModelError
from pellucid.performance import DiscriminationThreshold

X, Y = make_classification(240, 5, weights=[0.7], flip_y=0.15, random_state=2)
MODEL = GaussianNB().fit(X, Y)
METRICS = ("precision", "recall", "f1", "queue_rate")


class NamesOnly(ClassifierMixin, BaseEstimator):
    """Says which class, and not how sure it is."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return self.classes_[(X[:, 0] > 0).astype(int)]


def spread_out(effect, name):
    curve = effect.target(name).curves[0]
    return curve.low[:, 0], curve.values[:, 0], curve.high[:, 0]


def splits_of_yellowbrick(seed, trials, test_size=0.2):
    return [next(ShuffleSplit(1, test_size=test_size, random_state=seed + k).split(X, Y)) for k in range(trials)]


def trial_by_hand(scores, truth, thresholds, weights=None):
    """(thresholds, 4), one threshold after the other with scikit-learn's own metrics."""
    lines = []
    for t in thresholds:
        named = scores >= t
        given = {"sample_weight": weights, "zero_division": 0}
        precision = precision_score(truth, named, **given) if named.any() else 1.0
        recall, f1 = recall_score(truth, named, **given), f1_score(truth, named, **given)
        lines.append([precision, recall, f1, np.average(named, weights=weights)])
    return np.array(lines)


def test_curves_are_quantiles_over_splits_of_scikit_learns_own_metrics():
    splits, grid = splits_of_yellowbrick(7, 6), np.linspace(0, 1, 21)
    tried = []
    for train, test in splits:
        model = clone(MODEL).fit(X[train], Y[train])
        tried.append(trial_by_hand(model.predict_proba(X[test])[:, 1], Y[test], grid))
    effect = DiscriminationThreshold(MODEL, X, Y, cv=splits, thresholds=21).explain()
    curve = effect.curves[0]
    assert effect.target_names == METRICS
    assert curve.names == ("threshold",)
    np.testing.assert_allclose(curve.axes[0].at, grid)
    for got, quantile in ((curve.low, 0.1), (curve.values, 0.5), (curve.high, 0.9)):
        np.testing.assert_allclose(got, np.quantile(tried, quantile, axis=0), atol=1e-12)


def test_on_the_same_splits_a_trial_is_yellowbricks():
    """Its lookup: the metrics at the first of the split's own thresholds that is at least t."""
    train, test = splits_of_yellowbrick(3, 1)[0]
    scores = clone(MODEL).fit(X[train], Y[train]).predict_proba(X[test])[:, 1]
    precision, recall, own = precision_recall_curve(Y[test], scores)
    own = np.append(own, 1)
    queue = np.array([(scores >= t).mean() for t in own])
    grid = np.linspace(0, 1, 51)
    at = [bisect.bisect_left(own, t) for t in grid]
    effect = DiscriminationThreshold(MODEL, X, Y, cv=[(train, test)] * 2, thresholds=grid).explain()
    np.testing.assert_allclose(spread_out(effect, "precision")[1], precision[at])
    np.testing.assert_allclose(spread_out(effect, "recall")[1], recall[at])
    np.testing.assert_allclose(spread_out(effect, "queue_rate")[1], queue[at])


def test_the_best_threshold_is_where_the_curve_is_highest_with_the_spread_of_single_splits():
    splits, grid = splits_of_yellowbrick(1, 9), np.linspace(0, 1, 31)
    curves = []
    for train, test in splits:
        model = clone(MODEL).fit(X[train], Y[train])
        curves.append(trial_by_hand(model.predict_proba(X[test])[:, 1], Y[test], grid)[:, 2])
    effect = DiscriminationThreshold(MODEL, X, Y, cv=splits, thresholds=31).explain()
    best = effect.figure("best threshold for f1")
    assert best.value == grid[np.median(curves, axis=0).argmax()]
    assert (best.low, best.high) == pytest.approx(np.quantile(grid[np.argmax(curves, axis=1)], [0.1, 0.9]))
    assert best.axis == "threshold"
    assert any(note.startswith(f"best threshold for f1 {best.value:.3g}") for note in effect.receipt.notes)


def test_costs_are_paid_for_each_outcome_and_for_each_row_reviewed():
    def by_hand(counts):
        return 2 * counts.false_positive + 9 * counts.false_negative + 0.5 * counts.queue_rate

    prices = {"false_positive": 2, "false_negative": 9, "review": 0.5}
    given = {"refit": False, "n_splits": 4, "seed": 3}
    named = DiscriminationThreshold(MODEL, X, Y, cost=prices, **given).explain()
    function = DiscriminationThreshold(MODEL, X, Y, cost=by_hand, **given).explain()
    np.testing.assert_allclose(named.curves[0].values, function.curves[0].values)
    cost = named.target("cost").curves[0].values[:, 0]
    best = named.figure("best threshold for cost")
    assert best.value == named.curves[0].axes[0].at[cost.argmin()]
    assert cost[0] == pytest.approx(2 * (1 - Y.mean()) + 0.5, abs=0.3), "all rows are reviewed at a threshold of 0"
    assert function.receipt.settings["cost"].endswith("by_hand")


def test_a_model_as_it_is_is_asked_once_and_judged_on_drawn_rows():
    asked = []

    def scores(rows):
        asked.append(len(rows))
        return MODEL.predict_proba(rows)[:, 1]

    effect = DiscriminationThreshold(scores, X, Y, refit=False, n_splits=200, thresholds=(0.3, 0.6)).explain()
    assert sum(asked) <= len(X) + 2 + 64, "to count its outputs, to tell it from others, and once for all draws"
    whole = trial_by_hand(MODEL.predict_proba(X)[:, 1], Y, [0.3, 0.6])
    low, high = effect.curves[0].low, effect.curves[0].high
    assert ((low < whole) & (whole < high)).all()
    np.testing.assert_allclose(effect.curves[0].values, whole, atol=0.02)


def test_a_perfect_model_has_precision_and_recall_of_one_at_every_threshold_between_the_classes():
    perfect = DiscriminationThreshold(lambda rows: (rows[:, 0] > 0) * 1.0, X, (X[:, 0] > 0), refit=False).explain()
    inner = perfect.curves[0].values[1:]
    np.testing.assert_array_equal(inner[:, :3], 1.0)
    assert perfect.figure("best threshold for f1").value == 0.01
    assert perfect.receipt.target["of"] == "True"


def test_rows_that_weigh_twice_count_as_two_rows():
    doubled = np.arange(len(X)) % 3 == 0
    weights = np.where(doubled, 2.0, 1.0)
    effect = DiscriminationThreshold(MODEL, X, Y, refit=False, n_splits=300, sample_weight=weights).explain()
    wanted = trial_by_hand(MODEL.predict_proba(X)[:, 1], Y, [0.5], weights)[0]
    np.testing.assert_allclose(effect.at("threshold", [0.5])[0], wanted, atol=0.02)


def test_weights_reach_the_training(rng):
    weights = rng.uniform(0.1, 5, len(X))
    train, test = splits_of_yellowbrick(5, 1)[0]
    model = clone(MODEL).fit(X[train], Y[train], sample_weight=weights[train])
    wanted = trial_by_hand(model.predict_proba(X[test])[:, 1], Y[test], [0.4], weights[test])
    effect = DiscriminationThreshold(
        MODEL, X, Y, cv=[(train, test)] * 2, sample_weight=weights, thresholds=(0.4,)
    ).explain()
    np.testing.assert_allclose(effect.curves[0].values, wanted)


@pytest.mark.parametrize("labels", [["no", "yes"], [False, True], [-1, 1]], ids=["strings", "booleans", "numbers"])
@pytest.mark.parametrize("form", ["numpy", "pandas", "polars"])
def test_every_kind_of_table_and_label_gives_the_same_curves(form, labels):
    names = list("abcde")
    make = {
        "numpy": (lambda rows: rows, np.asarray),
        "pandas": (lambda rows: pd.DataFrame(rows, columns=names), lambda y: pd.Series(y, index=range(5, 245))),
        "polars": (lambda rows: pl.DataFrame(rows, schema=names, orient="row"), pl.Series),
    }[form]
    rows, y = make[0](X), make[1](np.array(labels)[Y])
    plain = DiscriminationThreshold(GaussianNB(), X, Y, n_splits=3).explain()
    found = DiscriminationThreshold(GaussianNB(), rows, y, n_splits=3).explain()
    np.testing.assert_array_equal(found.curves[0].values, plain.curves[0].values)
    again = DiscriminationThreshold(GaussianNB(), rows, y, n_splits=3).explain(labels[1])
    np.testing.assert_array_equal(again.curves[0].values, plain.curves[0].values)
    other = DiscriminationThreshold(GaussianNB(), rows, y, n_splits=3).explain(labels[0])
    assert not np.allclose(other.curves[0].values, plain.curves[0].values)


def test_scores_of_a_decision_function_are_met_by_thresholds_over_their_range():
    model = LinearSVC().fit(X, Y)
    effect = DiscriminationThreshold(model, X, Y, refit=False, n_splits=3).explain()
    at, scores = effect.curves[0].axes[0].at, model.decision_function(X)
    assert (at[0], at[-1]) == (scores.min(), scores.max())
    first = DiscriminationThreshold(model, X, Y, refit=False, n_splits=3).explain(0)
    np.testing.assert_allclose(first.curves[0].axes[0].at, -at[::-1])


def test_one_class_of_several_is_looked_for():
    three = np.array(["cat", "cow", "dog"])[np.digitize(X[:, 0], [-0.5, 0.5])]
    method = DiscriminationThreshold(GaussianNB(), X, three, n_splits=3)
    assert method.explain("cow").receipt.target["of"] == "cow"
    with pytest.raises(ParameterError, match=r"y holds 3; pass the class that is looked for, as in explain\('dog'\)"):
        method.explain()
    with pytest.raises(ParameterError, match="there is no class 'horse'; the classes are 'cat', 'cow', 'dog'"):
        method.explain("horse")


def test_shares_say_where_the_scores_lie():
    axis = DiscriminationThreshold(MODEL, X, Y, refit=False, n_splits=200, thresholds=11).explain().curves[0].axes[0]
    near = np.abs(MODEL.predict_proba(X)[:, [1]] - axis.at).argmin(axis=1)
    np.testing.assert_allclose(axis.share, np.bincount(near, minlength=11) / len(X), atol=0.01)


def test_metrics_are_those_asked_for_and_the_estimator_stays_untrained():
    model = GaussianNB()
    effect = DiscriminationThreshold(model, X, Y, n_splits=2, metrics=["recall", "queue_rate"]).explain()
    assert effect.target_names == ("recall", "queue_rate")
    assert effect.figures == ()
    assert not hasattr(model, "classes_")
    assert DiscriminationThreshold(model, X, Y, n_splits=2).explain(target="f1").target_names == ("f1",)


def test_a_class_absent_from_a_split_is_named():
    rare = np.where(np.arange(len(X)) < 3, "rare", "usual")
    with pytest.raises(InputError, match=r"cannot be split like this: .*; pass more rows or another test_size\.$"):
        DiscriminationThreshold(MODEL, X, np.where(np.arange(len(X)) < 1, "rare", "usual")).explain("rare")
    with pytest.raises(InputError, match=r"split \d+: class 'rare' is absent from the test rows .*3 of 'rare'"):
        DiscriminationThreshold(MODEL, X, rare, test_size=0.05).explain("rare")
    with pytest.raises(InputError, match="split 0: class 'rare' is absent from the test rows"):
        DiscriminationThreshold(MODEL, X, rare, cv=[(np.arange(100), np.arange(100, 200))]).explain("rare")
    good = DiscriminationThreshold(MODEL, X, rare, cv=StratifiedKFold(3)).explain("rare")
    assert good.receipt.notes[1].startswith("3 models, each trained on one part of the rows and judged on 80 others")


@pytest.mark.parametrize("refit", [True, False])
def test_one_class_alone_is_refused(refit):
    with pytest.raises(InputError, match="y holds one class, 1, in all 240 rows; decisions are judged on rows of at"):
        DiscriminationThreshold(MODEL, X, np.ones(len(X), dtype=int), refit=refit)


def test_what_gives_no_scores_is_refused():
    with pytest.raises(
        UnsupportedModelError, match="NamesOnly answers with its indicator and gives no score of a class"
    ):
        DiscriminationThreshold(NamesOnly(), X, Y, n_splits=2).explain()
    with pytest.raises(UnsupportedModelError, match="answers with its target and gives no score of a class; pass a"):
        DiscriminationThreshold(LinearRegression().fit(X, Y), X, Y, refit=False)
    with pytest.raises(ArgumentTypeError, match="function has no fit and get_params; pass refit=False"):
        DiscriminationThreshold(lambda rows: rows[:, 0], X, Y)


def test_scores_that_are_all_alike_need_thresholds():
    with pytest.raises(ParameterError, match=r"every score is 7\.5, so that none parts the rows; pass the thresholds"):
        DiscriminationThreshold(lambda rows: np.full(len(rows), 7.5), X, Y, refit=False).explain()


def test_an_estimator_or_a_cost_that_fails_says_so_in_one_sentence():
    with pytest.raises(
        ModelFailedError, match=r"LogisticRegression raised \w+ while it was trained on split 0: .*1 instead; check"
    ):
        DiscriminationThreshold(LogisticRegression(C=-1), X, Y, n_splits=2).explain()
    with pytest.raises(ModelFailedError, match=r"cost raised AttributeError: .* it is given Counts"):
        DiscriminationThreshold(MODEL, X, Y, refit=False, cost=lambda counts: counts.money).explain()
    with pytest.raises(ModelFailedError, match="cost must answer with 101 finite numbers, one for each threshold"):
        DiscriminationThreshold(MODEL, X, Y, refit=False, cost=lambda counts: 1.0).explain()
    with pytest.raises(ParameterError, match="cost must be None or a mapping of some of 'true_positive'"):
        DiscriminationThreshold(MODEL, X, Y, cost={"mistake": 3})
