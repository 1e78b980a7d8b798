"""The loss of a model on labels: log-loss of a classifier, squared error of a regression."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import InputError, ParameterError
from pellucid.core.links import ClassLink, Link, Logistic, Probability, Softmax
from pellucid.core.model import Model

__all__ = ["LogLoss", "Loss", "SquaredError", "loss_of"]

Index = slice | NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class LogLoss:
    """``−ln p(label)``.

    Parameters
    ----------
    link : from raw scores to probabilities.
    labels : (rows,) class numbers.
    """

    link: ClassLink
    labels: NDArray[np.intp]
    unit: str = "log-loss"

    def __call__(self, raw: NDArray[np.float64], rows: Index) -> NDArray[np.float64]:
        """(rows, …) losses of raw scores (rows, …, outputs)."""
        return self.link.log_loss(raw, _along(self.labels[rows], raw))


@dataclass(frozen=True, eq=False)
class SquaredError:
    """``(prediction − label)²``, on the scale of the model's own predictions.

    Parameters
    ----------
    link : from raw scores to predictions; None where they are that already.
    labels : (rows,) numbers.
    """

    link: Link | None
    labels: NDArray[np.float64]
    unit: str = "squared error"

    def __call__(self, raw: NDArray[np.float64], rows: Index) -> NDArray[np.float64]:
        """(rows, …) losses of raw scores (rows, …, 1)."""
        predicted = raw if self.link is None else self.link(raw)
        return np.asarray((predicted[..., 0] - _along(self.labels[rows], raw)) ** 2)


Loss = LogLoss | SquaredError


def loss_of(model: Model, y: Any, n: int) -> Loss:
    """The loss that suits a model, on the labels of n rows.

    Parameters
    ----------
    model : a classifier of single labels, or a regression of one number.
    y : (n,) class labels as the model knows them, or numbers: a list, array or column of any frame.

    Raises
    ------
    ParameterError : the model has no such loss.
    InputError : labels are missing, unknown, not numbers, or not one a row.
    """
    if model.classes is not None:
        link = _class_link(model)
        return LogLoss(link, _class_numbers(_column(y, n), model.classes))
    scale = "target" if model.response is None else model.response.name
    if scale != "target" or (model.response is None and model.unit != "target") or model.n_outputs != 1:
        raise ParameterError(
            f"output='loss' is the log-loss of a classifier or the squared error of a regression of one number, and "
            f"{model.kind} gives {model.n_outputs} in {model.unit}; explain a function from rows to its loss with "
            f"KernelSHAP."
        )
    return SquaredError(None if model.response is None else model.response.link, _numbers(_column(y, n)))


def _class_link(model: Model) -> ClassLink:
    """The model's probabilities of classes that exclude each other: one sigmoid of two, or one output a class."""
    link: Link | None = Probability() if model.unit == "probability" else None
    if model.response is not None:
        link = model.response.link
    count = len(model.classes or ())
    if isinstance(link, Logistic) and model.n_outputs == 1 and count == 2:
        return link
    if isinstance(link, Softmax | Probability) and model.n_outputs == count:
        return link
    raise ParameterError(
        f"output='loss' needs probabilities of classes that exclude each other, and the {model.unit} of {model.kind} "
        f"gives none; explain a function from rows to its loss with KernelSHAP."
    )


def _column(y: Any, n: int) -> NDArray[Any]:
    if y is None:
        raise InputError("y: output='loss' compares predictions with labels and none were given; pass y=, one a row.")
    labels = np.asarray(y)
    if labels.shape not in ((n,), (n, 1)):
        raise InputError(f"y must hold one label for each of the {n} rows, got shape {labels.shape}.")
    labels = labels.reshape(n)
    missing = [row for row, label in enumerate(labels.tolist()) if _is_missing(label)]
    if missing:
        raise InputError(f"y is missing in row {missing[0]}; leave out rows without a label.")
    return labels


def _is_missing(label: object) -> bool:
    return label is None or type(label).__name__ == "NAType" or bool(label != label)  # noqa: PLR0124


def _class_numbers(labels: NDArray[Any], classes: tuple[Any, ...]) -> NDArray[np.intp]:
    numbers: dict[Hashable, int] = {label: number for number, label in enumerate(classes)}
    found = [numbers.get(label, -1) for label in labels.tolist()]
    if -1 in found:
        row = found.index(-1)
        known = ", ".join(repr(getattr(label, "item", lambda label=label: label)()) for label in classes[:8])
        raise InputError(
            f"y is {labels.tolist()[row]!r} in row {row}, which is no class of the model; pass its own labels: "
            f"{known}{', …' if len(classes) > 8 else ''}."
        )
    return np.array(found, dtype=np.intp)


def _numbers(labels: NDArray[Any]) -> NDArray[np.float64]:
    try:
        numbers = labels.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"y must hold numbers for a regression, got {labels.tolist()[0]!r}; pass the target."
        ) from error
    if not np.isfinite(numbers).all():
        raise InputError(f"y is {numbers[~np.isfinite(numbers)][0]} in some row; pass finite numbers.")
    return np.asarray(numbers)


def _along(labels: NDArray[Any], raw: NDArray[np.float64]) -> NDArray[Any]:
    return labels.reshape(-1, *(1,) * (raw.ndim - 2))
