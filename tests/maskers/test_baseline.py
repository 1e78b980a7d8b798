"""One typical row as background."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pellucid.attribution import ExactSHAP
from pellucid.core.errors import ParameterError
from pellucid.maskers import Baseline

FRAME = pd.DataFrame(
    {
        "age": [30, 20, 50, 40],
        "kind": pd.Categorical(["b", "a", "b", "c"]),
        "paid": [True, False, True, True],
        "income": [1.0, np.nan, 3.0, 8.0],
    }
)


def test_a_typical_row_has_the_lower_median_and_the_most_frequent_value():
    row = Baseline(FRAME).table.native.iloc[0]
    assert row.tolist() == [30, "b", True, 3.0]
    assert Baseline(FRAME).table.native.dtypes.equals(FRAME.dtypes)


def test_means_are_of_known_numbers():
    row = Baseline(FRAME, "mean").table.native.iloc[0]
    assert row.tolist() == [35.0, "b", True, 4.0]


def test_a_single_row_is_taken_as_it_is():
    assert Baseline(FRAME[1:2]).table.native.equals(FRAME[1:2])


def test_values_start_at_the_prediction_of_the_row():
    x = np.random.default_rng(0).normal(size=(5, 3))
    ex = ExactSHAP(lambda rows: rows.prod(axis=1), Baseline(x, "mean")).explain(x)
    np.testing.assert_allclose(ex.base[:, 0], x.mean(axis=0).prod(), atol=1e-12)
    assert ex.receipt.background["rows"] == 1


def test_other_kinds_of_typical_are_refused():
    with pytest.raises(ParameterError, match="'median' or 'mean', got 'mode'"):
        Baseline(FRAME, "mode")
