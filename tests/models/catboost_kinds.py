"""Small CatBoost models of every kind."""

from __future__ import annotations

import catboost as cb
import numpy as np
import pandas as pd
from tests.models.boosted import ROWS, classes, goal, numbers, positive

SMALL = {
    "iterations": 8,
    "depth": 3,
    "verbose": False,
    "allow_writing_files": False,
    "thread_count": 1,
    "random_seed": 1,
}


LETTERS = np.array(["b", "a", "z", "é", "男", "a much longer category than the others are", "x" * 90])


def model_of(y=goal, *, kind=None, missing=0.15, **settings):
    X, settings = numbers(missing), {**SMALL, **settings}
    native = kind(**settings) if kind else cb.CatBoost(settings)
    return native.fit(X, y(X)), numbers()


def loss(name, y=goal, **settings):
    return model_of(y, loss_function=name, **settings)


def classifier(count, labels=None, **settings):
    return model_of(
        lambda X: classes(X, count) if labels is None else np.array(labels)[classes(X, count)],
        kind=cb.CatBoostClassifier,
        **settings,
    )


def ranker(**settings):
    X = numbers()
    return cb.CatBoostRanker(**SMALL, **settings).fit(X, classes(X), group_id=np.arange(ROWS) // 20), X


def stopped_early():
    X = numbers()
    y = goal(X) + np.random.default_rng(2).normal(size=ROWS) * 3
    native = cb.CatBoostRegressor(**{**SMALL, "iterations": 300, "learning_rate": 0.5, "early_stopping_rounds": 5})
    return native.fit(X[:120], y[:120], eval_set=(X[120:], y[120:])), X


def scaled():
    native, X = model_of(kind=cb.CatBoostRegressor)
    native.set_scale_and_bias(2.5, -1.25)
    return native, X


def summed():
    X = numbers()
    parts = [model_of(kind=cb.CatBoostRegressor, depth=depth)[0] for depth in (2, 3)]
    return cb.sum_models(parts, weights=[0.5, 1.5]), X


class Squares:
    def calc_ders_range(self, predictions, targets, _weights):
        return [(targets[i] - predictions[i], -1.0) for i in range(len(targets))]


def both(X):
    return np.c_[goal(X), goal(X) ** 2]


def labels(X):
    return np.c_[goal(X) > 2, goal(X) > 3].astype(int)


KINDS = {
    "regression": lambda: model_of(kind=cb.CatBoostRegressor),
    "depth 1": lambda: model_of(depth=1),
    "depth 9": lambda: model_of(depth=9, iterations=3),
    "missing values largest": lambda: model_of(nan_mode="Max"),
    "nothing missing in training": lambda: model_of(missing=0.0),
    "missing values forbidden": lambda: model_of(missing=0.0, nan_mode="Forbidden"),
    "no boost from average": lambda: model_of(boost_from_average=False),
    "another scale and bias": scaled,
    "a sum of models": summed,
    "absolute error": lambda: loss("MAE"),
    "quantiles": lambda: loss("MultiQuantile:alpha=0.1,0.5,0.9"),
    "log quantile": lambda: loss("LogLinQuantile:alpha=0.5", positive),
    "uncertainty": lambda: loss("RMSEWithUncertainty"),
    "two targets": lambda: loss("MultiRMSE", both),
    "poisson": lambda: loss("Poisson", positive),
    "tweedie": lambda: loss("Tweedie:variance_power=1.5", positive),
    "cox": lambda: loss("Cox", positive),
    "survival": lambda: loss("SurvivalAft:dist=Normal", lambda X: np.c_[positive(X), positive(X)]),
    "cross entropy": lambda: loss("CrossEntropy", lambda X: np.clip(goal(X) / 9, 0, 1)),
    "binary": lambda: classifier(2, ["no", "yes"]),
    "binary of booleans": lambda: classifier(2, [False, True]),
    "multiclass": lambda: classifier(3, ["low", "middle", "high"]),
    "one against all": lambda: classifier(3, loss_function="MultiClassOneVsAll"),
    "several labels": lambda: loss("MultiLogloss", labels),
    "ranking": ranker,
    "pairwise ranking": lambda: ranker(loss_function="PairLogit"),
    "own objective": lambda: model_of(loss_function=Squares(), eval_metric="RMSE"),
    "stopped early": stopped_early,
    "lossguide": lambda: model_of(grow_policy="Lossguide", max_leaves=9, depth=6),
    "lossguide, missing values largest": lambda: model_of(grow_policy="Lossguide", nan_mode="Max"),
    "lossguide multiclass": lambda: classifier(3, grow_policy="Lossguide"),
    "depthwise": lambda: model_of(grow_policy="Depthwise"),
    "depthwise binary": lambda: classifier(2, grow_policy="Depthwise", depth=5),
    "depthwise two targets": lambda: loss("MultiRMSE", both, grow_policy="Depthwise", boosting_type="Plain"),
    "one-leaf trees": lambda: model_of(grow_policy="Lossguide", min_data_in_leaf=ROWS),
    "ordered boosting": lambda: model_of(boosting_type="Ordered"),
    "few borders": lambda: model_of(border_count=2, depth=6),
    "langevin": lambda: model_of(langevin=True),
}


def raw(native, X):
    return cb.CatBoost.predict(native, X, prediction_type="RawFormulaVal").reshape(len(X), -1)


def allowed(expected):
    return 1e-10 * max(np.abs(expected).max(), 1e-3)


def mixed(seed=6):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"a": rng.normal(size=ROWS), "letter": rng.choice(LETTERS, ROWS)})
    X["flag"] = rng.random(ROWS) > 0.5
    X["group"] = rng.integers(-1, 3, ROWS) * 10
    X.loc[::19, "a"] = np.nan
    y = X["a"].fillna(2) + np.isin(X["letter"], LETTERS[[1, 3, 6]]) * 2 + (X["group"] == -10) * 3 + X["flag"]
    return X, y


def categorical(seed=6, **settings):
    X, y = mixed(seed)
    cats = {"cat_features": ["letter", "flag", "group"], "one_hot_max_size": 255}
    return cb.CatBoostRegressor(**{**SMALL, "iterations": 20, **cats, **settings}).fit(X, y), X
