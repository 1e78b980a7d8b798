"""Small random models of every library: missing values, categories, duplicated and constant columns, weights."""

from __future__ import annotations

from collections.abc import Callable

import catboost as cb
import lightgbm as lgb
import numpy as np
import pandas as pd
import xgboost as xgb
from hypothesis import assume
from hypothesis import strategies as st
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from tests.tree_models import catboost_models, lightgbm_models, native_trees, tables, xgboost_models
from tests.tree_models.case import Case, worth_of

ROWS = 60
COLUMNS = ("normal", "whole", "few", "constant", "copy", "category")

problems = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10**6),
        "columns": st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=5),
        "missing": st.sampled_from([0.0, 0.1, 0.5]),
        "outputs": st.integers(1, 3),
        "weighted": st.booleans(),
        "depth": st.integers(1, 7),
        "trees": st.integers(1, 4),
        "leaf": st.sampled_from([1, 3, 15]),
        "flavour": st.integers(0, 3),
    }
)


def table(rng, columns, missing) -> pd.DataFrame:
    """60 rows; a copy is of the column before it."""
    made: dict = {}
    for j, kind in enumerate(columns):
        column = {
            "normal": lambda: rng.normal(size=ROWS),
            "whole": lambda: rng.integers(-9, 9, ROWS).astype(float),
            "few": lambda: rng.integers(0, 2, ROWS) / 2,
            "constant": lambda: np.full(ROWS, 3.0),
            "copy": lambda: made[f"x{j - 1}"].copy() if j else rng.normal(size=ROWS),  # noqa: B023 - called here
            "category": lambda: pd.Categorical(rng.choice(list("abcdefg"), ROWS), categories=list("abcdefg")),
        }[kind]()
        made[f"x{j}"] = column if kind in ("constant", "copy") else hidden(rng, column, missing)
    return pd.DataFrame(made)


def hidden(rng, column, missing):
    gone = rng.random(ROWS) < missing
    if isinstance(column, pd.Categorical):
        return pd.Categorical.from_codes(np.where(gone, -1, column.codes), column.categories)
    return np.where(gone, np.nan, column)


def answer(rng, X, outputs) -> np.ndarray:
    """Numbers for one output, else the classes of so many."""
    score = tables.goal(X) + rng.normal(size=ROWS)
    if outputs == 1:
        return score
    return np.argsort(np.argsort(score)) * outputs // ROWS


def weights_of(rng, weighted):
    return rng.uniform(0.2, 3, ROWS) if weighted else None


def xgboost_case(rng, X, p) -> Case:
    y, kind = answer(rng, X, p["outputs"]), xgb.XGBRegressor if p["outputs"] == 1 else xgb.XGBClassifier
    settings = [{}, {"booster": "dart", "rate_drop": 0.5}, {"max_cat_to_onehot": 1}, {"grow_policy": "lossguide"}]
    model = kind(
        n_estimators=p["trees"],
        max_depth=p["depth"],
        min_child_weight=p["leaf"] / 9,
        enable_categorical=True,
        n_jobs=1,
        seed=p["seed"],
        **settings[p["flavour"]],
    )
    return xgboost_models.case(model.fit(X, y, sample_weight=weights_of(rng, p["weighted"])), X)


def lightgbm_case(rng, X, p) -> Case:
    y, kind = answer(rng, X, p["outputs"]), lgb.LGBMRegressor if p["outputs"] == 1 else lgb.LGBMClassifier
    settings = [{}, {"zero_as_missing": True}, {"boosting_type": "dart", "drop_rate": 0.5}, {"use_missing": False}]
    model = kind(
        n_estimators=p["trees"],
        num_leaves=2 ** p["depth"],
        min_child_samples=p["leaf"],
        min_data_per_group=1,
        cat_smooth=0.0,
        min_data_in_bin=1,
        n_jobs=1,
        verbose=-1,
        random_state=p["seed"],
        **settings[p["flavour"]],
    )
    return lightgbm_models.case(model.fit(X, y, sample_weight=weights_of(rng, p["weighted"])), X)


def catboost_case(rng, X, p) -> Case:
    """Categories as strings, a missing one a category of its own; the library trains on no constant table."""
    assume(X.nunique().max() > 1)
    names = list(X.select_dtypes("category"))
    words = X.assign(**{name: X[name].astype(object).fillna("none").astype(str) for name in names})
    settings = [{}, {"nan_mode": "Max"}, {"grow_policy": "Lossguide"}, {"grow_policy": "Depthwise"}]
    loss = {1: "RMSE", 2: "Logloss", 3: "MultiClass"}[p["outputs"]]
    pool = cb.Pool(words, answer(rng, X, p["outputs"]), cat_features=names, weight=weights_of(rng, p["weighted"]))
    model = cb.CatBoost(
        {
            **catboost_models.SMALL,
            "iterations": p["trees"],
            "depth": p["depth"],
            "loss_function": loss,
            "one_hot_max_size": 255,
            "random_seed": p["seed"],
            **({"min_data_in_leaf": p["leaf"]} if p["flavour"] > 1 else {}),
            **settings[p["flavour"]],
        }
    )
    return catboost_models.case(model.fit(pool), words, pool if names else None)


def forest_case(rng, X, p) -> Case:
    X = pd.DataFrame(tables.codes(X), columns=X.columns)
    pairs = [(RandomForestRegressor, RandomForestClassifier), (ExtraTreesRegressor, ExtraTreesClassifier)]
    kind = pairs[p["flavour"] % 2][p["outputs"] > 1]
    model = kind(p["trees"], max_depth=p["depth"], min_samples_leaf=p["leaf"], random_state=p["seed"])
    model.fit(X, answer(rng, X, p["outputs"]), sample_weight=weights_of(rng, p["weighted"]))
    raw = model.predict if p["outputs"] == 1 else model.predict_proba
    return Case(model, X, raw, worth_of(native_trees.sklearn_forest(model), X.to_numpy()))


def hist_case(rng, X, p) -> Case:
    y = answer(rng, X, p["outputs"])
    kind = HistGradientBoostingRegressor if p["outputs"] == 1 else HistGradientBoostingClassifier
    model = kind(
        max_iter=p["trees"],
        max_depth=p["depth"],
        min_samples_leaf=p["leaf"],
        max_bins=[255, 12, 8, 255][p["flavour"]],
        categorical_features="from_dtype",
        early_stopping=False,
        random_state=p["seed"],
    ).fit(X, y, sample_weight=weights_of(rng, p["weighted"]))
    raw = model.predict if p["outputs"] == 1 else model.decision_function
    trees = native_trees.hist_gradient_boosting_trees(model, X.shape[1])
    return Case(model, X, raw, worth_of(trees, tables.codes(X)))


LIBRARIES: dict[str, Callable[..., Case]] = {
    "XGBoost": xgboost_case,
    "LightGBM": lightgbm_case,
    "CatBoost": catboost_case,
    "scikit-learn forests": forest_case,
    "HistGradientBoosting": hist_case,
}


def make(library, problem) -> Case:
    rng = np.random.default_rng(problem["seed"])
    return LIBRARIES[library](rng, table(rng, problem["columns"], problem["missing"]), problem)
