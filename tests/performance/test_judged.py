"""Scores of every class from every kind of classifier, and labels of any kind matched with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from pellucid.core.errors import InputError, ParameterError
from pellucid.datasets import claims
from pellucid.performance import Calibration, DiscriminationThreshold
from pellucid.performance.judged import find_class, judge, read_labels

catboost = pytest.importorskip("catboost")
lightgbm = pytest.importorskip("lightgbm")
xgboost = pytest.importorskip("xgboost")

X, Y = make_classification(150, 5, n_informative=4, n_redundant=0, n_classes=3, n_clusters_per_class=1, random_state=0)
MODELS = [
    RandomForestClassifier(5, random_state=0),
    HistGradientBoostingClassifier(max_iter=4),
    xgboost.XGBClassifier(n_estimators=4, n_jobs=1),
    lightgbm.LGBMClassifier(n_estimators=4, n_jobs=1, verbose=-1),
    catboost.CatBoostClassifier(iterations=4, verbose=0, allow_writing_files=False),
    make_pipeline(StandardScaler(), LogisticRegression()),
    GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2),
]


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_scores_are_the_models_own_probabilities_of_every_class(model, classes):
    y = Y % classes
    model = clone(model).fit(X, y)
    judged = judge(model, X, y, None)
    assert judged.labels == tuple(range(classes))
    np.testing.assert_allclose(judged.scores(), model.predict_proba(X), atol=1e-6)
    np.testing.assert_array_equal(judged.truth, y)
    function = judge(model.predict_proba, X, y, None)
    np.testing.assert_allclose(function.scores(), model.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("model", MODELS[:5], ids=lambda model: type(model).__name__)
def test_estimators_of_every_library_are_trained_on_each_split(model):
    effect = DiscriminationThreshold(model, X, Y % 2, n_splits=2, test_size=0.3, thresholds=(0.5,)).explain()
    assert effect.at("threshold", [0.5])[0, 0] > 0.5
    assert effect.receipt.evaluations == 90


def test_a_pipeline_over_categories_is_trained_from_polars():
    data = claims(300, frame="polars", dates="days")
    words = [name for name, dtype in data.X.schema.items() if not dtype.is_numeric()]
    pipeline = make_pipeline(
        make_column_transformer((OneHotEncoder(handle_unknown="ignore"), words), remainder="passthrough"),
        HistGradientBoostingClassifier(max_iter=3),
    )
    dense = pipeline.set_params(columntransformer__sparse_threshold=0)
    effect = DiscriminationThreshold(dense, data.X, pl.Series(data.y), n_splits=2, test_size=0.3).explain()
    assert len(effect.to_frame()) == 404


def test_of_one_score_the_first_class_has_what_is_left():
    y = np.array(["no", "yes"])[Y % 2]
    svm = SVC().fit(X, y)
    np.testing.assert_array_equal(judge(svm, X, y, None).scores()[:, 0], -svm.decision_function(X))
    chances = judge(lambda rows: np.full(len(rows), 0.2), X, y, None).scores()
    np.testing.assert_allclose(chances[0], [0.8, 0.2])


def test_labels_are_matched_by_their_value_whatever_holds_them():
    for y in (
        ["b", "a", "b"],
        np.array(["b", "a", "b"]),
        pd.Series(["b", "a", "b"], dtype="category"),
        pl.Series(["b", "a", "b"]),
    ):
        labels, truth = read_labels(y, 3, None)
        assert (labels, truth.tolist()) == (("a", "b"), [1, 0, 1])
    assert read_labels(pd.Series([True, False], dtype="boolean"), 2, (False, True))[1].tolist() == [1, 0]
    assert read_labels([1.0, 0.0], 2, (np.int64(0), np.int64(1)))[1].tolist() == [1, 0]


@pytest.mark.parametrize("gone", [None, np.nan, pd.NA], ids=["None", "nan", "NA"])
def test_a_missing_label_is_named_by_its_row(gone):
    with pytest.raises(InputError, match="y is missing in row 1; leave out rows whose class is not known"):
        read_labels(np.array([True, gone, False], dtype=object), 3, None)


def test_a_class_is_found_by_its_label_or_its_text():
    assert find_class(1, (0, 1)) == find_class("1", (0, 1)) == find_class(np.int64(1), (0, 1)) == 1
    assert find_class("True", (False, True)) == 1
    with pytest.raises(ParameterError, match="there is no class 2; the classes are 0, 1"):
        find_class(2, (0, 1))


def test_columns_in_another_order_are_put_right():
    frame = pd.DataFrame(X, columns=list("abcde"))
    model = LogisticRegression().fit(frame, Y)
    plain, turned = (Calibration(model, rows, Y).explain() for rows in (frame, frame[list("edcba")]))
    np.testing.assert_array_equal(plain.curves[0].values, turned.curves[0].values)
