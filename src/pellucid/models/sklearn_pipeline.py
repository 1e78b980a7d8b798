"""scikit-learn pipelines, explained on the caller's own columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import InputError, UnsupportedModelError
from pellucid.core.model import LinearForm, Model, Response, TreeForm
from pellucid.core.tables import Table, read_table
from pellucid.models.adapt import as_model
from pellucid.models.sklearn import face_of
from pellucid.models.sklearn_columns import MixedColumnsError, owners_after
from pellucid.models.sklearn_common import LIBRARY, check_fitted, columns_of, kind_of, rows_for
from pellucid.models.sklearn_digest import content_digest

__all__ = ["adapt"]


def adapt(native: Any) -> Model:
    """Model of a fitted pipeline: output names and unit are those of its last step.

    When the last step is a model of trees and every step before it keeps columns apart, the trees are read and
    ``players`` says which of the caller's columns each encoded column comes from, so that the values of a one-hot
    block are the exact Shapley values of the column behind it.

    Raises
    ------
    ModelError : not fitted.
    UnsupportedModelError : the last step predicts nothing.
    """
    check_fitted(native)
    last = native.steps[-1][1]
    if last is None or isinstance(last, str):
        raise UnsupportedModelError(
            f"this {kind_of(native)} ends in {last!r} and predicts nothing; give it a model as its last step."
        )
    steps = [(name, step) for name, step in native.steps[:-1] if hasattr(step, "transform")]  # samplers only train
    inner = as_model(last)
    if not steps:
        return replace(inner, kind=f"{kind_of(native)} of {inner.kind}", native=native)
    if not _has_raw_form(inner):
        return _by_own_method(native, steps, last, inner)
    return _by_steps(native, steps, inner)


def _has_raw_form(inner: Model) -> bool:
    """Whether the last step is explained in a raw form of its own: models of trees, and the boosting libraries."""
    return inner.trees is not None or inner.no_trees is not None or inner.library != LIBRARY


def _by_own_method(native: Any, steps: list[tuple[str, Any]], last: Any, inner: Model) -> Model:
    face = face_of(last)
    first = steps[0][1]
    names, number = columns_of(first)

    def predict(table: Table) -> Any:
        return face.shape(getattr(native, face.method)(rows_for(first, table, copy=True)))

    def encoded(table: Table) -> Table:
        return inner.table(read_table(_transformed(steps, rows_for(first, table, copy=True), inner), what="rows"))

    owners = _owners(steps, inner, number)[0]
    return Model(
        kind=f"{kind_of(native)} of {kind_of(last)}",
        native=native,
        predict_native=predict,
        output_names=face.names,
        unit=face.unit,
        feature_names=names,
        n_features=number,
        library=LIBRARY,
        linear=None if owners is None or inner.linear is None else _linear_form(inner.linear, owners, encoded),
        classes=inner.classes,
        digest=content_digest([step for _, step in [*steps, ("", last)]]),
    )


def _by_steps(native: Any, steps: list[tuple[str, Any]], inner: Model) -> Model:
    first = steps[0][1]
    names, number = columns_of(first)

    def encoded(table: Table) -> Table:
        return inner.table(read_table(_transformed(steps, rows_for(first, table, copy=True), inner), what="rows"))

    owners, mixed = _owners(steps, inner, number)
    return Model(
        kind=f"{kind_of(native)} of {inner.kind}",
        native=native,
        predict_native=lambda table: inner.predict_native(encoded(table)),
        output_names=inner.output_names,
        unit=inner.unit,
        feature_names=names,
        n_features=number,
        library=inner.library,
        trees=None if owners is None or inner.trees is None else _tree_form(inner.trees, owners, encoded),
        no_trees=inner.no_trees if inner.trees is None else mixed,
        linear=None if owners is None or inner.linear is None else _linear_form(inner.linear, owners, encoded),
        response=_response(inner.response, encoded),
        classes=inner.classes,
        digest=_digest([step for _, step in steps], inner),
    )


def _response(inner: Response | None, encoded: Callable[[Table], Table]) -> Response | None:
    if inner is None or inner.predict_native is None:
        return inner
    answer = inner.predict_native
    return replace(inner, predict_native=lambda table: answer(encoded(table)))


def _owners(
    steps: list[tuple[str, Any]], inner: Model, columns: int | None
) -> tuple[NDArray[np.int32] | None, str | None]:
    """Which of the caller's columns each column of the last step comes from; None with the reason if that mixes."""
    if columns is None:
        return None, f"its step {steps[0][0]!r} does not say how many columns it takes"
    try:
        return owners_after(steps, np.arange(columns, dtype=np.int32), inner.n_features), None
    except MixedColumnsError as error:
        return None, str(error)


def _tree_form(form: TreeForm, owners: NDArray[np.int32], encoded: Callable[[Table], Table]) -> TreeForm:
    players = owners if form.players is None else owners[form.players]
    return replace(form, encode=lambda table: form.encode(encoded(table)), players=players)


def _linear_form(form: LinearForm, owners: NDArray[np.int32], encoded: Callable[[Table], Table]) -> LinearForm:
    answer = form.predict_native
    return replace(
        form,
        encode=lambda table: form.encode(encoded(table)),
        players=owners if form.players is None else owners[form.players],
        predict_native=None if answer is None else lambda table: answer(encoded(table)),
    )


def _transformed(steps: list[tuple[str, Any]], rows: Any, inner: Model) -> Any:
    for name, step in steps:
        try:
            rows = step.transform(rows)
        except Exception as error:
            raise InputError(
                f"step {name!r} ({kind_of(step)}) raised {type(error).__name__} on the rows: {error}; "
                f"pass rows that the pipeline itself can predict."
            ) from error
    return _dense(rows, inner) if hasattr(rows, "toarray") else rows


def _dense(sparse: Any, inner: Model) -> NDArray[np.float64]:
    """XGBoost reads what a sparse matrix does not store as missing, all others read it as 0."""
    if inner.library is None or not inner.library.startswith("xgboost"):
        return np.asarray(sparse.toarray())
    stored = sparse.tocoo()
    dense = np.full(sparse.shape, np.nan)
    dense[stored.row, stored.col] = stored.data
    return dense


def _digest(steps: list[Any], inner: Model) -> Callable[[], bytes] | None:
    own, theirs = content_digest(steps), inner.digest
    return None if own is None or theirs is None else lambda: own() + theirs()
