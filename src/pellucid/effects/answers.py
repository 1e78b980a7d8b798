"""What a model answers when some columns are shuffled: recomputed by the trees that use them, or asked for anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pellucid.core.forest import Forest, predict
from pellucid.core.forest_effects import predict_trees
from pellucid.core.model import Model
from pellucid.core.receipt import Completeness
from pellucid.core.rng import sample_rows
from pellucid.core.rounding import library_gap
from pellucid.core.tables import Table
from pellucid.effects.check import compared
from pellucid.effects.scoring import Scorers, answering, can_answer
from pellucid.models.sklearn_common import rows_for

__all__ = ["Answers", "answers_of"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]
CHECKED = 1_000


class Answers(Protocol):
    """Estimators to be scored, each with the rows to hand to it."""

    evaluations: int

    @property
    def completeness(self) -> Completeness: ...
    @property
    def notes(self) -> tuple[str, ...]: ...

    def whole(self) -> tuple[Any, Any]:
        """With all columns as they are."""

    def shuffled(self, columns: tuple[int, ...], orders: Iterable[Numbers]) -> Iterator[tuple[Any, Any]]:
        """With some columns in each of several orders of the rows."""


def answers_of(model: Model, table: Table, scorers: Scorers, threads: int | None) -> Answers:
    """By the trees where what is scored follows from their sums, else by the model itself."""
    if model.trees is None or not scorers.only_answers or not can_answer(model):
        return ModelAnswers(model, table)
    answers = TreeAnswers(model, table, threads)
    return answers if answers.speak_for_the_model() else ModelAnswers(model, table)


class ModelAnswers:
    """The model's own estimator; for functions, their answers."""

    def __init__(self, model: Model, table: Table) -> None:
        self._model, self._table = model, table
        self._own = hasattr(model.native, "fit") and hasattr(model.native, "predict")
        self.evaluations = 0
        self.completeness = Completeness("by construction")
        self.notes: tuple[str, ...] = ()

    def whole(self) -> tuple[Any, Any]:
        """With all columns as they are."""
        return self._ready(self._table)

    def shuffled(self, columns: tuple[int, ...], orders: Iterable[Numbers]) -> Iterator[tuple[Any, Any]]:
        """With some columns in each of several orders of the rows."""
        for order in orders:
            yield self._ready(in_order(self._table, columns, order))

    def _ready(self, table: Table) -> tuple[Any, Any]:
        self.evaluations += len(table)
        if self._own:
            return self._model.native, _rows_for(self._model, table)
        raw = self._model.predict(table)
        return answering(self._model, raw, lambda rows: table.rows(rows).native), table.native


class TreeAnswers:
    """The sum over the trees that do not use the columns is kept; only the others are asked again."""

    def __init__(self, model: Model, table: Table, threads: int | None) -> None:
        self._model, self._table, self._threads = model, table, threads
        self._forest = model.forest
        self._encoded = np.ascontiguousarray(model.tree_form.encode(table))
        self._users = _users(self._forest)
        self._raw = predict(self._forest, self._encoded, threads=threads)
        self._rows = sample_rows(len(table), CHECKED, 0, "permutation")
        self.evaluations = len(self._rows)
        sample = table.rows(self._rows)
        self.completeness = compared(
            self._raw[self._rows],
            model.predict(sample),
            library_gap(model),
            model.unit,
            len(self._rows),
            "the sum of the trees equals the model's own prediction",
        )
        self.notes = ("only the trees that use a feature were asked again",)

    def speak_for_the_model(self) -> bool:
        """Whether predictions that follow from the sums are those of the model's own methods."""
        sample, native = self._table.rows(self._rows), self._model.native
        if not hasattr(native, "predict"):
            return True
        ours = answering(self._model, self._raw[self._rows], lambda rows: _rows_for(self._model, sample.rows(rows)))
        method = "predict_proba" if hasattr(ours, "classes_") else "predict"
        own = np.asarray(getattr(native, method)(_rows_for(self._model, sample)), dtype=np.float64)
        found = getattr(ours, method)(sample.native)
        return own.size == found.size and bool(np.allclose(found.ravel(), own.ravel(), rtol=1e-5, atol=1e-6))

    def whole(self) -> tuple[Any, Any]:
        """With all columns as they are."""
        return self._ready(self._raw, self._table, (), np.arange(len(self._table)))

    def shuffled(self, columns: tuple[int, ...], orders: Iterable[Numbers]) -> Iterator[tuple[Any, Any]]:
        """With some columns in each of several orders of the rows."""
        players = self._model.tree_form.players
        moved = np.array(columns) if players is None else np.flatnonzero(np.isin(players, columns))
        uses = self._users[:, moved].any(axis=1)
        kept = self._forest.base + predict_trees(
            self._forest, np.flatnonzero(~uses), self._encoded, threads=self._threads
        )
        rows, trees = self._encoded.copy(), np.flatnonzero(uses)
        for order in orders:
            rows[:, moved] = self._encoded[np.ix_(order, moved)]
            raw = kept + predict_trees(self._forest, trees, rows, threads=self._threads)
            yield self._ready(raw, self._table, columns, order)

    def _ready(self, raw: Floats, table: Table, columns: tuple[int, ...], order: Numbers) -> tuple[Any, Any]:
        def ask(rows: Numbers) -> Any:
            self.evaluations += len(rows)
            return _rows_for(self._model, in_order(table, columns, order, rows))

        return answering(self._model, raw, ask), table.native


def in_order(table: Table, columns: tuple[int, ...], order: Numbers, rows: Numbers | None = None) -> Table:
    """Rows, all unless some are asked for, with some columns taken from other rows."""
    own = np.arange(len(table)) if rows is None else rows
    index = np.repeat(own[:, np.newaxis], len(table.names), axis=1)
    index[:, list(columns)] = order[own][:, np.newaxis]
    return table.gathered(index)


def _rows_for(model: Model, table: Table) -> Any:
    """Rows as the estimator itself takes them: scikit-learn's warn where names are missing or not expected."""
    if type(model.native).__module__.startswith("sklearn."):
        return rows_for(model.native, table, copy=True)
    return table.native


def _users(forest: Forest) -> NDArray[np.bool_]:
    """(trees, features) whether a tree asks for a feature."""
    uses = np.zeros((forest.n_trees, forest.n_features), dtype=np.bool_)
    nodes, trees = forest.roots, np.arange(forest.n_trees)
    while len(nodes):
        inner = forest.feature[nodes] >= 0
        nodes, trees = nodes[inner], trees[inner]
        uses[trees, forest.feature[nodes]] = True
        nodes, trees = np.concatenate([forest.left[nodes], forest.right[nodes]]), np.concatenate([trees, trees])
    return uses
