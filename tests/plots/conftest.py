"""Attributions made by hand, and what must hold after every plot."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from pellucid.core.attribution import Attribution
from pellucid.core.receipt import Completeness, Receipt
from pellucid.core.tables import read_table


def make(
    values,
    *,
    names=None,
    base=0.0,
    data=None,
    stderr=None,
    unit="log-odds",
    targets=("fraud",),
    completeness="checked",
):
    """An attribution of these values (rows, features) or (rows, features, targets)."""
    values = np.asarray(values, dtype=float)
    values = values[..., np.newaxis] if values.ndim == 2 else values
    rows = len(values)
    receipt = Receipt(
        method="ByHand",
        settings={},
        model="none",
        model_fingerprint="0" * 64,
        target={"names": list(targets), "outputs": len(targets), "mix": np.eye(len(targets)).tolist()},
        unit=unit,
        rows=rows,
        data_fingerprint="0" * 64,
        completeness=Completeness(completeness, 0.0, 1e-9, rows),
    )
    return Attribution(
        receipt,
        values=values,
        base=None if base is None else np.full((rows, len(targets)), base),
        stderr=None if stderr is None else np.asarray(stderr, dtype=float).reshape(values.shape),
        data=None if data is None else read_table(data),
        feature_names=tuple(names if names is not None else () if data is None else data.columns),
    )


@pytest.fixture
def attribution():
    return make


@pytest.fixture
def mixed(rng):
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
def wide(rng):
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
    pyplot.close("all")
