"""Measures of the caller's columns: from what a library reports, from weights, from Shapley values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.forest_shapley import path_dependent_shapley
from pellucid.core.model import Model
from pellucid.core.tables import Table
from pellucid.effects.weight_errors import weight_errors
from pellucid.models.own_importances import OwnImportance, added, own_importances

__all__ = ["Measure", "linear_measures", "mean_shapley", "reported_measures", "target_numbers"]

Floats = NDArray[np.float64]
SHAPLEY = "mean |Shapley|"


@dataclass(frozen=True, eq=False)
class Measure:
    """One number a column of the caller's.

    Parameters
    ----------
    name, meaning : what it is called, and what it measures.
    values, stderr : (features,); errors nan where there is none.
    """

    name: str
    meaning: str
    values: Floats
    stderr: Floats


def reported_measures(model: Model, count: int) -> list[Measure]:
    """What the model's library says of its columns; of a pipeline only where each encoded column has one owner.

    Parameters
    ----------
    count : number of the caller's columns.
    """
    steps = getattr(getattr(model.native, "best_estimator_", model.native), "steps", ())
    if model.trees is None and len(steps) > 1:
        return []
    players = None if model.trees is None else model.trees.players
    return [_folded(measure, players, count) for measure in own_importances(model)]


def _folded(own: OwnImportance, players: NDArray[np.int32] | None, count: int) -> Measure:
    owners = np.arange(count) if players is None else players
    total = added(owners, own.total, count)
    if own.count is not None:
        times = added(owners, own.count, count)
        total = np.divide(total, times, out=np.zeros(count), where=times > 0)
    errors = np.full(count, np.nan)
    if own.stderr is not None and len(set(owners.tolist())) == len(owners):
        errors[owners] = own.stderr
    return Measure(own.name, own.meaning, total, errors)


def linear_measures(
    model: Model, count: int, table: Table | None, y: NDArray[np.generic] | None
) -> tuple[list[Measure], tuple[str, ...]]:
    """Sizes of the weights; with rows also times the spread of the feature, and mean |Shapley value|.

    Returns
    -------
    The measures, and notes on their standard errors. Of several outputs each is the mean over them; of a column that
    is encoded as several, ``|weight|`` is the sum over these and the others are of what they add up to.
    """
    form = model.linear_form
    linear = form.parse()
    owners: NDArray[np.integer[Any]] = np.arange(len(linear.weights)) if form.players is None else form.players
    none = np.full(count, np.nan)
    sizes = added(owners, np.abs(linear.weights).mean(axis=1), count)
    unit = form.unit or model.unit
    meaning = f"size of the weight: {unit} for one more unit of the feature, so it depends on the feature's unit"
    if table is None:
        return [Measure("|weight|", meaning, sizes, none)], ()
    encoded = form.encode(table)
    errors, notes = (none, ()) if y is None else _errors(model, encoded, y, owners, count)
    parts = np.zeros((len(table), count, linear.weights.shape[1]))
    for column, owner in enumerate(owners):
        parts[:, owner] += encoded[:, column, np.newaxis] * linear.weights[column]
    away = parts - parts.mean(axis=0)
    spread = np.sqrt((away**2).mean(axis=0)).mean(axis=1)
    slope = np.divide(spread, sizes, out=np.zeros(count), where=sizes > 0)
    shapley, shapley_errors = _mean_size(away)
    return [
        Measure("|weight|", meaning, sizes, errors),
        Measure("|weight| · sd", f"{unit} for one standard deviation of the feature", spread, errors * slope),
        Measure(SHAPLEY, f"how far the feature moves a prediction on average, in {unit}", shapley, shapley_errors),
    ], notes


def _errors(
    model: Model, encoded: Floats, y: NDArray[np.generic], owners: NDArray[np.integer[Any]], count: int
) -> tuple[Floats, tuple[str, ...]]:
    none = np.full(count, np.nan)
    linear, unit = model.linear_form.parse(), model.linear_form.unit or model.unit
    if linear.weights.shape[1] > 1 or y.ndim > 1:
        return none, ("no standard errors of the weights: the model has several outputs",)
    truth = target_numbers(model, y)
    if truth is None:
        return none, ("no standard errors of the weights: y are no numbers",)
    errors, note = weight_errors(encoded, truth, linear.weights[:, 0], float(linear.intercept[0]), unit)
    if errors is not None and len(set(owners.tolist())) == len(owners):
        none[owners] = errors
    return none, (note,)


def target_numbers(model: Model, y: NDArray[np.generic]) -> Floats | None:
    """(rows,) the target; of a classifier 1 for its second class; None where it is no number."""
    if model.classes is not None:
        return np.asarray(y == model.classes[-1], dtype=np.float64)
    try:
        return np.asarray(y, dtype=np.float64)
    except (TypeError, ValueError):
        return None


def mean_shapley(model: Model, table: Table, count: int, threads: int | None) -> Measure:
    """Mean |path-dependent Shapley value| of the trees over the rows, and over the outputs where there are several.

    Raises
    ------
    UnsupportedModelError : the trees have no covers.
    """
    form = model.tree_form
    rows = np.ascontiguousarray(form.encode(table))
    values, _ = path_dependent_shapley(model.forest, rows, form.players, n_players=count, threads=threads)
    sizes, errors = _mean_size(values)
    return Measure(SHAPLEY, f"how far the feature moves a prediction on average, in {model.unit}", sizes, errors)


def _mean_size(values: Floats) -> tuple[Floats, Floats]:
    """Mean over rows of the outputs' mean |value|, and its standard error."""
    each = np.abs(values).mean(axis=2)
    if len(each) < 2:
        return each.mean(axis=0), np.full(each.shape[1], np.nan)
    return each.mean(axis=0), each.std(axis=0, ddof=1) / np.sqrt(len(each))
