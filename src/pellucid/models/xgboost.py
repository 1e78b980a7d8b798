"""XGBoost: boosters and the scikit-learn classes, with their raw margin as the prediction."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import UnsupportedModelError
from pellucid.core.linear import Linear
from pellucid.core.links import Exponential, Link, Logistic, Softmax
from pellucid.core.model import LinearForm, Model, Response, TreeForm
from pellucid.core.tables import Table
from pellucid.models.xgboost_rows import XGBoostRows
from pellucid.models.xgboost_trees import read_category_names, read_forest, read_linear_weights

__all__ = ["adapt"]


class Objective(NamedTuple):
    """What a margin means, what its one output is called, and how the base score enters it."""

    unit: str
    output: str
    link: str


OBJECTIVES = {
    "reg:squarederror": Objective("target", "target", "identity"),
    "reg:linear": Objective("target", "target", "identity"),
    "reg:squaredlogerror": Objective("target", "target", "identity"),
    "reg:pseudohubererror": Objective("target", "target", "identity"),
    "reg:absoluteerror": Objective("target", "target", "identity"),
    "reg:quantileerror": Objective("target", "target", "identity"),
    "reg:logistic": Objective("log-odds", "target", "logit"),
    "binary:logistic": Objective("log-odds", "class", "logit"),
    "binary:logitraw": Objective("log-odds", "class", "identity"),
    "binary:hinge": Objective("score", "class", "identity"),
    "multi:softprob": Objective("logit", "class", "identity"),
    "multi:softmax": Objective("logit", "class", "identity"),
    "count:poisson": Objective("log(target)", "target", "log"),
    "reg:gamma": Objective("log(target)", "target", "log"),
    "reg:tweedie": Objective("log(target)", "target", "log"),
    "survival:aft": Objective("log(target)", "target", "log"),
    "survival:cox": Objective("log(hazard ratio)", "hazard", "log"),
    "rank:ndcg": Objective("score", "score", "identity"),
    "rank:map": Objective("score", "score", "identity"),
    "rank:pairwise": Objective("score", "score", "identity"),
}


def adapt(native: Any) -> Model:
    """Read an XGBoost model.

    Parameters
    ----------
    native : a Booster, or a fitted XGBClassifier, XGBRegressor, XGBRanker or one of their random-forest forms.

    Returns
    -------
    Model whose prediction is the raw margin of the object's own ``predict``: of the best iteration where a scikit-learn
    class stopped early, of all trees for a Booster.

    Raises
    ------
    UnsupportedModelError : the model is not fitted.
    """
    kind = f"xgboost.{type(native).__name__}"
    booster = _booster(native, kind)
    config = json.loads(booster.save_config())["learner"]
    objective = _objective(native, config)
    raw = bytes(booster.save_raw("json"))
    iterations, missing = _own_settings(native)
    rows = _rows(booster, raw, missing)
    refusal = _refusal(config, rows)
    names = booster.feature_names
    output_names = _output_names(native, config, objective)
    return Model(
        kind=kind,
        native=native,
        predict_native=_predict(native, booster, rows),
        output_names=output_names,
        unit=objective.unit,
        feature_names=None if names is None else tuple(names),
        n_features=booster.num_features(),
        library=_distribution(),
        trees=None
        if refusal
        else TreeForm(lambda: read_forest(raw, objective.link, iterations), rows.encode, float32_sums=True),
        no_trees=refusal,
        linear=_linear_form(booster, raw, rows) if config["gradient_booster"]["name"] == "gblinear" else None,
        response=_response(native, booster, rows, objective.unit),
        classes=_classes(native, objective, len(output_names)),
        digest=lambda: raw + repr((iterations, missing)).encode(),
    )


def _booster(native: Any, kind: str) -> Any:
    from sklearn.exceptions import NotFittedError
    from xgboost.core import XGBoostError

    try:
        booster = native.get_booster() if hasattr(native, "get_booster") else native
        rounds = booster.num_boosted_rounds()
    except (NotFittedError, XGBoostError):
        rounds = 0
    if rounds == 0:
        raise UnsupportedModelError(f"this {kind} has no trees yet; train it first, with fit(X, y) or xgboost.train.")
    return booster


def _own_settings(native: Any) -> tuple[int | None, float]:
    """Boosting rounds that the object's own predict uses (None is all), and the value that it takes for missing."""
    if not hasattr(native, "get_booster"):
        return None, np.nan
    best = getattr(native, "best_iteration", None)
    missing = native.missing
    return None if best is None else int(best) + 1, np.nan if missing is None else float(missing)


def _objective(native: Any, config: Mapping[str, Any]) -> Objective:
    if callable(getattr(native, "objective", None)):
        return Objective("score", "score", "identity")
    return OBJECTIVES.get(config["objective"]["name"], Objective("score", "score", "unknown"))


