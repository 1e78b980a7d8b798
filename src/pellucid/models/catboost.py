"""CatBoost: all its classes, with their raw formula value as the prediction."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import UnsupportedModelError
from pellucid.core.links import Exponential, Link, Logistic, Softmax
from pellucid.core.model import Model, Response, TreeForm
from pellucid.core.tables import Table
from pellucid.models.catboost_rows import CatBoostRows
from pellucid.models.catboost_trees import read_forest, read_one_hot_hashes, statistics_columns

__all__ = ["adapt"]

#: trees of more nodes than this are not written out: about 1 GiB for one output
MOST_NODES = 2**24


class Loss(NamedTuple):
    """What a raw value means, and what an output is called."""

    unit: str
    output: str


TARGET, LOG_TARGET, SCORE = Loss("target", "target"), Loss("log(target)", "target"), Loss("score", "score")
#: loss function → its raw values; any other is a score
LOSSES = {
    "RMSE": TARGET,
    "RMSEWithUncertainty": TARGET,
    "MAE": TARGET,
    "MAPE": TARGET,
    "RMSPE": TARGET,
    "Quantile": TARGET,
    "GroupQuantile": TARGET,
    "MultiQuantile": TARGET,
    "Expectile": TARGET,
    "Huber": TARGET,
    "Lq": TARGET,
    "LogCosh": TARGET,
    "MultiRMSE": TARGET,
    "MultiRMSEWithMissingValues": TARGET,
    "LogLinQuantile": LOG_TARGET,
    "Poisson": LOG_TARGET,
    "Tweedie": LOG_TARGET,
    "SurvivalAft": LOG_TARGET,
    "Cox": Loss("log(hazard ratio)", "hazard"),
    "Logloss": Loss("log-odds", "class"),
    "Focal": Loss("log-odds", "class"),
    "CrossEntropy": Loss("log-odds", "target"),
    "MultiClass": Loss("logit", "class"),
    "MultiClassOneVsAll": Loss("log-odds", "class"),
    "MultiLogloss": Loss("log-odds", "class"),
    "MultiCrossEntropy": Loss("log-odds", "class"),
}


def adapt(native: Any) -> Model:
    """Read a CatBoost model.

    Parameters
    ----------
    native : a fitted or loaded CatBoost, CatBoostClassifier, CatBoostRegressor or CatBoostRanker.

    Returns
    -------
    Model whose prediction is the object's own ``RawFormulaVal``, of all trees that training kept.

    Raises
    ------
    UnsupportedModelError : the model is not fitted, or was trained on columns of embeddings.
    """
    kind = f"catboost.{type(native).__name__}"
    names = _feature_names(native, kind)
    # CatBoost writes no JSON of a model on texts, and that of huge trees would fill the memory
    readable = not native.get_text_feature_indices() and _node_count(native) <= MOST_NODES
    dump = _export(native) if readable and native.get_cat_feature_indices() else None
    rows = CatBoostRows(
        names=names,
        categorical=frozenset(native.get_cat_feature_indices()),
        text=frozenset(native.get_text_feature_indices()),
        hashes={} if dump is None else read_one_hot_hashes(dump),
    )
    refusal = _refusal(native, names, dump)
    loss = _loss(native)
    return Model(
        kind=kind,
        native=native,
        predict_native=_predict(native, rows),
        output_names=_output_names(native, loss),
        unit=LOSSES.get(loss["type"], SCORE).unit,
        feature_names=None if names == tuple(str(j) for j in range(len(names))) else names,
        n_features=len(names),
        library="catboost",
        trees=None if refusal else TreeForm(lambda: read_forest(_export(native), len(names)), rows.encode),
        no_trees=refusal,
        response=_response(native, rows, loss),
        classes=_classes(native, loss),
        digest=lambda: _digest(native, readable),
    )


def _feature_names(native: Any, kind: str) -> tuple[str, ...]:
    if not native.is_fitted() or not native.tree_count_:
        raise UnsupportedModelError(f"this {kind} has no trees yet; train it first, with fit(X, y).")
    names = tuple(native.feature_names_)
    embedded = native.get_embedding_feature_indices()
    if embedded:
        raise UnsupportedModelError(
            f"this {kind} was trained on embeddings in {_some(embedded, names)}, a vector in each cell, which tables "
            f"here do not hold; explain a function from the rows' other columns to predictions."
        )
    return names


def _export(native: Any) -> Mapping[str, Any]:
    return dict(json.loads(_saved(native, "json")))


def _saved(native: Any, form: str) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        native.save_model(str(path), format=form)
        return path.read_bytes()


def _digest(native: Any, readable: bool) -> bytes:
    """The trees and all they read; what else CatBoost saves are the settings and the time of training."""
    if not readable:
        return _saved(native, "cbm")
    dump = _export(native)
    return json.dumps({key: dump[key] for key in sorted(dump) if key != "model_info"}, sort_keys=True).encode()


def _refusal(native: Any, names: tuple[str, ...], dump: Mapping[str, Any] | None) -> str | None:
    """Why the model has no exact tree form, if it has none."""
    texts = native.get_text_feature_indices()
    if texts:
        return f"it computes features from the texts in {_some(texts, names)}, which are no splits on the columns"
    statistics = statistics_columns(dump) if dump else []
    if statistics:
        return (
            f"it replaces the categories in {_some(statistics, names)} by statistics of the target (CTRs), which are "
            f"no splits on the columns; train it with one_hot_max_size=255 to read its trees"
        )
    nodes = _node_count(native)
    if nodes > MOST_NODES:
        return (
            f"its trees have {nodes:,} nodes when written out, where {MOST_NODES:,} are read at most; train it with a "
            f"smaller depth to read its trees"
        )
    return None


def _node_count(native: Any) -> int:
    """Nodes of all trees when written out: a tree has one node less than twice its leaves."""
    return 2 * int(np.sum(native.get_tree_leaf_counts())) - int(native.tree_count_)


def _some(columns: list[int], names: tuple[str, ...]) -> str:
    return ", ".join(repr(names[j]) for j in columns[:8]) + (", …" if len(columns) > 8 else "")


def _predict(native: Any, rows: CatBoostRows, kind: str = "RawFormulaVal") -> Callable[[Table], NDArray[np.float64]]:
    jobs = native.get_params().get("thread_count")
    threads = jobs if isinstance(jobs, int) and jobs > 0 else -1

    def predict_rows(table: Table) -> NDArray[np.float64]:
        from catboost import CatBoost

        # a ranker's own predict gives no choice, and gives the same
        raw = CatBoost.predict(native, rows.native(table), prediction_type=kind, thread_count=threads)
        return np.asarray(raw, dtype=np.float64)

    return predict_rows


#: unit of the raw value → what CatBoost makes of it: name, unit of its own, link, prediction type
RESPONSES: Mapping[str, tuple[str, str | None, Link, str]] = {
    "log-odds": ("probability", None, Logistic(), "Probability"),
    "logit": ("probability", None, Softmax(), "Probability"),
    "log(target)": ("target", None, Exponential(), "Exponent"),
    "log(hazard ratio)": ("target", "hazard ratio", Exponential(), "Exponent"),
}


def _response(native: Any, rows: CatBoostRows, loss: Mapping[str, Any]) -> Response | None:
    unit = LOSSES.get(loss["type"], SCORE).unit
    if unit not in RESPONSES:
        return None
    name, shown, link, kind = RESPONSES[unit]
    answer = _predict(native, rows, kind)
    if loss["type"] in ("Logloss", "Focal", "CrossEntropy"):
        return Response(name, link, lambda table: answer(table)[:, 1:])
    return Response(name, link, answer, shown)


def _classes(native: Any, loss: Mapping[str, Any]) -> tuple[Any, ...] | None:
    labels = tuple(native.classes_)
    return labels if loss["type"] in ("Logloss", "Focal", "MultiClass", "MultiClassOneVsAll") and labels else None


def _loss(native: Any) -> dict[str, Any]:
    """Type and parameters of the loss function as the model itself keeps them; a sum of models has no others."""
    kept = dict(native.get_metadata().items())
    loss = json.loads(kept["params"])["loss_function"] if "params" in kept else kept.get("loss_function", "{}")
    return {"type": "", "params": {}, **(json.loads(loss) if isinstance(loss, str) else loss)}


def _output_names(native: Any, loss: Mapping[str, Any]) -> tuple[str, ...]:
    count = len(native.get_leaf_values()) // int(np.sum(native.get_tree_leaf_counts()))
    name = LOSSES.get(loss["type"], SCORE).output
    classes = [str(label) for label in native.classes_]
    if name != "target" and len(classes) == count:
        return tuple(classes)
    if name != "target" and count == 1 and len(classes) == 2:
        return (classes[1],)
    quantiles = str(loss["params"].get("alpha", "")).split(",")
    if loss["type"] == "MultiQuantile" and len(quantiles) == count:
        return tuple(f"quantile {float(alpha):g}" for alpha in quantiles)
    if loss["type"] == "RMSEWithUncertainty" and count == 2:
        return ("target", "log(standard deviation)")
    name = "target" if name == "class" else name
    return (name,) if count == 1 else tuple(f"{name} {i}" for i in range(count))
