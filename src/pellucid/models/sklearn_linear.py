"""scikit-learn's linear models as weights and intercept."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.linear import Linear
from pellucid.core.model import LinearForm
from pellucid.core.tables import Table
from pellucid.models.sklearn_common import matrix_for, rows_for

__all__ = ["linear_form"]

#: classifiers whose sum is the logarithm of odds, and not just a score
LOG_ODDS = frozenset({"LogisticRegression", "LogisticRegressionCV", "LinearDiscriminantAnalysis"})


def linear_form(native: Any) -> LinearForm | None:
    """The linear form of scikit-learn's own linear regressors (``predict``) and classifiers (``decision_function``).

    Units of classifiers: ``"log-odds"`` of two classes, or of each class against all others, ``"logit"`` of several
    for logistic regression and linear discriminant analysis; ``"score"`` for all others. None for any other model,
    generalised linear models and subclasses from elsewhere among them.
    """
    from sklearn.linear_model._base import LinearClassifierMixin, LinearModel
    from sklearn.linear_model._stochastic_gradient import BaseSGDRegressor

    classifies = isinstance(native, LinearClassifierMixin)
    known = classifies or isinstance(native, LinearModel | BaseSGDRegressor)
    if not known or not type(native).__module__.startswith("sklearn."):
        return None
    weights = _weights(native)

    def encode(table: Table) -> NDArray[np.float64]:
        return matrix_for(native, table, np.float64, allow_nan=False, allow_inf=False)

    def parse() -> Linear:
        intercept = np.broadcast_to(np.asarray(native.intercept_, dtype=np.float64), weights.shape[1])
        return Linear(weights, intercept)

    if not classifies:
        return LinearForm(parse, encode)
    labels = tuple(str(label) for label in np.ravel(native.classes_))
    names = labels[-1:] if len(labels) == 2 and weights.shape[1] == 1 else labels
    if len(names) != weights.shape[1]:
        return None
    return LinearForm(
        parse,
        encode,
        output_names=names,
        unit=_unit(native, len(names)),
        predict_native=lambda table: native.decision_function(rows_for(native, table)),
    )


def _weights(native: Any) -> NDArray[np.float64]:
    """(columns, outputs)"""
    weights = native.coef_.toarray() if hasattr(native.coef_, "toarray") else np.asarray(native.coef_)
    return np.ascontiguousarray(np.atleast_2d(weights).T, dtype=np.float64)


def _unit(native: Any, outputs: int) -> str:
    if type(native).__name__ not in LOG_ODDS:
        return "score"
    one_by_one = getattr(native, "multi_class", None) == "ovr" or getattr(native, "solver", None) == "liblinear"
    return "log-odds" if outputs == 1 or one_by_one else "logit"
