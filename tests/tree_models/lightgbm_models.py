"""The LightGBM models of the table."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import lightgbm as lgb
import numpy as np
from tests.tree_models import native_trees, tables
from tests.tree_models.case import Case, worth_of

SMALL = {
    "n_estimators": 5,
    "num_leaves": 8,
    "min_child_samples": 5,
    "n_jobs": 1,
    "verbose": -1,
    "min_data_per_group": 3,
    "cat_smooth": 1.0,
}
LEVELS = np.array([f"level {i}" for i in range(70)])


def case(model, X) -> Case:
    def raw(rows):
        return model.predict(rows, raw_score=True)

    trees = native_trees.lightgbm_trees(model.booster_, model.booster_.num_model_per_iteration())
    return Case(model, X, raw, worth_of(trees, tables.codes(X)))


def regressor(seed, y=tables.goal, *, X=None, asked=None, **settings) -> Case:
    X = tables.numbers(seed) if X is None else X
    model = lgb.LGBMRegressor(**{**SMALL, "random_state": seed, **settings}).fit(X, y(X))
    return case(model, X if asked is None else asked)


def classifier(seed, count=3, **settings) -> Case:
    X = tables.numbers(seed)
    model = lgb.LGBMClassifier(**{**SMALL, "random_state": seed, **settings})
    return case(model.fit(X, tables.classes(X, count)), X)


def ranker(seed) -> Case:
    X = tables.numbers(seed)
    return case(lgb.LGBMRanker(**SMALL).fit(X, tables.classes(X), group=[20] * (len(X) // 20)), X)


def categorical(seed, levels) -> Case:
    return regressor(seed, X=tables.with_letters(seed, levels=levels, rows=400), max_cat_to_onehot=2)


def zero_as_missing(seed) -> Case:
    X = tables.numbers(seed).round(0)
    made = regressor(seed, X=X, zero_as_missing=True)
    assert (X == 0).to_numpy().any()
    return made


def never_missing(seed) -> Case:
    return regressor(seed, X=tables.numbers(seed, missing=0.0), asked=tables.numbers(seed + 1, missing=0.5))


def chain(seed) -> Case:
    """120 splits, one below the other, asked for by name."""
    X = tables.numbers(seed, columns=3, missing=0.0)
    X["a"] = np.random.default_rng(seed).permutation(len(X)) / 4
    split: dict = {}
    for place in range(1, 121):
        split = {"feature": 0, "threshold": place / 4 - 0.1} | ({"left": split} if split else {})
    with tempfile.TemporaryDirectory() as folder:
        forced = Path(folder) / "splits.json"
        forced.write_text(json.dumps(split))
        settings = {"num_leaves": 160, "min_child_samples": 1, "min_data_in_bin": 1, "max_bin": 1000}
        made = regressor(seed, X=X, n_estimators=1, forcedsplits_filename=str(forced), **settings)
    assert native_trees.depth(native_trees.lightgbm_trees(made.model.booster_, 1)[0]) > 100
    return made


MODELS = {
    "LightGBM categorical, 6 levels": lambda seed: categorical(seed, tables.LETTERS),
    "LightGBM categorical, 70 levels": lambda seed: categorical(seed, LEVELS),
    "LightGBM zero_as_missing": zero_as_missing,
    "LightGBM NaN at predict, none seen in training": never_missing,
    "LightGBM multiclass": classifier,
    "LightGBM rf": lambda seed: regressor(seed, boosting_type="rf", subsample=0.6, subsample_freq=1),
    "LightGBM dart": lambda seed: regressor(seed, boosting_type="dart", drop_rate=0.5, skip_drop=0.0),
    "LightGBM ranking": ranker,
    "LightGBM trees of depth > 100": chain,
}
REFUSED = {
    "LightGBM linear_tree": (
        lambda: lgb.LGBMRegressor(**SMALL, linear_tree=True).fit(
            tables.numbers(0, missing=0.0), tables.goal(tables.numbers(0, missing=0.0))
        ),
        r"linear_tree=True put a linear function.*use KernelSHAP",
    )
}
