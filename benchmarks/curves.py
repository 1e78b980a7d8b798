"""Time outside the model of curves, beside scikit-learn's and PyALE's: ``python -m benchmarks.curves``."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import numpy as np
import pandas as pd
from PyALE import ale
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.inspection import partial_dependence
from sklearn.neural_network import MLPRegressor

from benchmarks.outside import Clocked, header, report
from pellucid.effects import ALE, PartialDependence

SEED, COLUMNS, FEATURES, GRID = 0, 30, 5, 40


class Fitted(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A function as an estimator that scikit-learn's checks let pass."""

    def __init__(self, model: Any = None) -> None:
        self.model = model

    def fit(self, X: Any, y: Any = None) -> Fitted:
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict(self, X: Any) -> Any:
        return self.model(X)


def by_sklearn(model: Clocked, X: Any) -> None:
    for j in range(FEATURES):
        partial_dependence(Fitted(model), X, [j], grid_resolution=GRID, percentiles=(0, 1), method="brute")


def by_pyale(model: Clocked, X: pd.DataFrame, bands: bool) -> None:
    for name in X.columns[:FEATURES]:
        ale(X=X, model=model, feature=[name], grid_size=20, include_CI=bands, plot=False)


def main() -> None:
    """Arrays and frames of three sizes."""
    warnings.simplefilter("ignore")
    logging.disable(logging.INFO)
    rng, features = np.random.default_rng(SEED), list(range(FEATURES))
    print(header("sklearn"))
    for kind, n in (("array", 200), ("array", 1_000), ("array", 20_000), ("pandas", 1_000), ("pandas", 20_000)):
        X, predict = model_of(rng, n, kind)
        work = f"partial dependence, {FEATURES} features of {n:,} rows × {COLUMNS}, {kind}"
        report(
            work,
            lambda model, X=X: PartialDependence(model, X, grid=GRID).explain(features),
            lambda model, X=X: by_sklearn(model, X),
            predict,
            (n, n),
        )
    print(header("PyALE"))
    for n in (1_000, 20_000):
        X, predict = model_of(rng, n, "pandas")
        for said, resamples in (("no bands", 0), ("bands of 200 resamples", 200)):
            report(
                f"ALE, {FEATURES} features of {n:,} rows × {COLUMNS}, {said}",
                lambda model, X=X, resamples=resamples: ALE(model, X, resamples=resamples).explain(features),
                lambda model, X=X, bands=resamples > 0: by_pyale(model, X, bands),
                predict,
                (n, n),
            )


def model_of(rng: np.random.Generator, n: int, kind: str) -> tuple[Any, Any]:
    """Rows, and the predictions of a small network."""
    X: Any = rng.normal(size=(n, COLUMNS))
    y = X[:, 0] * X[:, 1]
    if kind == "pandas":
        X = pd.DataFrame(X, columns=[f"c{j}" for j in range(COLUMNS)])
    return X, MLPRegressor(hidden_layer_sizes=(32,), max_iter=5, random_state=SEED).fit(X, y).predict


if __name__ == "__main__":
    main()
