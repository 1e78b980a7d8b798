"""LightGBM: boosters and the scikit-learn classes, with their raw score as the prediction."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import UnsupportedModelError
from pellucid.core.links import Exponential, Link, Logistic, Scaled, SignedSquare, Softmax
from pellucid.core.model import Model, Response, TreeForm
from pellucid.core.tables import Table, read_table
from pellucid.models.lightgbm_rows import LightGBMRows
from pellucid.models.lightgbm_text import Header, read_forest, read_header

__all__ = ["adapt"]

#: objective → unit of the raw score; any other is a score
UNITS = {
    "regression": "target",
    "regression_l1": "target",
    "huber": "target",
    "fair": "target",
    "quantile": "target",
    "mape": "target",
    "poisson": "log(target)",
    "gamma": "log(target)",
    "tweedie": "log(target)",
    "binary": "log-odds",
    "multiclassova": "log-odds",
    "cross_entropy": "log-odds",
    "multiclass": "logit",
}
CLASSES = ("binary", "multiclass", "multiclassova")


def adapt(native: Any) -> Model:
    """Read a LightGBM model.

    Parameters
    ----------
    native : a Booster, or a fitted LGBMClassifier, LGBMRegressor or LGBMRanker.

    Returns
    -------
    Model whose prediction is the object's own raw score: of the best iteration where training stopped early.

    Raises
    ------
    UnsupportedModelError : the model is not fitted.
    """
    kind = f"lightgbm.{type(native).__name__}"
    booster = _booster(native, kind)
    text = booster.model_to_string()
    header = read_header(text)
    rows = LightGBMRows(header.categorical, tuple(list(levels) for levels in booster.pandas_categorical or ()))
    refusal = _refusal(native, header)
    names = tuple(booster.feature_name())
    return _SpaceBlindModel(
        kind=kind,
        native=native,
        predict_native=_predict(native, booster, rows),
        output_names=_output_names(native, header),
        unit=_unit(header),
        feature_names=None if names == tuple(f"Column_{j}" for j in range(len(names))) else names,
        n_features=booster.num_feature(),
        library="lightgbm",
        trees=None if refusal else TreeForm(lambda: read_forest(text), rows.encode),
        no_trees=refusal,
        response=_response(native, booster, rows, header),
        classes=_classes(native, header),
        digest=lambda: _digest(text, rows),
    )


@dataclass(frozen=True, eq=False)
class _SpaceBlindModel(Model):
    """LightGBM writes the spaces in column names as underscores, and so forgets what the caller calls them."""

    def table(self, rows: object, *, what: str = "rows") -> Table:
        table = read_table(rows, what=what)
        written = [name.replace(" ", "_") for name in table.names]
        if self.feature_names is None or not table.named or len(set(written)) < len(written):
            return super().table(table, what=what)
        called = dict(zip(written, table.names, strict=True))
        aligned = super().table(table.renamed(written), what=what)
        return aligned.renamed([called[name] for name in aligned.names])


def _booster(native: Any, kind: str) -> Any:
    from sklearn.exceptions import NotFittedError

    try:
        booster = native.booster_ if hasattr(type(native), "booster_") else native
        trees = booster.num_trees()
    except NotFittedError:
        trees = 0
    if trees == 0:
        raise UnsupportedModelError(f"this {kind} has no trees yet; train it first, with fit(X, y) or lightgbm.train.")
    return booster


def _refusal(native: Any, header: Header) -> str | None:
    """Why the model has no exact tree form, if it has none."""
    if header.linear:
        return "linear_tree=True put a linear function of the columns into each leaf"
    if _settings(native).get("pred_early_stop"):
        return "pred_early_stop=True leaves out trees, not the same ones for all rows"
    return None


def _digest(text: str, rows: LightGBMRows) -> bytes:
    """The trees and the categories; what follows the trees are the settings of training, threads included."""
    return text[: text.find("\nend of trees")].encode() + json.dumps(rows.levels, default=str).encode()


def _settings(native: Any) -> dict[str, Any]:
    settings: dict[str, Any] = native.get_params() if hasattr(native, "get_params") else {}
    return settings


def _predict(
    native: Any, booster: Any, rows: LightGBMRows, *, raw: bool = True
) -> Callable[[Table], NDArray[np.float64]]:
    """The booster is asked, also for a scikit-learn class, which does the same but warns about arrays without names."""
    settings = {name: value for name, value in _settings(native).items() if name.startswith("pred_early_stop")}
    jobs = _settings(native).get("n_jobs")
    if isinstance(jobs, int) and jobs > 0:
        settings["num_threads"] = jobs

    def predict_rows(table: Table) -> NDArray[np.float64]:
        return np.asarray(booster.predict(rows.native(table), raw_score=raw, **settings), dtype=np.float64)

    return predict_rows


def _unit(header: Header) -> str:
    if header.averaged:
        return "sum over trees"
    name, *options = header.objective or ("",)
    if name == "regression" and "sqrt" in options:
        return "signed root of the target"
    return "score" if _steepness(header) != 1 else UNITS.get(name, "score")


def _steepness(header: Header) -> float:
    """The setting ``sigmoid``, which the raw score is multiplied by on the way to a probability."""
    options = [option for option in header.objective or () if option.startswith("sigmoid:")]
    return float(options[0].removeprefix("sigmoid:")) if options else 1.0


def _response(native: Any, booster: Any, rows: LightGBMRows, header: Header) -> Response | None:
    """predict is the link of the raw score, which for a forest is first divided by the number of its rounds."""
    name, *options = header.objective or ("",)
    rate = 1 / booster.current_iteration() if header.averaged else 1.0
    links: dict[str, Link] = {
        "log-odds": Logistic(_steepness(header) * rate),
        "logit": Softmax(rate),
        "log(target)": Exponential(rate),
        "target": SignedSquare(rate) if "sqrt" in options else Scaled(rate),
    }
    unit = UNITS.get(name)
    if unit is None or links[unit] == Scaled(1.0):
        return None
    scale = "target" if unit in ("target", "log(target)") else "probability"
    return Response(scale, links[unit], _predict(native, booster, rows, raw=False))


def _classes(native: Any, header: Header) -> tuple[Any, ...] | None:
    if not header.objective or header.objective[0] not in CLASSES:
        return None
    return tuple(getattr(native, "classes_", range(max(header.outputs, 2))))


def _output_names(native: Any, header: Header) -> tuple[str, ...]:
    objective = header.objective[0] if header.objective else ""
    classes = [str(label) for label in getattr(native, "classes_", range(max(header.outputs, 2)))]
    if objective in CLASSES or hasattr(native, "classes_"):
        if header.outputs == len(classes):
            return tuple(classes)
        if header.outputs == 1 and len(classes) == 2:
            return (classes[1],)
    name = "target" if objective in UNITS else "score"
    return (name,) if header.outputs == 1 else tuple(f"{name} {i}" for i in range(header.outputs))
