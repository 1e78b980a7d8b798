"""Model weights: the coefficients of a linear model with their signs, or what a library calls importances of trees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.core.card import Card
from pellucid.core.effect_receipt import effect_receipt
from pellucid.core.errors import InputError, ParameterError, UnsupportedModelError
from pellucid.core.importance import OWN_UNIT, PER_UNIT, Importance
from pellucid.core.method import Method
from pellucid.core.model import Model
from pellucid.core.params import Constraint
from pellucid.core.receipt import Completeness, Receipt
from pellucid.core.tables import Table
from pellucid.core.target import Target, TargetSpec, resolve_target
from pellucid.core.truth import true_values
from pellucid.effects.features import feature_sets
from pellucid.effects.measures import target_numbers
from pellucid.effects.weight_errors import weight_errors
from pellucid.models import as_model
from pellucid.models.own_importances import own_importances, predictor_of
from pellucid.models.sklearn_columns import names_before

__all__ = ["ModelWeights"]

Floats = NDArray[np.float64]
WHY_NO_SUM = "weights are of the model as a whole and add up to no prediction"


class ModelWeights(Method):
    """What the last step of a model weighs its features with.

    ``f(x)[o] = intercept[o] + Σ_j w[j, o] · x_j`` for linear models: the values are w, one target for each output. Of
    trees the one measure that their library puts first: gain, the fall of impurity, or the change of predictions.

    Features are those that the last step is given: words of a vectoriser, levels of a one-hot encoder.

    Parameters
    ----------
    model : a linear model, trees, or a pipeline that ends in either.
    X : rows the model was trained on, with y: gives unpenalised weights their standard errors.
    y : (rows,) what is true of them.
    feature_names : of the last step; None takes the names it was trained with, or those of the steps before it.

    Raises
    ------
    UnsupportedModelError : a model that has no weights.
    InputError, ColumnsError : rows that do not fit the model, y without rows, or another number of names.

    Source
    ------
    Hastie, Tibshirani & Friedman (2009), "The elements of statistical learning", sections 3.2, 4.4.3 (weights and their
    errors) and 10.13.1 (trees).

    Deviations
    ----------
    eli5 shows the spread of a forest's trees, here stands the standard error of their mean; it shows one for boosting
    too, whose trees are no repeats of each other, and here there is none.
    """

    card: ClassVar[Card] = Card(
        summary="Weights of a linear model with their signs and errors; importances of trees as their library has them",
        paper="Hastie, Tibshirani & Friedman (2009), The elements of statistical learning",
        explains="Importance",
        needs="predict",
        background="none",
        completeness="not promised",
        cost="reading the model",
        limits="weights of features in different units cannot be compared; NativeImportances scales them",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {}

    def __init__(self, model: Any, X: Any = None, y: Any = None, *, feature_names: Sequence[str] | None = None) -> None:
        self.check_settings()
        self.model = as_model(model, rows=X)
        if (X is None) != (y is None):
            raise InputError("ModelWeights: X and y give standard errors together; pass both or neither.")
        if X is None and self.model.digest is None:
            raise InputError(f"{self.model.kind} can be told from others by its answers alone; pass X and y.")
        self._table = None if X is None else self.model.table(X, what="X")
        self._y = None if self._table is None else true_values(y, len(self._table))
        self._last = _last(self.model)
        self._encoded = None if self._table is None else _encoded(self.model, self._table)
        self._names = None if feature_names is None else tuple(map(str, feature_names))

    def explain(self, features: Any = None, target: TargetSpec = None) -> Importance:
        """The weights.

        Parameters
        ----------
        features : a name or number, or a list of these; None is every feature.
        target : outputs of a linear model; None is every output. Trees have one target, their measure.

        Returns
        -------
        Importance (features, outputs), with signs; intercepts are in the receipt's notes. Of weights the standard error
        where it has a closed form, of a forest's importances that of the mean over its trees.

        Raises
        ------
        ColumnsError, ParameterError : no such feature or output, or a target of trees.
        """
        started = perf_counter()
        if self._last.linear is None:
            resolved, values, errors, unit, notes = self._of_trees(target)
        else:
            resolved, values, errors, unit, notes = self._of_weights(target)
        names = self._named(len(values))
        shown = [j for (j,) in feature_sets(features, names, most=1)]
        receipt = self._receipt(resolved, started, unit, notes)
        return Importance(receipt, values[shown], errors[shown], tuple(names[j] for j in shown))

    def _of_weights(self, spec: TargetSpec) -> tuple[Target, Floats, Floats, str, tuple[str, ...]]:
        form = self._last.linear_form
        linear = form.parse()
        names = form.output_names or self._last.output_names
        target = resolve_target(spec, names, n_rows=0)
        if target.mix is None:
            raise ParameterError(f"ModelWeights: target must be outputs or their difference, got {spec!r}.")
        values = target.select(linear.weights)
        intercepts = target.select(linear.intercept[np.newaxis])[0]
        said = ", ".join(f"{value:.6g} ({name})" for value, name in zip(intercepts, target.names, strict=True))
        errors, notes = self._errors(values.shape, form.unit or self._last.unit)
        return target, values, errors, f"{form.unit or self._last.unit}{PER_UNIT}", (f"intercept: {said}", *notes)

    def _errors(self, shape: tuple[int, ...], unit: str) -> tuple[Floats, tuple[str, ...]]:
        none = np.full(shape, np.nan)
        if self._y is None:
            return none, ()
        if self._encoded is None:
            return none, ("no standard errors of the weights: the steps before them mix or make columns",)
        if shape[1] > 1 or self._last.linear_form.parse().weights.shape[1] > 1 or self._y.ndim > 1:
            return none, ("no standard errors of the weights: the model has several outputs",)
        truth = target_numbers(self._last, self._y)
        if truth is None:
            return none, ("no standard errors of the weights: y are no numbers",)
        linear = self._last.linear_form.parse()
        errors, note = weight_errors(self._encoded, truth, linear.weights[:, 0], float(linear.intercept[0]), unit)
        return (none if errors is None else errors[:, np.newaxis]), (note,)

    def _of_trees(self, spec: TargetSpec) -> tuple[Target, Floats, Floats, str, tuple[str, ...]]:
        if spec is not None:
            raise ParameterError(f"ModelWeights: importances of trees are of all outputs, got target={spec!r}.")
        found = own_importances(self._last)
        if not found:
            raise UnsupportedModelError(
                f"{self.model.kind} has no weights that can be read; use PermutationImportance, which needs only "
                f"predictions."
            )
        first = found[0]
        values = first.total
        if first.count is not None:
            values = np.divide(values, first.count, out=np.zeros(len(values)), where=first.count > 0)
        errors = np.full(len(values), np.nan) if first.stderr is None else first.stderr
        target = resolve_target(None, (first.name,), n_rows=0)
        return target, values[:, np.newaxis], errors[:, np.newaxis], OWN_UNIT, (f"{first.name}: {first.meaning}",)

    def _named(self, count: int) -> tuple[str, ...]:
        own = self._last.feature_names
        names = self._names or names_before(self.model.native, count) or own or tuple(f"x{j}" for j in range(count))
        if len(names) != count:
            raise InputError(f"feature_names: the model's last step takes {count} features, got {len(names)} names.")
        return names

    def _receipt(self, target: Target, started: float, unit: str, notes: tuple[str, ...]) -> Receipt:
        table = self._table
        return effect_receipt(
            self,
            self.model,
            target,
            Completeness("not promised", reason=WHY_NO_SUM),
            probe=table,
            evaluations=0,
            started=started,
            unit=unit,
            notes=notes,
        )


def _last(model: Model) -> Model:
    """The model that predicts, inside pipelines and searches."""
    native = predictor_of(model.native)
    return model if native is model.native else as_model(native)


def _encoded(model: Model, table: Table) -> Floats | None:
    """(rows, features of the last step), where every one comes from one of the caller's columns."""
    form = model.linear or model.trees
    return None if form is None else form.encode(table)