def _rows(booster: Any, raw: bytes, missing: float) -> XGBoostRows:
    import xgboost

    types = booster.feature_types or ["q"] * booster.num_features()
    release = tuple(int(part) for part in xgboost.__version__.split(".")[:2])
    return XGBoostRows(
        tuple(kind == "c" for kind in types), lambda: read_category_names(raw), missing, release >= (3, 4)
    )


def _refusal(config: Mapping[str, Any], rows: XGBoostRows) -> str | None:
    """Why the model has no exact tree form, if it has none."""
    if config["gradient_booster"]["name"] == "gblinear":
        return "its booster is gblinear, a linear function"
    name = config["objective"]["name"]
    if name not in OBJECTIVES:
        return f"it is not known how the base score enters the margin of its objective {name!r}"
    if any(rows.categorical) and rows.missing >= 0 and rows.missing.is_integer():
        return (
            f"its missing={rows.missing:g} also hides the category with that code, which differs from frame to frame; "
            f"train it with missing=NaN to read its trees"
        )
    return None


def _predict(native: Any, booster: Any, rows: XGBoostRows) -> Callable[[Table], NDArray[np.float32]]:
    def predict_rows(table: Table) -> NDArray[np.float32]:
        rows.encode(table)  # says in one sentence what is wrong with the rows
        data = rows.native(table)
        if native is not booster and native.booster != "gblinear":
            margin = native.predict(data, output_margin=True, validate_features=False)
        else:
            margin = booster.predict(_matrix(data, rows), output_margin=True, validate_features=False)
        return np.asarray(margin, dtype=np.float32)

    return predict_rows


#: unit of the margin → what predict makes of it: name, unit of its own, link
RESPONSES: Mapping[str, tuple[str, str | None, Link]] = {
    "log-odds": ("probability", None, Logistic()),
    "logit": ("probability", None, Softmax()),
    "log(target)": ("target", None, Exponential()),
    "log(hazard ratio)": ("target", "hazard ratio", Exponential()),
}


def _response(native: Any, booster: Any, rows: XGBoostRows, unit: str) -> Response | None:
    if unit not in RESPONSES:
        return None
    name, shown, link = RESPONSES[unit]
    objective = json.loads(booster.save_config())["learner"]["objective"]["name"]
    if objective in ("multi:softmax", "binary:logitraw"):  # their predict answers with a class or with the margin
        return Response(name, link, unit=shown)

    def predict_rows(table: Table) -> NDArray[np.float64]:
        data = rows.native(table)
        if native is booster or native.booster == "gblinear":
            return np.asarray(booster.predict(_matrix(data, rows), validate_features=False), dtype=np.float64)
        probabilities = hasattr(native, "predict_proba")
        answer = native.predict_proba(data, validate_features=False) if probabilities else native.predict(data)
        return np.asarray(answer, dtype=np.float64)[:, 1:] if unit == "log-odds" and probabilities else answer

    return Response(name, link, predict_rows, shown)


def _classes(native: Any, objective: Objective, outputs: int) -> tuple[Any, ...] | None:
    if objective.output != "class":
        return None
    labels = getattr(native, "classes_", range(max(outputs, 2)))
    return tuple(labels) if len(labels) == max(outputs, 2) else None


def _linear_form(booster: Any, raw: bytes, rows: XGBoostRows) -> LinearForm:
    """gblinear leaves missing values out of its sum, so its answer to a row of nothing else is the intercept.

    That includes the base score, which for several outputs is not in all releases the one that the model stores.
    """

    def parse() -> Linear:
        nothing = np.full((1, booster.num_features()), np.nan, dtype=np.float32)
        margin = booster.predict(_matrix(nothing, rows), output_margin=True, validate_features=False)
        return Linear(read_linear_weights(raw), np.asarray(margin, dtype=np.float64).ravel())

    return LinearForm(parse, lambda table: np.nan_to_num(rows.encode(table), nan=0.0), float32_sums=True)


def _matrix(data: Any, rows: XGBoostRows) -> Any:
    from xgboost import DMatrix

    return DMatrix(data, missing=rows.missing, enable_categorical=any(rows.categorical))


def _output_names(native: Any, config: Mapping[str, Any], objective: Objective) -> tuple[str, ...]:
    parameters = config["learner_model_param"]
    count = max(int(parameters["num_class"]), int(parameters.get("num_target", "1")), 1)
    if objective.output == "class":
        classes = [str(label) for label in getattr(native, "classes_", range(max(count, 2)))]
        if len(classes) == count:
            return tuple(classes)
        if count == 1 and len(classes) == 2:
            return (classes[1],)
    quantiles = config["objective"].get("quantile_loss_param", {}).get("quantile_alpha", "").strip("[]()")
    if count > 1 and quantiles.count(",") == count - 1:
        return tuple(f"quantile {float(alpha):g}" for alpha in quantiles.split(","))
    name = "target" if objective.output == "class" else objective.output
    return (name,) if count == 1 else tuple(f"{name} {i}" for i in range(count))


def _distribution() -> str:
    """XGBoost comes as two distributions with one module."""
    try:
        version("xgboost")
    except PackageNotFoundError:
        return "xgboost-cpu"
    return "xgboost"
