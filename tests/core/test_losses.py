"""Which loss suits a model, and labels as callers have them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor, RandomForestClassifier

from pellucid.core.errors import InputError
from pellucid.core.losses import LogLoss, SquaredError, loss_of
from pellucid.models import as_model

X = np.random.default_rng(0).normal(size=(60, 2))
WORDS = np.array(["a", "b", "c"])[np.digitize(X[:, 0], [-0.5, 0.5])]
CLASSIFIER = as_model(GradientBoostingClassifier(n_estimators=2).fit(X, WORDS))
REGRESSION = as_model(GradientBoostingRegressor(n_estimators=2).fit(X, X[:, 0]))


@pytest.mark.parametrize(
    "turn",
    [
        list,
        pd.Series,
        pd.Categorical,
        pl.Series,
        pa.array,
        lambda y: pd.DataFrame({"y": y}),
        lambda y: np.asarray(y, dtype=object)[:, None],
    ],
    ids=["list", "series", "categorical", "polars", "arrow", "frame", "column"],
)
def test_labels_come_in_any_kind_of_column(turn):
    loss = loss_of(CLASSIFIER, turn(["b", "a", "c"]), 3)
    assert isinstance(loss, LogLoss)
    assert loss.labels.tolist() == [1, 0, 2]


@pytest.mark.parametrize("labels", [[0, 1, 1], [0.0, 1.0, 1.0], [False, True, True], np.array([0, 1, 1], np.uint8)])
def test_numbers_that_are_equal_are_the_same_class(labels):
    model = as_model(RandomForestClassifier(2, random_state=0).fit(X, (X[:, 0] > 0).astype(int)))
    assert loss_of(model, labels, 3).labels.tolist() == [0, 1, 1]


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
def test_a_missing_label_is_named_by_its_row(missing):
    with pytest.raises(InputError, match="y is missing in row 1"):
        loss_of(CLASSIFIER, pd.Series(["a", missing, "b"], dtype=object), 3)


def test_losses_of_rows_reach_over_backgrounds_and_coalitions():
    loss = loss_of(REGRESSION, [1.0, 2.0, 3.0], 3)
    assert isinstance(loss, SquaredError)
    raw = np.full((2, 4, 5, 1), 1.5)
    np.testing.assert_array_equal(loss(raw, slice(1, 3)), np.broadcast_to([[[0.25]], [[2.25]]], (2, 4, 5)))
    np.testing.assert_array_equal(loss(raw[:, 0, 0], np.array([0, 2])), [0.25, 2.25])


def test_words_are_no_labels_of_a_regression():
    with pytest.raises(InputError, match="y must hold numbers for a regression, got 'a'"):
        loss_of(REGRESSION, ["a", "b", "c"], 3)
