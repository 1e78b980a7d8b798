import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import DBSCAN, KMeans, MeanShift
from sklearn.covariance import EllipticEnvelope
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    BaggingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingRegressor,
    VotingClassifier,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor
from sklearn.neighbors import KernelDensity, KNeighborsClassifier, KNeighborsRegressor, LocalOutlierFactor
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeRegressor

from pellucid.core.errors import ModelError, UnsupportedModelError
from pellucid.models import as_model


@pytest.fixture(name="X")
def rows(rng):
    return rng.normal(size=(90, 3))


@pytest.fixture
def labels(X):
    return np.array(["low", "middle", "high"])[np.digitize(X[:, 0], [-0.5, 0.5])]


def ask(model, rows):
    return model.predict(model.table(rows))


def test_a_classifier_with_probabilities_answers_with_those(X, labels):
    estimator = LogisticRegression().fit(X, labels)
    model = as_model(estimator)
    assert (model.kind, model.unit) == ("sklearn.LogisticRegression", "probability")
    assert model.output_names == ("high", "low", "middle")
    assert model.abilities == ("predict", "linear")
    assert model.classes == ("high", "low", "middle")
    np.testing.assert_array_equal(ask(model, X), estimator.predict_proba(X))


def test_a_classifier_without_probabilities_answers_with_its_scores(X, labels):
    binary = as_model(RidgeClassifier().fit(X, X[:, 0] > 0))
    several = as_model(RidgeClassifier().fit(X, labels))
    assert (binary.output_names, binary.unit) == (("True",), "score")
    assert several.output_names == ("high", "low", "middle")
    assert ask(binary, X).shape == (90, 1)
    assert ask(several, X).shape == (90, 3)


def test_one_against_one_scores_are_named_by_their_pairs(X, labels):
    model = as_model(SVC(decision_function_shape="ovo").fit(X, labels))
    assert model.output_names == ("high or low", "high or middle", "low or middle")
    assert ask(model, X).shape == (90, 3)


def test_a_classifier_that_only_predicts_answers_with_indicators(X, labels):
    members = [("a", LogisticRegression()), ("b", KNeighborsClassifier())]
    estimator = VotingClassifier(members).fit(X, labels)
    model = as_model(estimator)
    assert model.unit == "indicator"
    np.testing.assert_array_equal(
        ask(model, X).argmax(axis=1), np.searchsorted(estimator.classes_, estimator.predict(X))
    )


@pytest.mark.parametrize(
    "estimator",
    [
        LinearRegression(),
        Ridge(),
        KNeighborsRegressor(),
        MLPRegressor(hidden_layer_sizes=(4,), max_iter=20, tol=1.0, random_state=0),
        BaggingRegressor(n_estimators=2),
        StackingRegressor([("tree", DecisionTreeRegressor(max_depth=2))], cv=2),
    ],
    ids=str,
)
def test_a_regressor_answers_with_the_target(estimator, X):
    model = as_model(estimator.fit(X, X[:, 0] * 2))
    assert (model.output_names, model.unit, model.n_features) == (("target",), "target", 3)
    np.testing.assert_array_equal(ask(model, X)[:, 0], estimator.predict(X))


@pytest.mark.parametrize(
    "estimator", [LinearRegression(), KNeighborsRegressor(), MultiOutputRegressor(Ridge())], ids=str
)
def test_several_targets_are_counted(estimator, X):
    model = as_model(estimator.fit(X, X[:, :2] * 2))
    assert model.output_names == ("target 0", "target 1")
    assert ask(model, X).shape == (90, 2)


def test_several_class_targets_lie_side_by_side(X, labels):
    targets = np.column_stack([labels, np.where(X[:, 1] > 0, "b", "a")])
    model = as_model(MultiOutputClassifier(LogisticRegression()).fit(X, targets))
    assert model.output_names[2:] == ("target 0: middle", "target 1: a", "target 1: b")
    assert ask(model, X).shape == (90, 5)


def test_a_chain_of_classifiers_has_one_probability_a_link(X):
    model = as_model(ClassifierChain(LogisticRegression()).fit(X, (X[:, :2] > 0).astype(int)))
    assert model.output_names == ("target 0", "target 1")
    assert ask(model, X).shape == (90, 2)


