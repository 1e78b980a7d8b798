"""The scikit-learn models of the table."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeRegressor
from tests.tree_models import native_trees, tables
from tests.tree_models.case import Case, worth_of

HIST = {"max_iter": 4, "max_leaf_nodes": 8, "min_samples_leaf": 4}
SMALL = {"n_estimators": 4, "max_depth": 4}


def complete(seed):
    return tables.numbers(seed, missing=0.0)


def averaged(model, X, y, asked=None) -> Case:
    """A tree or a forest."""
    model.fit(X, y)
    asked = X if asked is None else asked
    return Case(model, asked, raw_of(model), worth_of(native_trees.sklearn_forest(model), tables.codes(asked)))


def raw_of(model):
    if not hasattr(model, "predict_proba"):
        return model.predict

    def probabilities(rows):
        answer = model.predict_proba(rows)
        return np.hstack(answer) if isinstance(answer, list) else answer

    return probabilities


def boosted(model, X, y) -> Case:
    model.fit(X, y)
    trees = native_trees.gradient_boosting_trees(model)
    raw = model.decision_function if hasattr(model, "decision_function") else model.predict
    return Case(model, X, raw, worth_of(trees, tables.codes(X)))


def hist(model, X, y, asked=None) -> Case:
    model.fit(X, y)
    asked = X if asked is None else asked(model)
    trees = native_trees.hist_gradient_boosting_trees(model, X.shape[1])
    raw = model.decision_function if hasattr(model, "decision_function") else model.predict
    return Case(model, asked, raw, worth_of(trees, tables.codes(asked)))


def at_thresholds(model):
    """Rows whose values equal the model's own thresholds, or lie right beside them."""
    nodes = [node for stage in model._predictors for p in stage for node in p.nodes if not node["is_leaf"]]
    rows = np.zeros((3 * len(nodes), model.n_features_in_))
    for i, node in enumerate(nodes):
        t = node["num_threshold"]
        rows[3 * i : 3 * i + 3, node["feature_idx"]] = [t, np.nextafter(t, np.inf), np.nextafter(t, -np.inf)]
    return np.tile(rows, (12, 1))[:160]


def hist_numbers(seed) -> Case:
    X = complete(seed)
    return hist(HistGradientBoostingRegressor(**HIST, max_bins=12), X.to_numpy(), tables.goal(X), at_thresholds)


def hist_letters(seed) -> Case:
    X = tables.with_letters(seed, levels=np.sort(tables.LETTERS))  # the model numbers sorted levels
    X["kind"] = X["kind"].cat.set_categories(["high", "low"])
    return hist(HistGradientBoostingRegressor(**HIST, categorical_features="from_dtype"), X, tables.goal(X))


def hist_missing(seed) -> Case:
    X = tables.numbers(seed)
    return hist(HistGradientBoostingRegressor(**HIST), X, tables.goal(X))


def hist_classes(seed) -> Case:
    X = tables.numbers(seed)
    return hist(HistGradientBoostingClassifier(**HIST), X, tables.classes(X))


def two_labels(X):
    return np.c_[tables.classes(X), tables.classes(X, 2)]


def isolation(seed, **settings) -> Case:
    X = complete(seed)
    model = IsolationForest(n_estimators=4, random_state=seed, **settings).fit(X.to_numpy())
    trees = native_trees.isolation_trees(model)
    return Case(
        model, X.to_numpy(), lambda rows: native_trees.isolation_lengths(model, rows), worth_of(trees, X.to_numpy())
    )


def adaboost(seed, count) -> Case:
    X = complete(seed)
    model = AdaBoostClassifier(DecisionTreeClassifier(max_depth=3), n_estimators=4, random_state=seed)
    model.fit(X, tables.classes(X, count))
    return Case(model, X, model.decision_function, worth_of(native_trees.adaboost_trees(model), tables.codes(X)))


