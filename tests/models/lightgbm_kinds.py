"""Small LightGBM models of every kind."""

from __future__ import annotations

import warnings

import lightgbm as lgb
import numpy as np
from tests.models import boosted
from tests.models.boosted import ROWS, classes, goal, positive, squared

LETTERS = np.array(["b", "a", "z", "é", "男", "c"])


SMALL = {"n_estimators": 8, "num_leaves": 9, "n_jobs": 1, "verbose": -1, "min_child_samples": 4}


RAW = {**SMALL, "num_threads": 1}


def numbers(missing=0.15):
    """Zeros among them: LightGBM may take them for missing."""
    return boosted.numbers(missing, zeros=0.2)


def regressor(y=goal, *, missing=0.15, **settings):
    X = numbers(missing)
    return lgb.LGBMRegressor(**{**SMALL, **settings}).fit(X, y(X)), numbers()


def classifier(count, labels=None, **settings):
    X = numbers()
    y = classes(X, count)
    return lgb.LGBMClassifier(**{**SMALL, **settings}).fit(X, y if labels is None else np.array(labels)[y]), X


def stopped_early():
    X = numbers()
    y = goal(X) + np.random.default_rng(2).normal(size=ROWS) * 3
    model = lgb.LGBMRegressor(**{**SMALL, "n_estimators": 200, "learning_rate": 0.5})
    stop = lgb.early_stopping(3, verbose=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # LightGBM 4.7 calls eval_set eval_X, which older versions do not know
        return model.fit(X[:120], y[:120], eval_set=[(X[120:], y[120:])], callbacks=[stop]), X


def ranker():
    X = numbers()
    return lgb.LGBMRanker(**SMALL).fit(X, np.digitize(goal(X), [1, 4]), group=[20] * (ROWS // 20)), X


def own_multiclass():
    def pull(y, margins):
        target = np.eye(3)[y.astype(int)]
        return margins - target, np.ones_like(margins)

    X = numbers()
    y = np.digitize(goal(X), [1, 4])
    return lgb.LGBMClassifier(**SMALL, objective=pull, num_class=3).fit(X, y), X


def booster(settings, y=goal, **data):
    X = numbers()
    return lgb.train({**RAW, **settings}, lgb.Dataset(X, y(X), **data)), X


FOREST = {"boosting_type": "rf", "subsample": 0.7, "subsample_freq": 1}


KINDS = {
    "regression": regressor,
    "nothing missing in training": lambda: regressor(missing=0.0),
    "zeros are missing": lambda: regressor(zero_as_missing=True),
    "missing values not used": lambda: regressor(use_missing=False),
    "no boost from average": lambda: regressor(boost_from_average=False),
    "absolute error": lambda: regressor(objective="l1"),
    "huber": lambda: regressor(objective="huber"),
    "quantile": lambda: regressor(objective="quantile", alpha=0.8),
    "root of the target": lambda: regressor(reg_sqrt=True),
    "poisson": lambda: regressor(positive, objective="poisson"),
    "gamma": lambda: regressor(positive, objective="gamma"),
    "tweedie": lambda: regressor(positive, objective="tweedie"),
    "cross entropy": lambda: booster({"objective": "cross_entropy"}, lambda X: np.clip(goal(X) / 9, 0, 1)),
    "binary": lambda: classifier(2, ["no", "yes"]),
    "binary, steep": lambda: classifier(2, sigmoid=2.0),
    "unbalanced": lambda: classifier(2, is_unbalance=True),
    "multiclass": lambda: classifier(3, ["low", "middle", "high"]),
    "one against all": lambda: classifier(3, objective="multiclassova"),
    "stopped early": stopped_early,
    "ranking": ranker,
    "dart": lambda: regressor(boosting_type="dart", drop_rate=0.5, skip_drop=0.2),
    "goss": lambda: regressor(data_sample_strategy="goss"),
    "random forest": lambda: regressor(**FOREST),
    "random forest of classes": lambda: classifier(3, **FOREST),
    "own objective": lambda: regressor(objective=squared),
    "own multiclass objective": own_multiclass,
    "extra trees": lambda: regressor(extra_trees=True),
    "constant trees": lambda: regressor(min_child_samples=ROWS),
    "monotone": lambda: regressor(monotone_constraints=[1, 0, 0, 0]),
    "quantized": lambda: regressor(use_quantized_grad=True),
    "a booster": lambda: booster({"objective": "binary"}, lambda X: goal(X) > 2),
    "a booster of three classes": lambda: booster(
        {"objective": "multiclass", "num_class": 3}, lambda X: np.digitize(goal(X), [1, 4])
    ),
    "a booster read from text": lambda: (
        lgb.Booster(model_str=stopped_early()[0].booster_.model_to_string()),
        numbers(),
    ),
}


def raw(native, X):
    return np.asarray(native.predict(X, raw_score=True)).reshape(len(X), -1)


def allowed(expected):
    return 1e-10 * max(np.abs(expected).max(), 1e-3)
