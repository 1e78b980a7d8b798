"""Small XGBoost models of every kind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xgboost as xgb
from tests.models.boosted import ROWS, classes, goal, numbers, positive, squared

LETTERS = np.array(["b", "a", "z", "q", "m", "c", "k"])


SMALL = {"n_estimators": 8, "max_depth": 4, "n_jobs": 1, "random_state": 3}


def mixed(levels=LETTERS):
    rng = np.random.default_rng(6)
    X = pd.DataFrame(
        {"a": rng.normal(size=ROWS), "letter": pd.Categorical(rng.choice(levels, ROWS), categories=levels)}
    )
    X["flag"] = rng.random(ROWS) > 0.5
    X["group"] = pd.Categorical(rng.choice([10, 20, 30], ROWS))
    X.loc[::17, "letter"] = None
    X.loc[::19, "a"] = np.nan
    y = X["a"].fillna(2) + np.select([X["letter"].isin(["a", "q"]), X["letter"].isna()], [2.0, -3.0], 0)
    return X, y + X["group"].astype(int) / 20 + X["flag"]


def regressor(y=goal, *, X=None, **settings):
    X = numbers() if X is None else X
    return xgb.XGBRegressor(**{**SMALL, **settings}).fit(X, y(X)), X


def classifier(count, **settings):
    X = numbers()
    y = classes(X, count)
    return xgb.XGBClassifier(**{**SMALL, **settings}).fit(X, y), X


def stopped_early():
    X = numbers()
    y = goal(X) + np.random.default_rng(2).normal(size=ROWS) * 3
    settings = {**SMALL, "n_estimators": 200, "early_stopping_rounds": 3, "learning_rate": 0.5}
    model = xgb.XGBRegressor(**settings)
    return model.fit(X[:120], y[:120], eval_set=[(X[120:], y[120:])], verbose=False), X


def ranker():
    X = numbers()
    model = xgb.XGBRanker(**SMALL)
    return model.fit(X, np.digitize(goal(X), [1, 4]), qid=np.arange(ROWS) // 20), X


def with_missing_minus_999():
    X = numbers().fillna(-999.0)
    return xgb.XGBRegressor(**SMALL, missing=-999.0).fit(X, goal(X.replace(-999.0, np.nan))), X


def several(X):
    return np.c_[goal(X), -(goal(X) ** 2), X["d"].fillna(0)]


def survival():
    X = numbers()
    y = np.exp(goal(X) / 4) * np.where(np.arange(ROWS) % 3, 1, -1)
    return xgb.XGBRegressor(**SMALL, objective="survival:cox").fit(X, y), X


KINDS = {
    "regression": regressor,
    "base score given": lambda: regressor(base_score=100.0),
    "no missing values": lambda: regressor(X=numbers(0.0)),
    "absolute error": lambda: regressor(objective="reg:absoluteerror"),
    "pseudo-Huber": lambda: regressor(objective="reg:pseudohubererror"),
    "squared log error": lambda: regressor(positive, objective="reg:squaredlogerror"),
    "three quantiles": lambda: regressor(objective="reg:quantileerror", quantile_alpha=[0.1, 0.5, 0.9]),
    "poisson": lambda: regressor(positive, objective="count:poisson"),
    "gamma": lambda: regressor(positive, objective="reg:gamma"),
    "tweedie": lambda: regressor(positive, objective="reg:tweedie", base_score=7.0),
    "cox": survival,
    "logistic regression": lambda: regressor(lambda X: np.clip(goal(X) / 9, 0, 1), objective="reg:logistic"),
    "binary": lambda: classifier(2),
    "binary with base score": lambda: classifier(2, base_score=0.9, scale_pos_weight=3.0),
    "binary raw": lambda: classifier(2, objective="binary:logitraw"),
    "hinge": lambda: classifier(2, objective="binary:hinge"),
    "multiclass": lambda: classifier(3),
    "multiclass in two classes": lambda: classifier(2, objective="multi:softprob", num_class=2),
    "several labels": lambda: (xgb.XGBClassifier(**SMALL).fit(numbers(), several(numbers()) > 0), numbers()),
    "stopped early": stopped_early,
    "ranking": ranker,
    "missing=-999": with_missing_minus_999,
    "dart": lambda: regressor(booster="dart", rate_drop=0.5, skip_drop=0.2),
    "dart, several classes": lambda: classifier(3, booster="dart", rate_drop=0.5),
    "boosted forest": lambda: regressor(num_parallel_tree=3, subsample=0.7, colsample_bynode=0.7),
    "random forest": lambda: (xgb.XGBRFRegressor(**SMALL).fit(numbers(), goal(numbers())), numbers()),
    "random forest classifier": lambda: (xgb.XGBRFClassifier(**SMALL).fit(numbers(), goal(numbers()) > 2), numbers()),
    "a tree a target": lambda: regressor(several),
    "vector leaves": lambda: regressor(several, multi_strategy="multi_output_tree"),
    "vector leaves of classes": lambda: classifier(3, multi_strategy="multi_output_tree"),
    "pruned trees": lambda: regressor(gamma=5.0, tree_method="exact", max_depth=7),
    "constant trees": lambda: regressor(gamma=1e9),
    "by leaves": lambda: regressor(grow_policy="lossguide", max_leaves=9, max_depth=0),
    "own objective": lambda: regressor(objective=squared),
    "monotone": lambda: regressor(monotone_constraints=(1, 0, 0, 0)),
}


def allowed(model, expected):
    return max(2e-6, model.forest.n_trees * 2.0**-24) * max(np.abs(expected).max(), np.abs(model.forest.base).max())
