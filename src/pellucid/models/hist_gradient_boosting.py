"""scikit-learn's histogram gradient boosting, read exactly.

Numbers are compared in float64 by ``x <= threshold``; categories are first encoded by the model's own encoder, where
unknown ones become missing; missing values follow the side learnt in training. Sources: Ke et al. (2017) for the
algorithm; layout from scikit-learn 1.4–1.9.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.forest import Decision, Forest
from pellucid.core.links import Exponential
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
    unreadable,
)
from pellucid.models.sklearn_digest import content_digest

__all__ = ["adapt", "column_order"]

UNITS = {"IdentityLink": "target", "LogLink": "log(target)"}


def adapt(native: Any) -> Model:
    """Model of a fitted HistGradientBoostingRegressor or HistGradientBoostingClassifier.

    Units: ``"target"``, ``"log(target)"`` (Poisson and gamma), ``"log-odds"`` (binary), ``"logit"`` (multiclass).

    Raises
    ------
    ModelError : not fitted.
    """
    check_fitted(native)
    names, number = columns_of(native)
    output_names, unit = _outputs(native)
    order = column_order(native)
    encoder = _encoder(native)
    categories = content_digest([] if encoder is None else encoder.named_transformers_["encoder"].categories_)

    def encode(table: Table) -> NDArray[np.float64]:
        if encoder is None:
            return matrix_for(native, table, np.float64, allow_nan=True, allow_inf=True)
        encoded = np.empty(table.shape)
        try:
            encoded[:, order] = encoder.transform(rows_for(native, table))
        except (ValueError, TypeError) as error:
            raise unreadable(native, table, error, np.flatnonzero(~native.is_categorical_).tolist()) from error
        return encoded

    @cache
    def parse() -> Forest:
        parts = [
            _part(predictor, order, output=k)
            for iteration in native._predictors
            for k, predictor in enumerate(iteration)
        ]
        return join_trees(parts, base=native._baseline_prediction.ravel(), n_features=len(order))

    predict = native.decision_function if hasattr(native, "classes_") else native._raw_predict
    return Model(
        kind=kind_of(native),
        native=native,
        predict_native=explained_failure(lambda table: predict(rows_for(native, table)), encode),
        output_names=output_names,
        unit=unit,
        feature_names=names,
        n_features=number,
        library=LIBRARY,
        trees=TreeForm(parse, encode),
        response=_response(native, unit),
        classes=tuple(native.classes_) if hasattr(native, "classes_") else None,
        digest=None if categories is None else lambda: categories() + forest_bytes(parse()),
    )


def _outputs(native: Any) -> tuple[tuple[str, ...], str]:
    if not hasattr(native, "classes_"):
        return ("target",), UNITS.get(type(native._loss.link).__name__, "score")
    labels = tuple(str(label) for label in native.classes_)
    if native.n_trees_per_iteration_ == 1:
        return labels[-1:], "log-odds"
    return labels, "logit"


def _response(native: Any, unit: str) -> Response | None:
    if unit == "log(target)":
        return Response("target", Exponential(), lambda table: native.predict(rows_for(native, table)))
    return probability_response(native, unit)


def _encoder(native: Any) -> Any:
    """The step that encodes categories, None where the model has none."""
    return getattr(native, "_preprocessor", None)


def column_order(native: Any) -> NDArray[np.int_]:
    """(encoded columns,) the caller's column behind each: the encoder moves categorical columns to the front."""
    if _encoder(native) is None:
        return np.arange(native.n_features_in_)
    categorical = np.asarray(native.is_categorical_, dtype=np.bool_)
    return np.concatenate([np.flatnonzero(categorical), np.flatnonzero(~categorical)])


def _part(predictor: Any, order: NDArray[np.int_], *, output: int) -> TreePart:
    nodes = predictor.nodes
    leaf = nodes["is_leaf"].astype(np.bool_)
    by_category = nodes["is_categorical"].astype(np.bool_) & ~leaf
    return TreePart(
        feature=order[np.where(leaf, 0, nodes["feature_idx"])],
        threshold=nodes["num_threshold"],
        left=np.where(leaf, -1, nodes["left"].astype(np.int64)),
        right=np.where(leaf, -1, nodes["right"].astype(np.int64)),
        default_left=nodes["missing_go_to_left"].astype(np.bool_),
        cover=nodes["count"].astype(np.float64),
        value=nodes["value"][:, np.newaxis],
        decision=np.where(by_category, Decision.IN_SET, Decision.LESS_EQUAL_F64).astype(np.uint8),
        sets=predictor.raw_left_cat_bitsets,
        set_of=np.where(by_category, nodes["bitset_idx"].astype(np.int64), -1),
        output=output,
    )
