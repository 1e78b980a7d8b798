"""The CatBoost models of the table."""

from __future__ import annotations

import tempfile
from pathlib import Path

import catboost as cb
import numpy as np
import pandas as pd
from tests.tree_models import catboost_json, tables
from tests.tree_models.case import Case

SMALL = {"iterations": 4, "depth": 3, "verbose": False, "allow_writing_files": False, "thread_count": 1}


def case(model, X, pool=None) -> Case:
    with tempfile.TemporaryDirectory() as folder:
        dumped = catboost_json.dump(model, Path(folder), pool)
    hashes = {item["value"]: item["hash"] for item in dumped["features_info"].get("cat_features_hash", [])}
    rows = X.to_numpy().tolist()

    def raw(asked):
        return cb.CatBoost.predict(model, asked, prediction_type="RawFormulaVal")

    return Case(model, X, raw, lambda i, present: catboost_json.worth(dumped, rows[i], present, hashes))


def model(seed, y=tables.goal, **settings) -> Case:
    X = tables.numbers(seed)
    return case(cb.CatBoost({**SMALL, "random_seed": seed, **settings}).fit(X, y(X)), X)


def scaled(seed) -> Case:
    X = tables.numbers(seed)
    native = cb.CatBoostRegressor(**SMALL, random_seed=seed).fit(X, tables.goal(X))
    native.set_scale_and_bias(2.5, -1.25)
    return case(native, X)


def with_words(seed):
    X = tables.with_letters(seed, missing=0.0)
    return X.astype({"letter": str, "kind": str}), tables.goal(X)


def one_hot(seed) -> Case:
    X, y = with_words(seed)
    names = ["letter", "kind"]
    native = cb.CatBoostRegressor(**SMALL, random_seed=seed, cat_features=names, one_hot_max_size=255).fit(X, y)
    return case(native, X, cb.Pool(X, cat_features=names))


def target_statistics():
    X, y = with_words(0)
    return cb.CatBoostRegressor(**SMALL, cat_features=["letter", "kind"], one_hot_max_size=1).fit(X, y)


def ranker(seed) -> Case:
    X = tables.numbers(seed)
    return case(cb.CatBoostRanker(**SMALL).fit(X, tables.classes(X), group_id=np.arange(len(X)) // 20), X)


def missing_alone(seed) -> Case:
    """Nothing but being missing decides."""
    X = tables.numbers(seed)
    native = cb.CatBoostRegressor(**SMALL, nan_mode="Max", random_seed=seed)
    return case(native.fit(X, pd.isna(X["a"]) * 5.0 + pd.isna(X["b"])), X)


MODELS = {
    "CatBoost oblivious regression (scale_and_bias)": scaled,
    "CatBoost nan_mode=Max": lambda seed: model(seed, nan_mode="Max"),
    "CatBoost nan_mode=Max, splits on missing alone": missing_alone,
    "CatBoost multiclass": lambda seed: model(seed, tables.classes, loss_function="MultiClass"),
    "CatBoost MultiRMSE": lambda seed: model(seed, tables.two_targets, loss_function="MultiRMSE"),
    "CatBoost one-hot categoricals": one_hot,
    "CatBoost Lossguide": lambda seed: model(seed, grow_policy="Lossguide", max_leaves=7, depth=6),
    "CatBoost Depthwise": lambda seed: model(seed, grow_policy="Depthwise"),
    "CatBoost Depthwise multiclass": lambda seed: model(
        seed, tables.classes, grow_policy="Depthwise", loss_function="MultiClass"
    ),
    "CatBoost ranking": ranker,
    "CatBoost duplicate features on a path": lambda seed: model(seed, depth=6, ignored_features=[2, 3]),
}
REFUSED = {"CatBoost CTR categoricals": (target_statistics, r"'letter'.*\(CTRs\).*one_hot_max_size=255.*KernelSHAP")}
