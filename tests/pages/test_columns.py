"""What is in each column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pellucid.core.tables import read_table
from pellucid.pages.columns import summarise


@pytest.fixture
def columns():
    frame = pd.DataFrame(
        {
            "number": [3.0, 1.0, np.nan, 2.0, np.inf],
            "category": pd.Categorical(["b", "a", "b", None, "b"]),
            "boolean": [True, False, True, True, True],
            "date": pd.to_datetime(["2024-01-03", "2024-01-01", None, "2024-01-02", "2024-01-09"]),
            "empty": [np.nan] * 5,
        }
    )
    return {column.name: column for column in summarise(read_table(frame))}


def test_numbers_have_range_median_and_bins(columns):
    column = columns["number"]
    assert (column.kind, column.quantiles) == ("number", (1.0, 2.0, np.inf))
    assert column.missing == pytest.approx(0.2)
    assert sum(column.heights) == 3


def test_levels_are_counted_the_most_frequent_first(columns):
    assert columns["category"].levels == (("b", 0.6), ("a", 0.2))
    assert columns["category"].missing == pytest.approx(0.2)
    assert columns["boolean"].levels == ((True, 0.8), (False, 0.2))


def test_dates_have_a_range(columns):
    assert [str(value)[:10] for value in columns["date"].quantiles] == ["2024-01-01", "2024-01-02", "2024-01-09"]


def test_an_empty_column_holds_nothing(columns):
    assert columns["empty"].quantiles == ()
    assert columns["empty"].missing == 1