@pytest.mark.parametrize(
    ("estimator", "names", "unit"),
    [
        (EllipticEnvelope(random_state=0), ("score",), "score"),
        (LocalOutlierFactor(novelty=True), ("score",), "score"),
        (KernelDensity(), ("score",), "score"),
        (GaussianMixture(2, random_state=0), ("component 0", "component 1"), "probability"),
        (KMeans(2, n_init=1, random_state=0), ("distance to cluster 0", "distance to cluster 1"), "distance"),
    ],
    ids=str,
)
def test_estimators_without_a_target_answer_with_what_they_have(estimator, names, unit, X):
    model = as_model(estimator.fit(X))
    assert (model.output_names, model.unit) == (names, unit)
    assert ask(model, X).shape == (90, len(names))


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (MeanShift(), "answers with cluster numbers, which are no quantity"),
        (DBSCAN(), "cluster numbers"),
        (PCA(), "sklearn.PCA has none of predict_proba"),
        (StandardScaler(), "sklearn.StandardScaler has none of"),
    ],
    ids=str,
)
def test_estimators_that_predict_no_quantity_are_refused(estimator, message, X):
    with pytest.raises(UnsupportedModelError, match=message):
        as_model(estimator.fit(X))


@pytest.mark.parametrize("estimator", [LogisticRegression(), KMeans(), GridSearchCV(Ridge(), {"alpha": [1]})], ids=str)
def test_an_estimator_that_is_not_fitted_is_refused_in_one_sentence(estimator):
    with pytest.raises(ModelError, match=f"{type(estimator).__name__} has not been fitted; call its fit"):
        as_model(estimator)


def test_a_search_is_its_best_estimator(X):
    search = GridSearchCV(RandomForestRegressor(3, random_state=0), {"max_depth": [2]}, cv=2).fit(X, X[:, 0])
    model = as_model(search)
    assert model.kind == "sklearn.GridSearchCV of sklearn.RandomForestRegressor"
    assert model.native is search
    assert model.forest.n_trees == 3
    np.testing.assert_array_equal(ask(model, X)[:, 0], search.predict(X))


def test_a_calibrated_forest_is_explained_by_its_probabilities(X):
    estimator = CalibratedClassifierCV(RandomForestClassifier(2, random_state=0), cv=2).fit(X, X[:, 0] > 0)
    np.testing.assert_array_equal(ask(as_model(estimator), X), estimator.predict_proba(X))


def test_frames_and_arrays_reach_the_model_without_warnings(X):
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    named, plain = as_model(Ridge().fit(frame, X[:, 0])), as_model(Ridge().fit(X, X[:, 0]))
    assert named.feature_names == ("a", "b", "c")
    assert plain.feature_names is None
    for rows in (X, frame, pl.DataFrame(frame), pl.DataFrame(frame).to_arrow()):
        np.testing.assert_allclose(ask(named, rows), ask(plain, rows), rtol=1e-12)


def test_numbered_frame_columns_count_as_unnamed(X):
    frame = pd.DataFrame(X)
    model = as_model(Ridge().fit(frame, X[:, 0]))
    assert model.feature_names is None
    np.testing.assert_allclose(ask(model, frame), ask(model, X), rtol=1e-12)


class Scribbler(RegressorMixin, BaseEstimator):
    """An estimator of someone's own, which writes into the rows and remembers nothing."""

    def fit(self, X, y):
        return self

    def predict(self, X):
        X[:] = 0
        return np.zeros(len(X))


class Labeller(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return self.classes_[(np.asarray(X)[:, 0] > 0).astype(int)]


def test_rows_stay_as_they_were_even_when_the_estimator_writes_into_them(X):
    before = X.copy()
    assert ask(as_model(Scribbler().fit(X, X[:, 0])), X).shape == (90, 1)
    np.testing.assert_array_equal(X, before)


def test_estimators_of_ones_own_are_explained(X):
    model = as_model(Labeller().fit(X, X[:, 0] > 0))
    assert (model.output_names, model.unit) == (("False", "True"), "indicator")
    np.testing.assert_array_equal(ask(model, X)[:, 1], X[:, 0] > 0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: LogisticRegression(C=0.5),
        lambda: KNeighborsClassifier(3),
        lambda: SVC(random_state=0),
        lambda: BaggingRegressor(DecisionTreeRegressor(max_depth=2), 2, random_state=0),
    ],
    ids=["linear", "neighbours", "kernel", "bagging"],
)
def test_a_second_fit_has_the_same_fingerprint_and_other_data_another(make, X):
    first, again = (as_model(make().fit(X, X[:, 0] > 0)) for _ in range(2))
    other = as_model(make().fit(X, X[:, 1] > 0))
    assert first.digest is not None
    probe = first.table(X)
    assert first.fingerprint(probe) == again.fingerprint(probe) != other.fingerprint(probe)
