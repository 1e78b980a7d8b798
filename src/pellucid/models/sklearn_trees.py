"""scikit-learn's trees, forests, gradient boosting and isolation forests, read exactly.

All of them cast their input to float32 and send ``x <= threshold`` to the left. Sources: Breiman (2001), Geurts, Ernst
and Wehenkel (2006), Friedman (2001), Liu, Ting and Zhou (2008), Zhu et al. (2009); layouts from scikit-learn 1.4–1.9.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import UnsupportedModelError
from pellucid.core.forest import Decision, Forest
from pellucid.core.links import Exponential, Logistic, Softmax
from pellucid.core.model import Model, Response, TreeForm
from pellucid.core.tables import Table
from pellucid.models.join_trees import TreePart, forest_bytes, join_trees
from pellucid.models.sklearn_common import (
    LIBRARY,
    check_fitted,
    columns_of,
    explained_failure,
    kind_of,
    matrix_for,
    probability_response,
    rows_for,
)

__all__ = ["adapt"]


@dataclass(frozen=True)
class Reading:
    """How to read one family of models.

    Parameters
    ----------
    predict : the raw, tree-additive prediction for rows as the library takes them.
    parts : its trees, from the fitted model.
    base : (outputs,) what they are added to; None is zero.
    names, unit : of the outputs.
    refused : why the trees cannot be read exactly; None when they can.
    response : what the library makes of the raw prediction, where that is not what its unit says.
    """

    predict: Callable[[Any], Any]
    parts: Callable[[], list[TreePart]]
    names: tuple[str, ...]
    unit: str
    base: Callable[[], NDArray[np.float64]] | None = None
    refused: str | None = None
    response: Response | None = None


def adapt(native: Any) -> Model:
    """Model of a fitted tree, forest, gradient boosting, AdaBoost classifier or isolation forest.

    Units: ``"target"`` for regression, ``"probability"`` of every class for trees and forests, ``"log-odds"`` (binary)
    or ``"logit"`` (multiclass) for gradient boosting, ``"half log-odds"`` for its exponential loss, ``"vote margin"``
    for AdaBoost, ``"mean path length"`` for isolation forests: 2^(−h/c) is no sum of trees, the mean path length h is.

    Raises
    ------
    ModelError : not fitted.
    UnsupportedModelError : it does not predict (RandomTreesEmbedding).
    """
    check_fitted(native)
    reading = _reading(native)
    names, number = columns_of(native)
    allow_nan = _allows_nan(native)
    isolation = reading.unit == PATH_LENGTH

    def encode(table: Table) -> NDArray[np.float64]:
        return matrix_for(native, table, np.float32, allow_nan=allow_nan, allow_inf=isolation and allow_nan)

    @cache
    def parse() -> Forest:
        base = np.zeros(len(reading.names)) if reading.base is None else reading.base()
        return join_trees(reading.parts(), base=base, n_features=int(native.n_features_in_))

    return Model(
        kind=kind_of(native),
        native=native,
        predict_native=explained_failure(lambda table: reading.predict(rows_for(native, table)), encode),
        output_names=reading.names,
        unit=reading.unit,
        feature_names=names,
        n_features=number,
        library=LIBRARY,
        trees=None if reading.refused else TreeForm(parse, encode),
        no_trees=reading.refused,
        response=reading.response or probability_response(native, reading.unit),
        classes=_classes(native),
        digest=None if reading.refused else lambda: forest_bytes(parse()),
    )


PATH_LENGTH = "mean path length"


def _reading(native: Any) -> Reading:
    from sklearn.ensemble import AdaBoostClassifier, IsolationForest, RandomTreesEmbedding
    from sklearn.ensemble._gb import BaseGradientBoosting

    if isinstance(native, RandomTreesEmbedding):
        raise UnsupportedModelError(
            "sklearn.RandomTreesEmbedding transforms rows and predicts nothing; put it in a pipeline before a model."
        )
    if isinstance(native, IsolationForest):
        return _isolation(native)
    if isinstance(native, BaseGradientBoosting):
        return _gradient_boosting(native)
    if isinstance(native, AdaBoostClassifier):
        return _adaboost(native)
    return _averaged(native)


def _averaged(native: Any) -> Reading:
    """A single tree, or the mean of a forest's trees; leaves hold all outputs."""
    trees = getattr(native, "estimators_", [native])

    def parts() -> list[TreePart]:
        return [_part(tree.tree_, _leaf_means(tree) / len(trees)) for tree in trees]

    if not hasattr(native, "predict_proba"):
        outputs = int(native.n_outputs_)
        names = ("target",) if outputs == 1 else tuple(f"target {k}" for k in range(outputs))
        return Reading(native.predict, parts, names, "target")

    def probabilities(rows: Any) -> NDArray[np.float64]:
        answer = native.predict_proba(rows)
        return np.hstack(answer) if isinstance(answer, list) else answer

    return Reading(probabilities, parts, _class_names(native), "probability")


