"""A classifier on rows whose classes are known: what it says of each row, and what is true of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect_axis import sorting
from pellucid.core.errors import InputError, ParameterError, UnsupportedModelError
from pellucid.core.model import Model
from pellucid.core.tables import Table
from pellucid.core.truth import sample_weights, true_values
from pellucid.models import as_model

__all__ = [
    "NO_SUM",
    "Judged",
    "Labels",
    "find_class",
    "judge",
    "names_of",
    "read_labels",
    "read_weights",
    "score_classes",
    "scoring",
]

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]
Labels = tuple[Any, ...]

#: why a receipt of this folder promises no sum
NO_SUM = "how good decisions are is no sum that the model states itself"
#: units in which an answer says nothing about how sure a model is of a class
_NO_SCORES = ("target", "indicator", "distance")


@dataclass(frozen=True, eq=False)
class Judged:
    """A model, rows, and what is true of them.

    Parameters
    ----------
    labels : the classes, in the model's order.
    truth : (rows,) number of each row's class.
    weights : (rows,) how much each counts.
    """

    model: Model
    table: Table
    labels: Labels
    truth: Numbers
    weights: Floats

    def scores(self) -> Floats:
        """(rows, classes) the model's answers, asked anew."""
        return score_classes(self.model, self.table, len(self.labels))

    def chosen(self, classes: Any) -> list[int]:
        """Numbers of the classes asked for: a label or several in a list; None is all, and of two the second."""
        if classes is None:
            return [1] if len(self.labels) == 2 else list(range(len(self.labels)))
        asked = classes if isinstance(classes, list) else [classes]
        return [find_class(label, self.labels) for label in asked]


def judge(model: Any, X: Any, y: Any, sample_weight: Any) -> Judged:
    """Read what a method was given.

    Raises
    ------
    InputError, ColumnsError : rows that do not fit the model; y or weights that do not fit the rows; fewer than two
        classes.
    UnsupportedModelError : the model gives no scores of classes.
    """
    read = scoring(as_model(model, rows=X))
    table = read.table(X, what="X")
    known = _classes_of(read)
    labels, truth = read_labels(y, len(table), known)
    if read.n_outputs != len(labels) and (read.n_outputs, len(labels)) != (1, 2):
        raise InputError(
            f"{read.kind} gives {read.n_outputs} scores a row and y holds {len(labels)} classes ({_shown(labels)}); "
            f"pass one score a class, or of two classes the second's."
        )
    return Judged(read, table, labels, truth, read_weights(sample_weight, labels, truth))


def scoring(model: Model) -> Model:
    """The model on the scale of its own probabilities or scores.

    Raises
    ------
    UnsupportedModelError : it gives none.
    """
    read = model.responding()
    if read.unit in _NO_SCORES:
        raise UnsupportedModelError(
            f"{read.kind} answers with its {read.unit} and gives no score of a class; pass a classifier with "
            f"predict_proba or decision_function, or a function from rows to scores."
        )
    return read


def score_classes(model: Model, table: Table, classes: int) -> Floats:
    """(rows, classes) answers; of a single score of two classes the first has what is left."""
    scores = model.predict(table)
    if scores.shape[1] == classes:
        return scores
    chances = ((scores >= 0) & (scores <= 1)).all()
    return np.column_stack([1 - scores if chances else -scores, scores])


def read_labels(y: Any, n: int, known: Labels | None) -> tuple[Labels, Numbers]:
    """The classes, and the number of each row's.

    Parameters
    ----------
    known : the model's classes; None takes those of y, in their order.

    Raises
    ------
    InputError : not one label a row, a missing or unknown one, or fewer than two classes.
    """
    values = true_values(y, n)
    if values.ndim != 1:
        raise InputError(f"y must hold one class a row, got shape {values.shape}.")
    cells = values.tolist()
    for row, cell in enumerate(cells):
        if cell is None or type(cell).__name__ == "NAType" or cell != cell:  # noqa: PLR0124 - true of NaN alone
            raise InputError(f"y is missing in row {row}; leave out rows whose class is not known.")
    held = sorted(set(cells), key=sorting)
    labels = tuple(held) if known is None else tuple(np.asarray(label).item() for label in known)
    unknown = [label for label in held if label not in labels]
    if unknown:
        raise InputError(f"y holds {unknown[0]!r}, which is no class of the model; its classes are {_shown(labels)}.")
    if len(held) < 2:
        raise InputError(
            f"y holds one class, {held[0]!r}, in all {n:,} rows; decisions are judged on rows of at least two."
        )
    number = {label: k for k, label in enumerate(labels)}
    return labels, np.array([number[cell] for cell in cells], dtype=np.intp)


def read_weights(given: Any, labels: Labels, truth: Numbers) -> Floats:
    """(rows,) weights, 1 where none are given.

    Raises
    ------
    InputError : no weights, or none for a class that y holds.
    """
    if given is None:
        return np.ones(len(truth))
    weights = sample_weights(given, len(truth))
    for number in np.unique(truth):
        if not weights[truth == number].any():
            raise InputError(f"sample_weight is 0 in every row of class {labels[number]!r}; leave those rows out.")
    return weights


def find_class(label: Any, labels: Labels) -> int:
    """Number of a class, by its label or the label's text.

    Raises
    ------
    ParameterError : there is none.
    """
    for number, known in enumerate(labels):
        if type(label) is not type(known) and isinstance(label, str):
            if label == str(known):
                return number
        elif label == known:
            return number
    raise ParameterError(f"there is no class {label!r}; the classes are {_shown(labels)}.")


def names_of(labels: Sequence[Any]) -> tuple[str, ...]:
    """Text of each label."""
    return tuple(str(label) for label in labels)


def _classes_of(model: Model) -> Labels | None:
    if model.classes is not None:
        return model.classes
    native = getattr(model.native, "__self__", model.native)
    labels = getattr(native, "classes_", None)
    return tuple(labels) if isinstance(labels, np.ndarray) and labels.ndim == 1 else None


def _shown(labels: Labels, most: int = 8) -> str:
    return ", ".join(repr(label) for label in labels[:most]) + (", …" if len(labels) > most else "")
