"""The XGBoost models of the table."""

from __future__ import annotations

import json

import numpy as np
import xgboost as xgb
from tests.tree_models import native_trees, tables
from tests.tree_models.case import Case, worth_of

SMALL = {"n_estimators": 4, "max_depth": 4, "n_jobs": 1}


def case(model, X) -> Case:
    trees = native_trees.xgboost_trees(model)
    worth = worth_of(trees, tables.codes(X))
    return Case(model, X, lambda rows: model.predict(rows, output_margin=True), worth, len(trees))


def regressor(seed, y=tables.goal, *, X=None, **settings) -> Case:
    X = tables.numbers(seed, missing=0.0) if X is None else X
    return case(xgb.XGBRegressor(**{**SMALL, "random_state": seed, **settings}).fit(X, y(X)), X)


def classifier(seed, count, **settings) -> Case:
    X = tables.numbers(seed)
    model = xgb.XGBClassifier(**{**SMALL, "random_state": seed, **settings})
    return case(model.fit(X, tables.classes(X, count)), X)


def stopped_early(seed) -> Case:
    X = tables.numbers(seed)
    y = tables.goal(X) + np.random.default_rng(seed).normal(size=len(X)) * 6
    settings = {**SMALL, "n_estimators": 100, "early_stopping_rounds": 2, "learning_rate": 0.5}
    model = xgb.XGBRegressor(**settings).fit(X[:80], y[:80], eval_set=[(X[80:], y[80:])], verbose=False)
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()
    return case(model, X)


def categorical(seed, one_hot) -> Case:
    X = tables.with_letters(seed)
    return regressor(seed, X=X, enable_categorical=True, tree_method="hist", max_cat_to_onehot=99 if one_hot else 1)


def ranker(seed) -> Case:
    X = tables.numbers(seed)
    return case(xgb.XGBRanker(**SMALL).fit(X, tables.classes(X), qid=np.arange(len(X)) // 20), X)


def chain(seed) -> Case:
    """A saved model whose tree is replaced by 120 splits, one below the other."""
    rng = np.random.default_rng(seed)
    X, splits = tables.numbers(seed, columns=3), 120
    saved = json.loads(regressor(seed, X=X, n_estimators=1, max_depth=1).model.get_booster().save_raw("json"))
    tree = saved["learner"]["gradient_booster"]["model"]["trees"][0]
    below = np.arange(1, 2 * splits, 2)  # node 2i has the leaf 2i + 1 and the next split 2i + 2
    for key, last in (("left_children", below), ("right_children", below + 1)):
        tree[key] = [-1] * (2 * splits + 1)
        tree[key][: 2 * splits : 2] = last.tolist()
    tree["parents"] = [2**31 - 1, *np.repeat(below - 1, 2).tolist()]
    tree["split_indices"] = rng.integers(0, 3, 2 * splits + 1).tolist()
    tree["split_conditions"] = (rng.normal(size=2 * splits + 1) - 1.5).tolist()
    tree["default_left"] = rng.integers(0, 2, 2 * splits + 1).tolist()
    tree["sum_hessian"] = np.linspace(900, 1, 2 * splits + 1).tolist()
    tree["base_weights"] = tree["loss_changes"] = [0.0] * (2 * splits + 1)
    tree["split_type"] = [0] * (2 * splits + 1)
    tree["tree_param"]["num_nodes"] = str(2 * splits + 1)
    model = xgb.XGBRegressor(n_jobs=1)
    model.load_model(bytearray(json.dumps(saved).encode()))
    return case(model, X)


MODELS = {
    "XGBoost regression": regressor,
    "XGBoost binary": lambda seed: classifier(seed, 2),
    "XGBoost multiclass": lambda seed: classifier(seed, 3),
    "XGBoost missing": lambda seed: regressor(seed, X=tables.numbers(seed, missing=0.3)),
    "XGBoost early-stopped": stopped_early,
    "XGBoost base_score=100": lambda seed: regressor(seed, base_score=100.0),
    "XGBoost poisson": lambda seed: regressor(seed, tables.positive, objective="count:poisson"),
    "XGBoost gamma": lambda seed: regressor(seed, tables.positive, objective="reg:gamma"),
    "XGBoost tweedie": lambda seed: regressor(seed, tables.positive, objective="reg:tweedie"),
    "XGBoost DART, rate_drop .5": lambda seed: regressor(seed, booster="dart", rate_drop=0.5, n_estimators=8),
    "XGBoost categorical, one-hot": lambda seed: categorical(seed, True),
    "XGBoost categorical, partition": lambda seed: categorical(seed, False),
    "XGBoost multi-target, one tree a target": lambda seed: regressor(seed, tables.two_targets),
    "XGBoost multi_output_tree (vector leaves)": lambda seed: regressor(
        seed, tables.two_targets, multi_strategy="multi_output_tree"
    ),
    "XGBoost num_parallel_tree (boosted forest)": lambda seed: regressor(
        seed, num_parallel_tree=3, subsample=0.7, colsample_bynode=0.7
    ),
    "XGBoost ranking": ranker,
    "XGBoost lossguide": lambda seed: regressor(seed, grow_policy="lossguide", max_leaves=9, max_depth=0),
    "XGBoost trees of depth > 100": chain,
    "XGBoost constant trees": lambda seed: regressor(seed, gamma=1e9),
}
