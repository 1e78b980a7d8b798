"""Any function from rows to numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pellucid.core.errors import ArgumentTypeError, ModelFailedError, PellucidError
from pellucid.core.inputs import Inputs, read_inputs
from pellucid.core.model import Model
from pellucid.core.tables import Table

__all__ = ["adapt_callable"]

TRIED = 2


def adapt_callable(
    function: Callable[[Any], Any],
    *,
    rows: Any = None,
    output_names: Sequence[str] | None = None,
    unit: str | None = None,
    feature_names: Sequence[str] | None = None,
) -> Model:
    """Model of a function.

    The function gets rows in the form that the caller explains — a pandas frame for a pandas frame, an array for an
    array or images, a list for texts — as a copy, so that one which writes into its argument changes nothing of the
    caller's.

    Parameters
    ----------
    function : rows → (rows,) or (rows, outputs) numbers.
    rows : some rows; where ``output_names`` are not given the function is tried once on its first two rows to count its
        outputs.
    output_names : one for each output; None calls them ``"output"``, or ``"output 0"``, ``"output 1"`` …
    unit : what the numbers mean; None is ``"probability"`` for a method called predict_proba, otherwise ``"output"``.
    feature_names : the columns the function expects; None takes any.

    Raises
    ------
    ArgumentTypeError : neither ``output_names`` nor ``rows`` is given.
    ModelFailedError : the function raised on the first rows, or did not answer with one line a row.
    """
    name = getattr(function, "__qualname__", type(function).__qualname__).split("<locals>.")[-1]
    columns = None if feature_names is None else tuple(feature_names)

    def predict(given: Inputs) -> Any:
        return function(given.given())

    if output_names is None:
        output_names = _output_names(function, name, _tried(predict, name, rows, columns))
    return Model(
        kind=f"function {name}",
        native=function,
        predict_native=predict,
        output_names=tuple(output_names),
        unit=unit or ("probability" if name.endswith("predict_proba") else "output"),
        feature_names=columns,
        n_features=None if columns is None else len(columns),
    )


def _tried(predict: Callable[[Inputs], Any], name: str, rows: Any, columns: tuple[str, ...] | None) -> int:
    """Number of outputs, from one call on the first rows."""
    if rows is None:
        raise ArgumentTypeError(
            f"how many outputs function {name} has cannot be told without calling it; "
            f"pass output_names=[...], or some rows to try it on."
        )
    read = read_inputs(rows)
    first = (read.aligned(columns) if columns is not None and isinstance(read, Table) else read).rows(slice(0, TRIED))
    try:
        shape = np.shape(np.asarray(predict(first), dtype=np.float64))
    except PellucidError:
        raise
    except Exception as error:
        raise ModelFailedError(
            f"function {name} raised {type(error).__name__} on the first {len(first)} rows: {error}; "
            f"it must take {first.form} and return numbers."
        ) from error
    if len(shape) not in (1, 2) or shape[0] != len(first):
        raise ModelFailedError(
            f"function {name} must return one number, or one line of numbers, for each row; "
            f"for {len(first)} rows it returned shape {shape}."
        )
    return 1 if len(shape) == 1 else int(shape[1])


def _output_names(function: Callable[[Any], Any], name: str, count: int) -> tuple[str, ...]:
    classes = getattr(getattr(function, "__self__", None), "classes_", None)
    if name.endswith("predict_proba") and isinstance(classes, np.ndarray) and len(classes) == count:
        return tuple(str(label) for label in classes)
    return ("output",) if count == 1 else tuple(f"output {k}" for k in range(count))
