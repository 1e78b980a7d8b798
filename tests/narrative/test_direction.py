"""Which way an input moves the result."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from pellucid.narrative.direction import Direction, direction, rank_correlation


def test_rank_correlation_is_spearmans(rng):
    a, b = rng.integers(0, 8, 200), rng.normal(size=200)
    assert rank_correlation(a, b) == pytest.approx(spearmanr(a, b).statistic, rel=1e-12)


def test_rank_correlation_of_a_constant_is_not_a_number():
    assert np.isnan(rank_correlation(np.ones(4), np.arange(4)))


def test_numbers_go_up_down_or_neither(rng):
    x = rng.normal(size=300)
    assert direction(x, "number", x**3).kind == "up"
    assert direction(x, "number", -x).kind == "down"
    assert direction(x, "number", np.abs(x)).kind == "mixed"


def test_missing_values_are_left_out(rng):
    x = rng.normal(size=50)
    assert direction(np.append(x, [np.nan] * 50), "number", np.append(x, [-9.0] * 50)).kind == "up"


def test_dates_are_later_or_earlier():
    days = np.datetime64("2024-01-01", "us") + np.arange(30).astype("timedelta64[D]")
    assert direction(days, "date", np.arange(30.0)).kind == "later_up"


def test_yes_and_no_are_compared():
    assert direction(np.array([True, False] * 5), "boolean", np.array([-1.0, 1.0] * 5)).kind == "yes_down"


def test_levels_are_compared_by_mean_and_rare_ones_are_left_out():
    values = np.array(["a"] * 10 + ["b"] * 10 + ["rare"] + [None], dtype=object)
    moved = np.array([1.0] * 10 + [-1.0] * 10 + [99.0, 0.0])
    assert direction(values, "category", moved) == Direction("levels", "a", "b")


def test_a_constant_has_no_direction():
    assert direction(np.ones(9), "number", np.arange(9.0)).kind == "none"
    assert direction(np.array(["a"] * 9, dtype=object), "category", np.arange(9.0)).kind == "none"
