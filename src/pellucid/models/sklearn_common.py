"""What all adapters of scikit-learn need: is it fitted, which columns, and rows in the form it expects."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ColumnsError, InputError, ModelError, PellucidError
from pellucid.core.inputs import Inputs
from pellucid.core.links import Link, Logistic, Softmax
from pellucid.core.model import Response
from pellucid.core.tables import Table, make_frame

__all__ = [
    "LIBRARY",
    "check_fitted",
    "columns_of",
    "explained_failure",
    "kind_of",
    "matrix_for",
    "probability_response",
    "rows_for",
    "unreadable",
]

LIBRARY = "scikit-learn"


def kind_of(estimator: Any) -> str:
    """Library and class, such as ``"sklearn.Ridge"``."""
    return f"{type(estimator).__module__.split('.')[0]}.{type(estimator).__name__}"


def check_fitted(estimator: Any) -> None:
    """Raise ModelError where scikit-learn says that the estimator has not been fitted.

    Classes from outside scikit-learn need not follow its naming of fitted attributes, so they are asked only when
    they say how to tell.
    """
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    own = type(estimator).__module__.startswith("sklearn.")
    if not own and not hasattr(estimator, "__sklearn_is_fitted__"):
        return
    try:
        check_is_fitted(estimator)
    except NotFittedError as error:
        raise ModelError(f"this {kind_of(estimator)} has not been fitted; call its fit(X, y) first.") from error


def columns_of(estimator: Any) -> tuple[tuple[str, ...] | None, int | None]:
    """Names and number of the columns the estimator was fitted on, each None where it does not know."""
    names = getattr(estimator, "feature_names_in_", None)
    number = getattr(estimator, "n_features_in_", None)
    return None if names is None else tuple(str(name) for name in names), None if number is None else int(number)


def rows_for(estimator: Any, table: Inputs, *, copy: bool = False) -> Any:
    """The rows as this estimator expects them: a frame when it was fitted on named columns, otherwise an array.

    scikit-learn warns where the two differ, and selects by name only from frames. An estimator that remembers nothing
    of its columns gets what the caller passed; texts come as a list and images as an array.

    Parameters
    ----------
    copy : hand out a copy, for estimators that may write into what they get.
    """
    if not isinstance(table, Table):
        return table.given()
    names, number = columns_of(estimator)
    named = names is not None
    if table.backend == "numpy":
        if named:
            return make_frame({name: table.native[:, j] for j, name in enumerate(table.names)})
        return table.given() if copy else table.native
    native = table.native.to_pandas() if table.backend == "pyarrow" else table.native
    if number is not None and not named and all(isinstance(name, str) for name in native.columns):
        return _array(table)
    if not copy:
        return native
    return native.clone() if table.backend == "polars" else native.copy()


def matrix_for(estimator: Any, table: Table, dtype: type, *, allow_nan: bool, allow_inf: bool) -> NDArray[np.float64]:
    """What the estimator makes of the table before its trees see it.

    Parameters
    ----------
    dtype : type the estimator casts to.
    allow_nan, allow_inf : whether it takes missing and infinite values.

    Returns
    -------
    (rows, columns) float64 holding the values as cast to ``dtype``.

    Raises
    ------
    ColumnsError : a column does not hold numbers.
    InputError : a missing or infinite value where the model refuses it; names the column.
    """
    from sklearn.utils.validation import check_array

    try:
        with np.errstate(over="ignore", invalid="ignore"):
            matrix = check_array(rows_for(estimator, table), dtype=dtype, **_any_value(check_array))
    except (ValueError, TypeError) as error:
        raise unreadable(estimator, table, error, range(len(table.names))) from error
    if not allow_nan:
        _refuse(np.isnan(matrix), estimator, table, "missing", "fill it first, for instance with a SimpleImputer")
    if not allow_inf:
        remedy = "replace it by a finite number" if dtype is np.float64 else "replace it by a number below 3.4e38"
        _refuse(np.isinf(matrix), estimator, table, "infinite or too large", remedy)
    return np.asarray(matrix, dtype=np.float64)


def probability_response(estimator: Any, unit: str) -> Response | None:
    """What a classifier's predict_proba makes of raw scores in ``"log-odds"``, ``"half log-odds"`` or ``"logit"``.

    Of two classes it is the probability of the second, as the raw score is for that.
    """
    links: dict[str, Link] = {"log-odds": Logistic(), "half log-odds": Logistic(2.0), "logit": Softmax()}
    if unit not in links:
        return None

    def answer(table: Table) -> NDArray[np.float64]:
        probabilities = np.asarray(estimator.predict_proba(rows_for(estimator, table)), dtype=np.float64)
        return probabilities if unit == "logit" else probabilities[:, 1:]

    return Response("probability", links[unit], answer)


def explained_failure(
    predict: Callable[[Table], Any], encode: Callable[[Table], NDArray[np.float64]]
) -> Callable[[Table], Any]:
    """``predict`` whose failures are first looked into by ``encode``, which names the column at fault."""

    def predict_or_explain(table: Table) -> Any:
        try:
            return predict(table)
        except PellucidError:
            raise
        except Exception:
            encode(table)
            raise

    return predict_or_explain


def unreadable(estimator: Any, table: Table, error: Exception, numeric: Iterable[int]) -> PellucidError:
    """One sentence for rows that the estimator cannot read, naming the first column that is not numeric and must be."""
    for j in numeric:
        for value in table.column(j):
            if not _is_number(value):
                return ColumnsError(
                    f"column {table.names[j]!r} holds {value!r} where this {kind_of(estimator)} needs numbers; "
                    f"encode it the way the training data was encoded."
                )
    return InputError(f"this {kind_of(estimator)} cannot read the rows: {error}; pass them as its fit was given them.")


def _array(table: Table) -> NDArray[Any]:
    if all(kind in ("number", "boolean") for kind in table.kinds):
        return table.numbers()
    values = np.empty(table.shape, dtype=object)
    for j in range(len(table.names)):
        values[:, j] = table.column(j)
    return values


def _any_value(check_array: Callable[..., Any]) -> dict[str, bool]:
    """scikit-learn 1.6 renamed the argument."""
    known = inspect.signature(check_array).parameters
    return {"ensure_all_finite" if "ensure_all_finite" in known else "force_all_finite": False}


def _refuse(bad: NDArray[np.bool_], estimator: Any, table: Table, what: str, remedy: str) -> None:
    if bad.any():
        row, j = np.argwhere(bad)[0]
        raise InputError(
            f"column {table.names[j]!r} holds {'an ' if what[0] == 'i' else 'a '}{what} value in row {row}, which "
            f"this {kind_of(estimator)} refuses; {remedy}."
        )


def _is_number(value: object) -> bool:
    if value is None or isinstance(value, int | float | np.number | np.bool_):
        return True
    try:
        float(str(value))
    except ValueError:
        return False
    return True
