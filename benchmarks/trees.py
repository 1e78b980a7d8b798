"""Tree models: pellucid against the libraries' own values and against shap, shapiq and woodelf."""

from __future__ import annotations

from collections.abc import Iterator

import catboost
import lightgbm
import numpy as np
import pandas as pd
import shap
import xgboost
from sklearn.datasets import make_regression
from sklearn.ensemble import RandomForestRegressor

from benchmarks.measure import Comparison, Side, compare
from pellucid.attribution import TreeSHAP
from pellucid.core.interactions import Interactions

SEED = 0


def data(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Regression data with a dozen informative columns."""
    X, y = make_regression(rows, columns, n_informative=min(columns, 12), noise=1.0, random_state=SEED)
    return X, y / y.std()


def comparisons(threads: int) -> Iterator[Comparison]:
    """All lines of the table, one at a time."""
    yield from xgboost_path_dependent(threads)
    yield from lightgbm_path_dependent(threads)
    yield from catboost_path_dependent(threads)
    yield from forest_path_dependent(threads)
    yield from interventional(threads)
    yield from interactions(threads)


def ours(model: object, rows: np.ndarray, threads: int, background: np.ndarray | None = None) -> Side:
    """Explaining with the default check by a method that is ready, as the peers' explainers are."""
    method = TreeSHAP(model, background, threads=threads)
    method.explain(rows)
    return Side(lambda: method.explain(rows).values[..., 0], len(rows))


def ours_anew(model: object, rows: np.ndarray, threads: int, background: np.ndarray | None = None) -> Side:
    """The same with reading the model, counting the background and making the tables."""
    return Side(lambda: TreeSHAP(model, background, threads=threads).explain(rows).values[..., 0], len(rows))


def xgboost_path_dependent(threads: int) -> Iterator[Comparison]:
    X, y = data(20_000, 30)
    model = xgboost.XGBRegressor(n_estimators=100, max_depth=6, n_jobs=threads, random_state=SEED).fit(X, y)
    work = "XGBoost 100 trees × depth 6, 20,000 rows × 30"
    matrix = xgboost.DMatrix(X)
    mine = ours(model, X, threads)
    native = Side(lambda: model.get_booster().predict(matrix, pred_contribs=True)[:, :-1], len(X))
    yield compare("TreeSHAP", work, f"xgboost {xgboost.__version__}", mine, native)
    anew = ours_anew(model, X, threads)
    yield compare("TreeSHAP, first call", work, f"xgboost {xgboost.__version__}", anew, native)
    few = X[:2_000]
    yield compare("TreeSHAP", work, f"shap {shap.__version__}", mine, _shap(model, few), repeats=1)
    yield from _shapiq(model, X, work, mine)
    yield from _woodelf(model, X, work, mine)
    yield one_row(model, X[:1], threads)


def one_row(model: object, row: np.ndarray, threads: int) -> Comparison:
    """One row at a time, of a model that was checked already; the peer's explanation object."""
    calls = 200
    method, explainer = TreeSHAP(model, threads=threads), shap.TreeExplainer(model)
    method.explain(row)

    def mine() -> np.ndarray:
        return np.stack([method.explain(row).values[0, :, 0] for _ in range(calls)])

    def theirs() -> np.ndarray:
        return np.stack([explainer(row).values[0] for _ in range(calls)])

    work = "XGBoost 100 trees × depth 6, 1 row a call"
    return compare("TreeSHAP", work, f"shap {shap.__version__}", Side(mine, calls), Side(theirs, calls))


def lightgbm_path_dependent(threads: int) -> Iterator[Comparison]:
    X, y = data(100_000, 50)
    model = lightgbm.LGBMRegressor(n_estimators=500, num_leaves=63, n_jobs=threads, random_state=SEED, verbose=-1).fit(
        X, y
    )
    few = X[:500]
    native = Side(lambda: model.booster_.predict(few, pred_contrib=True)[:, :-1], len(few))
    work = "LightGBM 500 trees × 63 leaves, 100,000 rows × 50"
    yield compare("TreeSHAP", work, f"lightgbm {lightgbm.__version__}", ours(model, X, threads), native, repeats=1)


def catboost_path_dependent(threads: int) -> Iterator[Comparison]:
    X, y = data(20_000, 30)
    model = catboost.CatBoostRegressor(
        iterations=1_000, depth=6, thread_count=threads, random_seed=SEED, verbose=0, allow_writing_files=False
    ).fit(X, y)
    few = X[:2_000]
    pool = catboost.Pool(few)

    def native() -> np.ndarray:
        return model.get_feature_importance(pool, type="ShapValues", thread_count=threads)[:, :-1]

    work = "CatBoost 1,000 trees × depth 6, 20,000 rows × 30"
    peer = f"catboost {catboost.__version__}"
    yield compare("TreeSHAP", work, peer, ours(model, X, threads), Side(native, len(few)), repeats=1)


def forest_path_dependent(threads: int) -> Iterator[Comparison]:
    X, y = data(20_000, 30)
    for depth, few in ((6, 1_000), (16, 20)):
        model = RandomForestRegressor(100, max_depth=depth, n_jobs=threads, random_state=SEED).fit(X, y)
        rows = X if depth == 6 else X[:2_000]
        work = f"random forest 100 trees × depth {depth}, {len(rows):,} rows × 30"
        peer = _shap(model, X[:few])
        yield compare("TreeSHAP", work, f"shap {shap.__version__}", ours(model, rows, threads), peer, repeats=1)


def interventional(threads: int) -> Iterator[Comparison]:
    X, y = data(120_000, 30)
    rows, background = X[:20_000], X[20_000:]
    model = xgboost.XGBRegressor(n_estimators=100, max_depth=6, n_jobs=threads, random_state=SEED)
    model.fit(rows, y[:20_000])
    work = "XGBoost 100 × depth 6, 20,000 rows, background 1,000"
    peer = _shap(model, rows[:5], background[:1_000])
    for method, side in (("TreeSHAP interv.", ours), ("… first call", ours_anew)):
        mine = side(model, rows, threads, background[:1_000])
        yield compare(method, work, f"shap {shap.__version__}", mine, peer, repeats=1)
    work = "XGBoost 100 × depth 6, 20,000 rows, background 100,000"
    for method, side in (("TreeSHAP interv.", ours), ("… first call", ours_anew)):
        yield from _woodelf(model, rows, work, side(model, rows, threads, background), background, method)


class Matrices:
    """Interactions as they are kept, made matrices of the first rows when they are compared."""

    def __init__(self, found: Interactions, rows: int) -> None:
        self.found, self.rows = found, rows

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        return self.found[: self.rows].dense()[..., 0]


def interactions(threads: int) -> Iterator[Comparison]:
    X, y = data(20_000, 30)
    model = xgboost.XGBRegressor(n_estimators=100, max_depth=6, n_jobs=threads, random_state=SEED).fit(X, y)
    few = X[:500]
    matrix, work = xgboost.DMatrix(few), "XGBoost 100 trees × depth 6, 20,000 rows × 30"
    native = Side(lambda: model.get_booster().predict(matrix, pred_interactions=True)[:, :-1, :-1], len(few))
    peer = f"xgboost {xgboost.__version__}"
    method = TreeSHAP(model, threads=threads)
    method.interactions(X)
    mine = Side(lambda: Matrices(method.interactions(X), len(few)), len(X))
    yield compare("TreeSHAP.interactions", f"{work}, pairs", peer, mine, native)
    dense = Side(lambda: method.interactions(X).dense()[..., 0], len(X))
    yield compare("TreeSHAP.interactions", f"{work}, dense", peer, dense, native)


def _shap(model: object, rows: np.ndarray, background: np.ndarray | None = None) -> Side:
    if background is None:
        explainer = shap.TreeExplainer(model)
    else:
        masker = shap.maskers.Independent(background, max_samples=len(background))
        explainer = shap.TreeExplainer(model, masker, feature_perturbation="interventional")
    return Side(lambda: explainer.shap_values(rows, check_additivity=False), len(rows))


def _shapiq(model: object, X: np.ndarray, work: str, mine: Side) -> Iterator[Comparison]:
    try:
        import shapiq
    except ImportError:
        return
    few = X[:200]
    explainer = shapiq.TreeExplainer(model=model, max_order=1, min_order=1, index="SV")

    def run() -> np.ndarray:
        return np.stack([explainer.explain(row).get_n_order_values(1) for row in few])

    yield compare("TreeSHAP", work, f"shapiq {shapiq.__version__}", mine, Side(run, len(few)), repeats=1)


def _woodelf(
    model: object,
    X: np.ndarray,
    work: str,
    mine: Side,
    background: np.ndarray | None = None,
    method: str = "TreeSHAP",
) -> Iterator[Comparison]:
    try:
        import woodelf
    except ImportError:
        return
    from importlib.metadata import version

    explainer = woodelf.WoodelfExplainer(model, None if background is None else _frame(background))
    frame = _frame(X)
    peer = f"woodelf {version('woodelf_explainer')}"
    yield compare(method, work, peer, mine, Side(lambda: explainer.shap_values(frame), len(X)), repeats=1)


def _frame(X: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(X, columns=[f"f{j}" for j in range(X.shape[1])])