def _class_names(native: Any) -> tuple[str, ...]:
    if native.n_outputs_ == 1:
        return tuple(str(label) for label in native.classes_)
    return tuple(f"target {k}: {label}" for k, labels in enumerate(native.classes_) for label in labels)


def _classes(native: Any) -> tuple[Any, ...] | None:
    labels = getattr(native, "classes_", None)
    return tuple(labels) if isinstance(labels, np.ndarray) else None


def _leaf_means(tree: Any) -> NDArray[np.float64]:
    """(nodes, outputs) the mean target, or the class fractions of every output side by side."""
    values = tree.tree_.value
    if not hasattr(tree, "classes_"):
        return np.array(values[:, :, 0])
    return np.concatenate([_fractions(values[:, k, :n]) for k, n in enumerate(np.atleast_1d(tree.n_classes_))], axis=1)


def _fractions(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Class fractions of one output; a tree from before scikit-learn 1.3 holds class weights instead."""
    if abs(values[0].sum() - 1) < 1e-6:
        return values
    total = values.sum(axis=1, keepdims=True)
    return values / np.where(total == 0, 1, total)


def _gradient_boosting(native: Any) -> Reading:
    estimators, rate = native.estimators_, native.learning_rate
    outputs = estimators.shape[1]

    def parts() -> list[TreePart]:
        return [
            _part(tree.tree_, rate * tree.tree_.value[:, :, 0], output=k)
            for stage in estimators
            for k, tree in enumerate(stage)
        ]

    def base() -> NDArray[np.float64]:
        return np.asarray(native._raw_predict_init(np.zeros((1, native.n_features_in_), dtype=np.float32))[0])

    refused = None if _constant_start(native.init_) else _WHY_INIT.format(type(native.init_).__name__)
    if not hasattr(native, "classes_"):
        return Reading(native.predict, parts, ("target",), "target", base, refused)
    labels = tuple(str(label) for label in native.classes_)
    if outputs > 1:
        return Reading(native.decision_function, parts, labels, "logit", base, refused)
    unit = "half log-odds" if native.loss == "exponential" else "log-odds"
    return Reading(native.decision_function, parts, labels[-1:], unit, base, refused)


_WHY_INIT = "it starts from init={}(), whose own part cannot be read; refit with init=None or init='zero'"


def _constant_start(init: Any) -> bool:
    """Whether the boosting starts from a number, as the defaults do, and not from another model's predictions."""
    from sklearn.dummy import DummyClassifier, DummyRegressor

    if isinstance(init, DummyClassifier):
        return bool(init.strategy != "stratified")
    return isinstance(init, DummyRegressor) or (isinstance(init, str) and init == "zero")


def _adaboost(native: Any) -> Reading:
    """AdaBoost (SAMME) over trees: each adds its weight to the class it predicts and takes w/(K−1) from the others."""
    from sklearn.tree import DecisionTreeClassifier

    labels = tuple(str(label) for label in native.classes_)
    names = labels[-1:] if len(labels) == 2 else labels
    weights = native.estimator_weights_[: len(native.estimators_)] / native.estimator_weights_.sum()

    def parts() -> list[TreePart]:
        pairs = zip(native.estimators_, weights, strict=True)
        return [_part(tree.tree_, _votes(tree, weight, native)) for tree, weight in pairs]

    refused = None
    if not all(isinstance(tree, DecisionTreeClassifier) for tree in native.estimators_):
        refused = f"it boosts {type(native.estimators_[0]).__name__}, which is no tree"
    elif getattr(native, "algorithm", "SAMME") == "SAMME.R" or len(labels) == 1:
        refused = "only AdaBoost's SAMME form with two classes or more is read"
    return Reading(native.decision_function, parts, names, "vote margin", None, refused, _vote_response(native, labels))


def _vote_response(native: Any, labels: tuple[str, ...]) -> Response:
    """AdaBoost's predict_proba is the softmax of its votes over K − 1."""

    def answer(table: Table) -> NDArray[np.float64]:
        probabilities = np.asarray(native.predict_proba(rows_for(native, table)))
        return probabilities[:, 1:] if len(labels) == 2 else probabilities

    return Response("probability", Logistic() if len(labels) == 2 else Softmax(1 / max(1, len(labels) - 1)), answer)


def _votes(tree: Any, weight: float, native: Any) -> NDArray[np.float64]:
    chosen = tree.classes_[np.argmax(tree.tree_.value[:, 0, :], axis=1)]
    hits = chosen[:, np.newaxis] == native.classes_
    votes = np.where(hits, weight, -weight / (len(native.classes_) - 1))
    return votes[:, [1]] - votes[:, [0]] if len(native.classes_) == 2 else votes


def _isolation(native: Any) -> Reading:
    """Mean over trees of h(x) = depth of the leaf + c(training rows in the leaf)  (Liu et al. 2008, equation 1)."""
    trees = native.estimators_
    scale = float(_path_length(np.array([native.max_samples_]))[0])

    def predict(rows: Any) -> NDArray[np.float64]:
        # score_samples is −2^(−h/c): its logarithm gives the library's own h back
        return np.asarray(-scale * np.log2(-native.score_samples(rows)))

    def parts() -> list[TreePart]:
        return [
            _part(tree.tree_, _lengths(tree.tree_)[:, np.newaxis] / len(trees), columns=np.asarray(columns))
            for tree, columns in zip(trees, native.estimators_features_, strict=True)
        ]

    score = Response(
        "score",
        Exponential(-np.log(2) / scale),
        lambda table: -native.score_samples(rows_for(native, table)),
        unit="anomaly score",
        output_names=("anomaly score",),
    )
    return Reading(predict, parts, (PATH_LENGTH,), PATH_LENGTH, response=score)


def _lengths(tree: Any) -> NDArray[np.float64]:
    return np.asarray(tree.compute_node_depths() - 1 + _path_length(tree.n_node_samples), dtype=np.float64)


def _path_length(n: NDArray[np.int_]) -> NDArray[np.float64]:
    """c(n) = 2·(ln(n−1) + γ) − 2·(n−1)/n, the mean path of an unsuccessful search; c(1) = 0, c(2) = 1."""
    above = np.maximum(n, 3).astype(np.float64)
    general = 2 * (np.log(above - 1) + np.euler_gamma) - 2 * (above - 1) / above
    return np.where(n <= 1, 0.0, np.where(n == 2, 1.0, general))


def _part(
    tree: Any, value: NDArray[np.float64], *, output: int = 0, columns: NDArray[np.int_] | None = None
) -> TreePart:
    """One of scikit-learn's trees; ``columns`` are those it was given, where it saw only some."""
    leaf = tree.children_left < 0
    feature = np.where(leaf, 0, tree.feature)
    return TreePart(
        feature=feature if columns is None else columns[feature],
        threshold=tree.threshold,
        left=tree.children_left,
        right=tree.children_right,
        default_left=np.asarray(tree.missing_go_to_left, dtype=np.bool_),
        cover=tree.weighted_n_node_samples,
        value=value,
        decision=Decision.LESS_EQUAL_F32,
        output=output if value.shape[1] == 1 else -1,
    )


def _allows_nan(native: Any) -> bool:
    """Whether predict takes NaN, by the estimator's own word: most trees and forests do, gradient boosting does not."""
    if hasattr(native, "__sklearn_tags__"):
        return bool(native.__sklearn_tags__().input_tags.allow_nan)
    return bool(native._get_tags()["allow_nan"])
