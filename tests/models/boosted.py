"""What the tests of every library of boosted trees share: rows, targets, kinds of tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

ROWS = 240


def numbers(missing=0.15, *, seed=5, zeros=0.0):
    """Rounded values, so that many equal a threshold; some are 0 and some are missing."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(ROWS, 4)).round(1)
    if zeros:
        X[rng.random(X.shape) < zeros] = 0.0
    X[rng.random(X.shape) < missing] = np.nan
    return pd.DataFrame(X, columns=["a", "b", "c", "d"])


def goal(X):
    return np.nan_to_num(X["a"]) * 2 + np.where(X["b"].isna(), 1.5, X["b"] > 0) - np.nan_to_num(X["c"]) ** 2 + 3


def positive(X):
    return np.exp(goal(X) / 4)


def classes(X, count=3):
    return np.digitize(goal(X), np.quantile(goal(X), np.arange(1, count) / count))


def squared(y, predicted):
    """Gradient and Hessian of an objective of one's own."""
    return predicted - y, np.ones_like(y)


def as_kind(kind, frame):
    if kind == "numpy":
        return frame.to_numpy()
    return {"pandas": lambda: frame, "polars": lambda: pl.from_pandas(frame), "pyarrow": lambda: pa.table(frame)}[
        kind
    ]()
