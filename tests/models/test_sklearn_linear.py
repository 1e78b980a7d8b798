"""Which of scikit-learn's models are linear, and that their weights give their own sums."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import GammaRegressor, LogisticRegression, MultiTaskLasso, Perceptron, Ridge
from sklearn.multiclass import OneVsRestClassifier

from pellucid.core.errors import UnsupportedModelError
from pellucid.models import as_model


@pytest.fixture(name="X")
def rows(rng):
    return rng.normal(size=(80, 3))


def summed(model, X):
    form = model.linear_form
    linear = form.parse()
    return form.encode(model.table(X)) @ linear.weights + linear.intercept


def test_weights_and_intercept_give_the_models_own_sums(X):
    several = np.digitize(X[:, 0], [-0.5, 0.5])
    for native, answer in [
        (Ridge().fit(X, X[:, 0]), "predict"),
        (MultiTaskLasso(0.1).fit(X, X[:, :2]), "predict"),
        (LogisticRegression().fit(X, several), "decision_function"),
        (LogisticRegression().fit(X, several > 0).sparsify(), "decision_function"),
        (Perceptron().fit(X, several), "decision_function"),
    ]:
        own = getattr(native, answer)(X).reshape(len(X), -1)
        np.testing.assert_allclose(summed(as_model(native), X), own, atol=1e-12)


def test_one_class_against_the_rest_is_log_odds(X):
    several = np.digitize(X[:, 0], [-0.5, 0.5])
    model = as_model(LogisticRegression(solver="liblinear").fit(X, several > 0))
    assert (model.linear_form.unit, model.linear_form.output_names) == ("log-odds", ("True",))
    assert as_model(LogisticRegression().fit(X, several)).linear_form.unit == "logit"


def test_what_is_no_weighted_sum_has_no_linear_form(X):
    class Mine(Ridge):
        def predict(self, X):
            return super().predict(X) ** 2

    labels = X[:, 0] > 0
    for native in (
        GammaRegressor().fit(X, np.exp(X[:, 0])),
        OneVsRestClassifier(LogisticRegression()).fit(X, labels),
        RandomForestClassifier(2).fit(X, labels),
        Mine().fit(X, X[:, 0]),
    ):
        assert "linear" not in as_model(native).abilities
        with pytest.raises(UnsupportedModelError, match="is not known to be linear in its columns"):
            _ = as_model(native).linear_form