def chain(seed) -> Case:
    """Targets that grow and change their sign from value to value: each split takes off the largest."""
    rng = np.random.default_rng(seed)
    place = rng.permutation(120).astype(float)
    X = np.c_[place / 4, rng.normal(size=(120, 2))]
    made = averaged(DecisionTreeRegressor(random_state=seed), X, (-1.25) ** place * (1 + X[:, 1] / 99))
    assert made.model.get_depth() > 100
    return made


def grown_out(seed) -> Case:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(20_001, 3))
    made = averaged(ExtraTreeRegressor(random_state=seed), X, rng.normal(size=20_001), X[:40])
    assert made.model.tree_.node_count > 40_000
    return made


def one_leaf(seed) -> Case:
    return averaged(
        DecisionTreeRegressor(max_leaf_nodes=None, min_samples_split=1.0), complete(seed), np.arange(160.0) % 2
    )


def constant(seed) -> Case:
    X = complete(seed)
    return averaged(RandomForestRegressor(3, random_state=seed), X, np.full(len(X), 7.0))


def unused(seed) -> Case:
    X = complete(seed)
    return averaged(RandomForestRegressor(4, max_depth=5, random_state=seed), X.assign(d=3.0), tables.goal(X), X)


def repeated(seed) -> Case:
    """Two columns only, many splits on each path."""
    X = tables.numbers(seed, columns=2, missing=0.0)
    return averaged(RandomForestRegressor(4, max_depth=9, random_state=seed), X, tables.goal(X))


MODELS = {
    "HistGradientBoosting numeric (thresholds equal data values)": hist_numbers,
    "HistGradientBoosting categorical": hist_letters,
    "HistGradientBoosting missing": hist_missing,
    "HistGradientBoosting multiclass": hist_classes,
    "GradientBoosting multiclass": lambda s: boosted(
        GradientBoostingClassifier(**SMALL, random_state=s), complete(s), tables.classes(complete(s))
    ),
    "GradientBoosting init=zero": lambda s: boosted(
        GradientBoostingRegressor(**SMALL, init="zero", random_state=s), complete(s), tables.goal(complete(s))
    ),
    "RandomForest multi-output": lambda s: averaged(
        RandomForestRegressor(**SMALL, random_state=s), complete(s), tables.two_targets(complete(s))
    ),
    "RandomForest multi-output classes": lambda s: averaged(
        RandomForestClassifier(**SMALL, random_state=s), complete(s), two_labels(complete(s))
    ),
    "RandomForest missing": lambda s: averaged(
        RandomForestClassifier(**SMALL, random_state=s), tables.numbers(s), tables.classes(tables.numbers(s))
    ),
    "ExtraTrees multi-output": lambda s: averaged(
        ExtraTreesRegressor(**SMALL, random_state=s), complete(s), tables.two_targets(complete(s))
    ),
    "single tree, missing": lambda s: averaged(
        DecisionTreeRegressor(max_depth=5, random_state=s), tables.numbers(s), tables.goal(tables.numbers(s))
    ),
    "single tree, multi-output": lambda s: averaged(
        ExtraTreeRegressor(max_depth=5, random_state=s), complete(s), tables.two_targets(complete(s))
    ),
    "IsolationForest mean path length": isolation,
    "IsolationForest mean path length, columns drawn": lambda s: isolation(s, max_features=0.5, max_samples=50),
    "AdaBoost binary": lambda s: adaboost(s, 2),
    "AdaBoost multiclass": lambda s: adaboost(s, 3),
    "trees of depth > 100": chain,
    "40,000-node trees": grown_out,
    "1-leaf trees": one_leaf,
    "constant trees": constant,
    "unused features": unused,
    "duplicate features on a path": repeated,
}
REFUSED = {
    "GradientBoosting init=estimator": (
        lambda: GradientBoostingRegressor(**SMALL, init=LinearRegression()).fit(complete(0), tables.goal(complete(0))),
        r"init=LinearRegression\(\).*refit with init=None.*use KernelSHAP",
    ),
    "AdaBoost regression": (
        lambda: AdaBoostRegressor(n_estimators=3).fit(complete(0), tables.goal(complete(0))),
        r"weighted median of its trees, which is no sum.*use KernelSHAP",
    ),
}
