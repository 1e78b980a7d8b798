"""How columns of numbers go together, or how one is spread: named measures, or a function of the caller's."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ModelFailedError, ParameterError
from pellucid.core.selection import column_number
from pellucid.core.tables import Table
from pellucid.effects.correlations import covariance, kendall, pearson, spearman

__all__ = ["PAIRS", "SINGLES", "Algorithm", "Measure", "between", "number_columns", "of_one"]

Floats = NDArray[np.float64]
#: name of a measure of two columns → what its values are called
PAIRS = {
    "pearson": "Pearson's r",
    "spearman": "Spearman's ρ",
    "kendalltau": "Kendall's τ",
    "covariance": "covariance",
}
#: the same of one column
SINGLES = {"shapiro": "Shapiro–Wilk W", "variance": "variance"}


@dataclass(frozen=True)
class Algorithm:
    """The constraint of an ``algorithm`` setting: a named measure or a function."""

    names: tuple[str, ...]

    def allows(self, value: object) -> bool:
        return callable(value) or (isinstance(value, str) and value in self.names)

    @property
    def words(self) -> str:
        return f"one of {', '.join(map(repr, self.names))} or a function"


@dataclass(frozen=True, eq=False)
class Measure:
    """A measure of values that are all there.

    Parameters
    ----------
    label : what its values are called.
    of : one or two arrays (n,), and after them the weights (n,) where rows are weighted → the value.
    fewest : values it needs.
    constant : whether it knows columns of one value.
    """

    label: str
    of: Callable[..., Any]
    fewest: int = 2
    constant: bool = False

    def __call__(self, *columns: Floats, weights: Floats | None = None) -> float:
        """The value over the rows where nothing is missing; nan where there are too few, or one value again and again.

        Parameters
        ----------
        weights : (n,) a row of weight w counts as w rows that are alike; None counts each once.

        Raises
        ------
        ModelFailedError : a function of the caller's raised, or answered with something that is not a number.
        """
        known = np.all([np.isfinite(column) for column in columns], axis=0)
        known = known if weights is None else known & (weights > 0)
        present = [column[known] for column in columns]
        count = known.sum() if weights is None else weights[known].sum()
        if (
            not known.any()
            or count < self.fewest
            or (not self.constant and any(np.ptp(column) == 0 for column in present))
        ):
            return float("nan")
        try:
            with warnings.catch_warnings():
                # scipy warns of its p-value, which is not used
                warnings.simplefilter("ignore")
                return float(self.of(*present, *([] if weights is None else [weights[known]])))
        except Exception as error:  # whatever a function of the caller's raises becomes one sentence
            raise ModelFailedError(
                f"algorithm: {self.label} raised {type(error).__name__}: {error}; answer arrays with a number."
            ) from error


def between(algorithm: str | Callable[..., Any]) -> Measure:
    """A measure of two columns."""
    if callable(algorithm):
        return Measure(_name(algorithm), algorithm, 1, True)
    of: dict[str, Callable[..., Any]] = {
        "pearson": pearson,
        "spearman": spearman,
        "kendalltau": kendall,
        "covariance": covariance,
    }
    return Measure(PAIRS[algorithm], of[algorithm], constant=algorithm == "covariance")


def of_one(algorithm: str | Callable[..., Any]) -> Measure:
    """A measure of one column."""
    from scipy import stats

    if callable(algorithm):
        return Measure(_name(algorithm), algorithm, 1, True)
    if algorithm == "variance":
        return Measure(SINGLES[algorithm], lambda a, *w: covariance(a, a, *w), constant=True)
    return Measure(SINGLES[algorithm], lambda a: stats.shapiro(a).statistic, 3)


def number_columns(table: Table, features: Any) -> tuple[tuple[int, ...], Floats, tuple[str, ...]]:
    """Columns to compare, (rows, columns) their values with nan where missing, and notes.

    Booleans count as 0 and 1, dates in days.

    Parameters
    ----------
    features : names or numbers in a list; None is every column of no categories.

    Raises
    ------
    ColumnsError : there is no such column.
    ParameterError : one of categories was asked for, one twice, or there is none.
    """
    if features is None:
        chosen = tuple(j for j, kind in enumerate(table.kinds) if kind != "category")
    else:
        asked = features if isinstance(features, list | tuple) else [features]
        chosen = tuple(column_number(name, table.names) for name in asked)
    words = [table.names[j] for j in chosen if table.kinds[j] == "category"]
    if words:
        raise ParameterError(
            f"features: {words[0]!r} holds categories, which have no order; encode it or leave it out."
        )
    if not chosen or len(set(chosen)) < len(chosen):
        raise ParameterError("features must hold at least one column of numbers, booleans or dates and none twice.")
    left = [name for name, kind in zip(table.names, table.kinds, strict=True) if kind == "category"]
    notes = (f"categories are left out: {', '.join(left)}",) if features is None and left else ()
    return chosen, np.column_stack([_numbers(table.column(j), table.kinds[j]) for j in chosen]), notes


def _numbers(values: NDArray[Any], kind: str) -> Floats:
    if kind != "date":
        return values.astype(np.float64)
    days = values.astype("datetime64[us]").astype(np.int64) / 86_400e6
    return np.where(np.isnat(values), np.nan, days)


def _name(algorithm: Callable[..., Any]) -> str:
    return str(getattr(algorithm, "__name__", type(algorithm).__name__))
