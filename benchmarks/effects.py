"""Effects of tree models: pellucid against scikit-learn's brute force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import sklearn
import xgboost
from sklearn.ensemble import RandomForestRegressor
from sklearn.inspection import partial_dependence, permutation_importance

from benchmarks.measure import Comparison, Side, compare, difference
from benchmarks.trees import SEED, data
from pellucid.effects import PartialDependence, PermutationImportance

GRID = 100


def comparisons(threads: int) -> Iterator[Comparison]:
    """All lines of the table, one at a time."""
    yield from curves(threads)
    yield from shuffled(threads)


def curves(threads: int) -> Iterator[Comparison]:
    """All 1-D partial dependences; the difference is that of the curves of the peer's rows."""
    X, y = data(100_000, 30)
    boosted = xgboost.XGBRegressor(n_estimators=100, max_depth=6, n_jobs=threads, random_state=SEED).fit(X, y)
    yield _curves("XGBoost 100 trees × depth 6", boosted, X, X[:2_000], threads)
    deep = RandomForestRegressor(20, max_depth=16, n_jobs=threads, random_state=SEED).fit(X[:20_000], y[:20_000])
    yield _curves("random forest 20 trees × depth 16", deep, X, X[:500], threads)


def shuffled(threads: int) -> Iterator[Comparison]:
    """Permutation importance, five orders a feature."""
    X, y = data(20_000, 30)
    model = RandomForestRegressor(100, max_depth=6, n_jobs=threads, random_state=SEED).fit(X, y)

    def ours() -> np.ndarray:
        return PermutationImportance(model, X, y, seed=SEED, threads=threads).explain().values

    def theirs() -> np.ndarray:
        return permutation_importance(model, X, y, random_state=SEED).importances_mean

    work = "random forest 100 trees × depth 6, 20,000 rows × 30"
    peer = f"scikit-learn {sklearn.__version__}"
    yield compare("PermutationImportance", work, peer, Side(ours, len(X)), Side(theirs, len(X)), repeats=1)


def _curves(kind: str, model: object, X: np.ndarray, few: np.ndarray, threads: int) -> Comparison:
    grids: list[np.ndarray] = []

    def ours() -> np.ndarray:
        effect = PartialDependence(model, X, threads=threads).explain()
        return np.concatenate([curve.values for curve in effect.curves])

    def theirs() -> np.ndarray:
        grids.clear()
        averages = []
        for j in range(X.shape[1]):
            found = partial_dependence(model, few, [j], method="brute", grid_resolution=GRID)
            grids.append(found["grid_values"][0])
            averages.append(found["average"][0])
        return np.concatenate(averages)

    work = f"{kind}, all 1-D curves, {len(X):,} rows × {X.shape[1]}"
    peer = f"scikit-learn {sklearn.__version__} brute"
    line = compare("PartialDependence", work, peer, Side(ours, len(X)), Side(theirs, len(few)))
    effect = PartialDependence(model, few, threads=threads).explain()
    at = [effect.at(f"x{j}", grid) for j, grid in enumerate(grids)]
    return replace(line, difference=difference(np.concatenate(at), theirs()))
