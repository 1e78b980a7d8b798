"""Rows to train small models on: rounded values, so that many equal a threshold; missing ones; categories."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

LETTERS = np.array(["b", "a", "z", "q", "m", "c"])


def numbers(seed=0, *, rows=160, columns=4, missing=0.15) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns)).round(1)
    X[rng.random(X.shape) < missing] = np.nan
    return pd.DataFrame(X, columns=list("abcdefgh")[:columns])


def with_letters(seed=0, *, rows=160, levels=LETTERS, missing=0.1) -> pd.DataFrame:
    """Two columns of numbers and two of categories."""
    rng = np.random.default_rng(seed)
    X = numbers(seed, rows=rows, columns=2)
    X["letter"] = pd.Categorical(rng.choice(levels, rows), categories=levels)
    X["kind"] = pd.Categorical(rng.choice(["low", "high"], rows), categories=["low", "high"])
    X.loc[rng.random(rows) < missing, "letter"] = None
    return X


def goal(X: pd.DataFrame) -> np.ndarray:
    """A number that every column acts on, alone and together with its neighbour."""
    columns = [_scores(X.iloc[:, j]) for j in range(X.shape[1])]
    alone = sum((j + 1) / 2 * column for j, column in enumerate(columns))
    return np.asarray(alone + sum(a * b for a, b in pairwise(columns)), dtype=np.float64)


def _scores(column: pd.Series) -> np.ndarray:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return (column.cat.codes % 3).to_numpy(dtype=np.float64)
    return column.fillna(1.5).to_numpy(dtype=np.float64)


def positive(X):
    return np.exp(goal(X) / 4)


def classes(X, count=3):
    return np.digitize(goal(X), np.quantile(goal(X), np.arange(1, count) / count))


def two_targets(X):
    return np.c_[goal(X), np.abs(X.iloc[:, 0].fillna(2)) - goal(X) ** 2 / 9]


def codes(X) -> np.ndarray:
    """Rows as the dumps count them: categories by their place among the levels."""
    if isinstance(X, np.ndarray):
        return X.astype(np.float64)
    coded = X.copy()
    for name in coded.select_dtypes("category"):
        coded[name] = coded[name].cat.codes.replace(-1, np.nan).astype(float)
    return coded.to_numpy(dtype=np.float64)
