"""Curves over thresholds are Yellowbrick's on the same splits and thresholds."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ShuffleSplit
from sklearn.naive_bayes import GaussianNB
from tests import yellowbrick

from pellucid.performance import DiscriminationThreshold

X, Y = make_classification(240, 5, weights=[0.7], flip_y=0.15, random_state=2)
SEED = 3


def drawn(model, trials, quantiles):
    """Of today's scikit-learn it recognises no classifier unless forced."""
    settings = {"n_trials": trials, "cv": 0.2, "quantiles": np.array(quantiles), "random_state": SEED}
    return yellowbrick.DiscriminationThreshold(
        model, **settings, ax=plt.subplots()[1], is_fitted=True, force_model=True
    ).fit(X, Y)


@pytest.mark.parametrize("model", [GaussianNB(), LogisticRegression()], ids=lambda model: type(model).__name__)
@pytest.mark.parametrize("trials", [5, 8])
def test_medians_and_ends_of_all_trials_are_the_same(model, trials):
    # it asks for quantiles below 1; of so few trials that of 0.99 is the greatest, as its mquantiles count
    theirs = drawn(model, trials, [0, 0.5, 0.99])
    splits = [next(ShuffleSplit(1, test_size=0.2, random_state=SEED + k).split(X)) for k in range(trials)]
    settings = {"cv": splits, "thresholds": theirs.thresholds_, "quantiles": (0.0, 0.5, 1.0)}
    ours = DiscriminationThreshold(model, X, Y, **settings).explain()
    for name, called in (
        ("precision", "precision"),
        ("recall", "recall"),
        ("queue_rate", "queue_rate"),
        ("f1", "fscore"),
    ):
        curve = ours.target(name).curves[0]
        # where precision and recall of a trial are 0 its F1 is nan and left out, ours is 0
        known = curve.low[:, 0] > 0 if name == "f1" else np.isfinite(curve.low[:, 0])
        assert known.mean() > 0.7
        for got, end in ((curve.low, "_lower"), (curve.values, ""), (curve.high, "_upper")):
            np.testing.assert_allclose(got[known, 0], theirs.cv_scores_[called + end][known], atol=1e-12)


def test_the_best_threshold_for_f1_is_the_same():
    theirs = drawn(GaussianNB(), 8, [0.1, 0.5, 0.9])
    splits = [next(ShuffleSplit(1, test_size=0.2, random_state=SEED + k).split(X)) for k in range(8)]
    ours = DiscriminationThreshold(GaussianNB(), X, Y, cv=splits, thresholds=theirs.thresholds_).explain()
    best = theirs.thresholds_[np.nanargmax(np.ma.filled(theirs.cv_scores_["fscore"], np.nan))]
    assert ours.figure("best threshold for f1").value == best
