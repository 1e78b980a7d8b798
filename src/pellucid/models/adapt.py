"""``as_model``: from whatever the caller has to one :class:`~pellucid.core.model.Model`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from pellucid.core.errors import UnsupportedModelError
from pellucid.core.model import Model

__all__ = ["as_model", "is_function"]

#: fully qualified class (as it or a base class is named) → the module whose ``adapt(native)`` reads it;
#: the first match along the method resolution order wins
ADAPTERS = {
    "xgboost.sklearn.XGBModel": "pellucid.models.xgboost",
    "xgboost.core.Booster": "pellucid.models.xgboost",
    "lightgbm.sklearn.LGBMModel": "pellucid.models.lightgbm",
    "lightgbm.basic.Booster": "pellucid.models.lightgbm",
    "catboost.core.CatBoost": "pellucid.models.catboost",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.BaseHistGradientBoosting": (
        "pellucid.models.hist_gradient_boosting"
    ),
    "sklearn.ensemble._gb.BaseGradientBoosting": "pellucid.models.sklearn_trees",
    "sklearn.ensemble._forest.BaseForest": "pellucid.models.sklearn_trees",
    "sklearn.ensemble._iforest.IsolationForest": "pellucid.models.sklearn_trees",
    "sklearn.ensemble._weight_boosting.AdaBoostClassifier": "pellucid.models.sklearn_trees",
    "sklearn.tree._classes.BaseDecisionTree": "pellucid.models.sklearn_trees",
    "sklearn.pipeline.Pipeline": "pellucid.models.sklearn_pipeline",
    "sklearn.base.BaseEstimator": "pellucid.models.sklearn",
}

#: the same for networks, whose inside is differentiated; by ``adapt_network(native, **what the caller says of it)``
NETWORKS = {
    "torch.nn.modules.module.Module": "pellucid.models.torch.adapter",
    "paddle.nn.layer.layers.Layer": "pellucid.models.paddle.adapter",
    "pellucid.models.jax.JaxFunction": "pellucid.models.jax",
}


def as_model(
    model: Any,
    *,
    rows: Any = None,
    output: str | int | Callable[[Any], Any] | None = None,
    output_names: Sequence[str] | None = None,
    unit: str | None = None,
    feature_names: Sequence[str] | None = None,
) -> Model:
    """One face for any model.

    Parameters
    ----------
    model : an XGBoost, LightGBM, CatBoost or scikit-learn model or pipeline, a torch module, a Paddle layer, a
        ``JaxFunction``, any function from rows to numbers, a Service, or a Model.
    rows : some rows, on which a module, function or Service whose ``output_names`` are not given is tried once.
    output : which output of a module that has several: its name or number, a function from what the module gives to
        (rows, outputs), or a ``Site`` of ``pellucid.models.torch.trace``, to explain a unit inside it.
    output_names, unit, feature_names : for modules and functions, which cannot tell.

    Raises
    ------
    UnsupportedModelError : not a model of a library read here, and not callable.
    ArgumentTypeError : a module or function, with neither ``output_names`` nor ``rows`` to try it on.
    """
    if isinstance(model, Model):
        return model
    if _is_service(model):
        asked: Model = model.model(rows)
        return asked
    network = _network(model)
    if network is not None:
        return _adapt_network(network)(
            model, rows=rows, output=output, output_names=output_names, unit=unit, feature_names=feature_names
        )
    module = _adapter(model)
    if module is not None:
        adapt: Callable[[Any], Model] = import_module(module).adapt
        return adapt(model)
    if is_function(model):
        from pellucid.models.callable import adapt_callable

        return adapt_callable(model, rows=rows, output_names=output_names, unit=unit, feature_names=feature_names)
    raise UnsupportedModelError(
        f"{type(model).__module__}.{type(model).__qualname__} is not a model that pellucid reads; "
        f"pass a fitted XGBoost, LightGBM, CatBoost or scikit-learn model, a torch module, a Paddle layer, or "
        f"a function from rows to predictions."
    )


def is_function(model: Any) -> bool:
    """Whether it is a function from rows to numbers, or a module, which have to be tried to tell their outputs."""
    if _is_service(model):
        return bool(model.output_names is None)
    return callable(model) and not isinstance(model, type | Model) and _adapter(model) is None


def _network(model: Any) -> str | None:
    return next((NETWORKS[name] for name in _class_names(model) if name in NETWORKS), None)


def _adapt_network(module: str) -> Callable[..., Model]:
    adapt: Callable[..., Model] = import_module(module).adapt_network
    return adapt


def _adapter(model: Any) -> str | None:
    return next((ADAPTERS[name] for name in _class_names(model) if name in ADAPTERS), None)


def _is_service(model: Any) -> bool:
    return "pellucid.models.service.Service" in _class_names(model)


def _class_names(model: Any) -> list[str]:
    return [f"{base.__module__}.{base.__qualname__}" for base in type(model).__mro__]
