"""Any fitted scikit-learn estimator, by what it offers: probabilities, else scores, else predictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import UnsupportedModelError
from pellucid.core.model import Model
from pellucid.core.tables import Table
from pellucid.models.sklearn_common import LIBRARY, check_fitted, columns_of, kind_of, rows_for
from pellucid.models.sklearn_digest import content_digest
from pellucid.models.sklearn_linear import linear_form

__all__ = ["Face", "adapt", "face_of"]

WHY_NO_TREES = {"AdaBoostRegressor": "it predicts the weighted median of its trees, which is no sum"}


@dataclass(frozen=True)
class Face:
    """Which method of an estimator answers, and what its answer means.

    Parameters
    ----------
    method : ``"predict_proba"``, ``"decision_function"``, ``"predict"``, ``"transform"`` or ``"score_samples"``.
    names, unit : of the outputs.
    shape : makes the method's answer (rows, outputs).
    """

    method: str
    names: tuple[str, ...]
    unit: str
    shape: Callable[[Any], Any] = np.asarray


def adapt(native: Any) -> Model:
    """Model of a fitted estimator.

    Units, first match wins: ``"probability"`` of every class; ``"score"`` of decision_function; ``"indicator"``, 1 for
    the predicted class, of classifiers that only predict; ``"distance"`` to every centre, of clusterings that have
    them; ``"target"``; ``"score"`` of score_samples. A search (GridSearchCV and kin) is its best estimator.

    Raises
    ------
    ModelError : not fitted.
    UnsupportedModelError : it predicts nothing, or only cluster numbers.
    """
    check_fitted(native)
    inner = _delegate(native)
    if inner is not None:
        return inner
    face = face_of(native)
    names, number = columns_of(native)
    classes = getattr(native, "classes_", None)

    def predict(table: Table) -> Any:
        return face.shape(getattr(native, face.method)(rows_for(native, table, copy=True)))

    return Model(
        kind=kind_of(native),
        native=native,
        predict_native=predict,
        output_names=face.names,
        unit=face.unit,
        feature_names=names,
        n_features=number,
        library=LIBRARY,
        no_trees=WHY_NO_TREES.get(type(native).__name__),
        linear=linear_form(native),
        classes=tuple(classes) if face.unit == "probability" and _are_labels(classes) else None,
        digest=content_digest(native),
    )


def face_of(native: Any) -> Face:
    """What a fitted estimator answers with.

    Raises
    ------
    UnsupportedModelError : it predicts nothing, or only cluster numbers.
    """
    from sklearn.base import ClusterMixin, is_classifier

    classes = getattr(native, "classes_", None)
    if hasattr(native, "predict_proba"):
        return Face("predict_proba", _probability_names(native, classes), "probability", _side_by_side)
    if hasattr(native, "decision_function"):
        return Face("decision_function", _score_names(native, classes), "score")
    if is_classifier(native) and hasattr(native, "predict") and classes is not None:
        labels = np.asarray(classes)
        return Face("predict", _text(labels), "indicator", lambda answer: np.asarray(answer)[:, np.newaxis] == labels)
    if isinstance(native, ClusterMixin):
        return _distances(native)
    if hasattr(native, "predict"):
        return Face("predict", _numbered("target", _width(native, "predict")), "target")
    if hasattr(native, "score_samples") and not hasattr(native, "transform"):
        return Face("score_samples", ("score",), "score")
    raise UnsupportedModelError(
        f"{kind_of(native)} has none of predict_proba, decision_function, predict and score_samples; "
        f"pass the model that makes the predictions, or a function from rows to numbers."
    )


def _delegate(native: Any) -> Model | None:
    """The model inside a search or a frozen estimator, which predicts exactly what that predicts."""
    from sklearn.model_selection._search import BaseSearchCV

    from pellucid.models.adapt import as_model

    if isinstance(native, BaseSearchCV):
        inner = getattr(native, "best_estimator_", None)
    else:
        inner = native.estimator if type(native).__name__ == "FrozenEstimator" else None
    if inner is None:
        return None
    model = as_model(inner)
    return replace(model, kind=f"{kind_of(native)} of {model.kind}", native=native)


def _probability_names(native: Any, classes: Any) -> tuple[str, ...]:
    if _are_labels(classes):
        return _text(classes)
    width = _width(native, "predict_proba")
    if isinstance(classes, list):
        names = tuple(f"target {k}: {label}" for k, labels in enumerate(classes) for label in labels)
        return names if width == len(names) else _numbered("target", width)
    return _numbered("component", int(getattr(native, "n_components", width)))


def _are_labels(classes: Any) -> TypeGuard[NDArray[Any]]:
    return isinstance(classes, np.ndarray) and classes.ndim == 1


def _score_names(native: Any, classes: Any) -> tuple[str, ...]:
    if classes is None:
        return ("score",)
    labels = _text(np.asarray(classes))
    if len(labels) == 2:
        return labels[1:]
    if getattr(native, "decision_function_shape", None) == "ovo":
        return tuple(f"{a} or {b}" for a, b in combinations(labels, 2))
    return labels


def _distances(native: Any) -> Face:
    if not hasattr(native, "transform") or not hasattr(native, "predict"):
        raise UnsupportedModelError(
            f"{kind_of(native)} answers with cluster numbers, which are no quantity; pass a function from rows to one, "
            f"such as the distance to a cluster or whether a row belongs to it."
        )
    return Face("transform", _numbered("distance to cluster", _width(native, "transform"), always=True), "distance")


def _width(native: Any, method: str) -> int:
    """Number of outputs: what the estimator says, or what it answers on one row of zeros; 1 where neither tells."""
    if method == "predict" and hasattr(native, "n_outputs_"):
        return int(native.n_outputs_)
    names, number = columns_of(native)
    if number is None:
        return 1
    columns = names or tuple(f"x{j}" for j in range(number))
    zeros = rows_for(native, Table(np.zeros((1, number)), columns, False, "numpy"))
    try:
        with np.errstate(all="ignore"):
            answer = _side_by_side(getattr(native, method)(zeros))
    except (ValueError, TypeError, KeyError):  # it wants other things than numbers
        return 1
    return int(answer.shape[1]) if answer.ndim == 2 else 1


def _side_by_side(answer: Any) -> NDArray[np.float64]:
    return np.hstack(answer) if isinstance(answer, list) else np.asarray(answer)


def _numbered(name: str, count: int, *, always: bool = False) -> tuple[str, ...]:
    return (name,) if count == 1 and not always else tuple(f"{name} {k}" for k in range(count))


def _text(labels: Any) -> tuple[str, ...]:
    return tuple(str(label) for label in labels)
