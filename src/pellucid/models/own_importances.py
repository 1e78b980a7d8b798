"""What a library itself reports about its model's columns: gain, cover, split counts, fall of impurity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.forest import Forest
from pellucid.core.model import Model

__all__ = ["OwnImportance", "added", "own_importances", "predictor_of"]

Floats = NDArray[np.float64]
#: criterion of scikit-learn's trees → what its fall is called
CRITERIA = {"entropy": "information gain", "log_loss": "information gain", "gini": "Gini decrease"}


@dataclass(frozen=True, eq=False)
class OwnImportance:
    """One measure of the columns that the model's last step is given.

    Parameters
    ----------
    name : as the library's users call it.
    meaning : what it measures, worded to follow "name:".
    total : (encoded columns,) a quantity that adds up over columns, such as the sum of gains.
    count : (encoded columns,) what to divide the added totals by where the measure is a mean; None where it is a sum.
    stderr : (encoded columns,) standard error of the mean over the trees; None where there is none.
    """

    name: str
    meaning: str
    total: Floats
    count: Floats | None = None
    stderr: Floats | None = None


def predictor_of(native: Any) -> Any:
    """The estimator that predicts, inside pipelines and searches."""
    while True:
        if hasattr(native, "best_estimator_"):
            native = native.best_estimator_
        elif hasattr(native, "steps"):
            native = native.steps[-1][1]
        else:
            return native


def own_importances(model: Model) -> list[OwnImportance]:
    """All measures that the model's library reports, and split counts and cover of trees whose library has none.

    Returns
    -------
    Measures of the encoded columns (``model.tree_form.players`` says whose they are); an empty list where there are
    none.
    """
    native = predictor_of(model.native)
    library = type(native).__module__.partition(".")[0]
    read: Mapping[str, Callable[[Any], Iterator[OwnImportance]]] = {
        "xgboost": _xgboost,
        "lightgbm": _lightgbm,
        "catboost": _catboost,
        "sklearn": _sklearn,
    }
    found = list(read[library](native)) if library in read else []
    if model.trees is not None and library not in ("xgboost", "lightgbm"):
        found += _of_trees(model.forest, known={measure.name for measure in found})
    return found


def added(owners: NDArray[np.integer[Any]], amounts: Floats, count: int) -> Floats:
    """(count,) the sum of the amounts of each owner."""
    return np.bincount(owners, weights=amounts, minlength=count).astype(np.float64)


def _xgboost(native: Any) -> Iterator[OwnImportance]:
    """Of the trees that predict: those after the best round of an early stop are left out."""
    booster = native.get_booster() if hasattr(native, "get_booster") else native
    if "gblinear" in booster.save_config():
        return
    best = getattr(native, "best_iteration", None) if native is not booster else None
    if best is not None:
        booster = booster[: int(best) + 1]
    names = booster.feature_names or [f"f{j}" for j in range(booster.num_features())]
    scores = {
        kind: np.array([booster.get_score(importance_type=kind).get(name, 0.0) for name in names], dtype=np.float64)
        for kind in ("weight", "total_gain", "total_cover")
    }
    splits = scores["weight"]
    yield OwnImportance("gain", "mean fall of the training loss at a feature's splits", scores["total_gain"], splits)
    yield OwnImportance(
        "total gain", "fall of the training loss, added up over a feature's splits", scores["total_gain"]
    )
    yield OwnImportance("cover", "mean hessian weight of the rows at a feature's splits", scores["total_cover"], splits)
    yield OwnImportance(
        "total cover", "hessian weight of the rows, added up over a feature's splits", scores["total_cover"]
    )
    yield OwnImportance("splits", "how many splits ask for the feature (weight)", splits)


def _lightgbm(native: Any) -> Iterator[OwnImportance]:
    booster = native.booster_ if hasattr(type(native), "booster_") else native
    gain, splits = (np.asarray(booster.feature_importance(kind), dtype=np.float64) for kind in ("gain", "split"))
    yield OwnImportance("gain", "fall of the training loss, added up over a feature's splits", gain)
    yield OwnImportance("splits", "how many splits ask for the feature (split)", splits)


def _catboost(native: Any) -> Iterator[OwnImportance]:
    change = np.asarray(native.get_feature_importance(type="PredictionValuesChange"), dtype=np.float64)
    meaning = "how much the prediction changes on average when the feature's value does; they sum to 100"
    yield OwnImportance("prediction values change", meaning, change)


def _sklearn(native: Any) -> Iterator[OwnImportance]:
    if hasattr(native, "_predictors"):
        yield _histogram_gain(native)
        return
    if not hasattr(native, "feature_importances_"):
        return
    name = CRITERIA.get(getattr(native, "criterion", ""), "impurity decrease")
    meaning = "fall of impurity of the training rows at the feature's splits, weighted by their share; sums to 1"
    yield OwnImportance(name, meaning, np.asarray(native.feature_importances_, np.float64), stderr=_over_trees(native))


def _over_trees(native: Any) -> Floats | None:
    """Standard error of the mean over the trees of a forest, which are grown independently; none for boosting."""
    trees = getattr(native, "estimators_", None)
    if not hasattr(native, "max_samples") or not isinstance(trees, list) or len(trees) < 2:
        return None
    each = np.array([tree.feature_importances_ for tree in trees if tree.tree_.node_count > 1])
    return None if len(each) < 2 else np.asarray(each.std(axis=0, ddof=1) / np.sqrt(len(each)))


def _histogram_gain(native: Any) -> OwnImportance:
    from pellucid.models.hist_gradient_boosting import column_order

    order = column_order(native)
    total = np.zeros(len(order))
    for predictor in (one for iteration in native._predictors for one in iteration):
        inner = predictor.nodes[predictor.nodes["is_leaf"] == 0]
        np.add.at(total, order[inner["feature_idx"]], inner["gain"])
    return OwnImportance("gain", "fall of the training loss, added up over a feature's splits", total)


def _of_trees(forest: Forest, known: set[str]) -> Iterator[OwnImportance]:
    inner = forest.feature >= 0
    features = forest.feature[inner]
    splits = added(features, np.ones(len(features)), forest.n_features)
    if "splits" not in known:
        yield OwnImportance("splits", "how many splits ask for the feature, counted in the trees", splits)
    weight = forest.cover[inner]
    if np.isfinite(weight).all() and (weight >= 0).all() and weight.any():
        cover = added(features, weight, forest.n_features)
        yield OwnImportance(
            "total cover", "training weight of the rows that meet the feature, added up over its splits", cover
        )
