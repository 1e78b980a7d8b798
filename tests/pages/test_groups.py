"""Rows put into groups with names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pellucid.core.tables import read_table
from pellucid.pages.context import Context
from pellucid.pages.groups import halves, ranges

FRAME = pd.DataFrame(
    {
        "wide": [*np.arange(99.0), np.nan],
        "few": [1.0, 2.0] * 50,
        "level": ["a"] * 60 + ["b"] * 30 + ["c"] * 10,
        "flag": [True] * 20 + [False] * 80,
        "day": np.datetime64("2024-01-01", "us") + np.arange(100).astype("timedelta64[D]"),
    }
)


@pytest.mark.parametrize("name", list(FRAME.columns))
def test_every_row_is_in_exactly_one_range(name):
    table = read_table(FRAME)
    groups = ranges(Context("en"), table, table.position(name))
    np.testing.assert_array_equal(np.sum([rows for _, rows in groups], axis=0), np.ones(100))
    assert len(groups) <= 9


def test_ranges_are_named_by_what_they_hold():
    table = read_table(FRAME)
    assert [name for name, _ in ranges(Context("en"), table, 1)] == ["1", "2"]
    assert ranges(Context("en"), table, 0)[0][0] == "0 to 11"
    assert ranges(Context("en"), table, 0)[-1][0] == "missing"


def test_halves_part_numbers_at_the_median_and_levels_by_frequency():
    table = read_table(FRAME)
    low, high = halves(Context("en"), table, 0)
    assert (low[0], int(low[1].sum()), int(high[1].sum())) == ("wide: lower half", 50, 49)
    assert [name for name, _ in halves(Context("en"), table, 2)] == ["level: a", "level: b"]
