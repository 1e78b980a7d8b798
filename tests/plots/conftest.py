"""Explanations that try a plot, and what must hold after every one."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def mixed(rng, make):
    """Sixty rows with a number, a category, a boolean and a date, three of which have missing values."""
    n = 60
    data = pd.DataFrame(
        {
            "age": np.where(rng.random(n) < 0.1, np.nan, rng.integers(18, 80, n)),
            "shop": rng.choice(["authorised", "partner", "other", None], n),
            "police": rng.random(n) < 0.5,
            "date": pd.Series(pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 700, n), "D")),
        }
    )
    data.loc[3, "date"] = pd.NaT
    return make(rng.normal(size=(n, 4)) * [4.0, 3.0, 2.0, 1.0], data=data, base=-1.0)


@pytest.fixture
def wide(rng, make):
    """Thirty rows of two hundred features, the first ones the largest."""
    x = rng.normal(size=(30, 200))
    data = pd.DataFrame(x, columns=[f"sensor_{j:03d}" for j in range(200)])
    return make(x * 0.97 ** np.arange(200), data=data, base=2.0, unit="target", targets=("yield",))


@pytest.fixture(autouse=True)
def nothing_is_shown_or_set(monkeypatch):
    """No plot shows anything or changes a setting of matplotlib's."""
    from matplotlib import pyplot

    def refuse(*_, **__):
        pytest.fail("a plot called show")

    monkeypatch.setattr(pyplot, "show", refuse)
    before = dict(mpl.rcParams)
    yield
    assert dict(mpl.rcParams) == before
