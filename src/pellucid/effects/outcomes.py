"""What happened: true values as columns of numbers, a class as 0 and 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.effect_axis import sorting
from pellucid.core.errors import InputError
from pellucid.core.tables import read_table
from pellucid.core.truth import true_values
from pellucid.effects.grid import missing_cells

__all__ = ["Outcomes", "outcomes"]

#: more classes are names of rows
_MOST = 50


@dataclass(frozen=True, eq=False)
class Outcomes:
    """True values.

    Parameters
    ----------
    values : (rows, outputs), nan where missing.
    names : of the outputs: the classes, or the names of the columns.
    unit : ``"probability"`` of classes, whose mean is their share; otherwise ``"target"``.
    """

    values: NDArray[np.float64]
    names: tuple[str, ...]
    unit: str

    @property
    def known(self) -> NDArray[np.intp]:
        """Rows without a missing value."""
        return np.flatnonzero(~np.isnan(self.values).any(axis=1))


def outcomes(y: Any, n: int) -> Outcomes:
    """Numbers as they are; of categories and booleans one column of 0 and 1 a class.

    Raises
    ------
    InputError : not one value a row, all missing, infinite, several columns of categories, or too many classes.
    """
    given = true_values(y, n)
    table = read_table(given.reshape(n, -1), what="y")
    if set(table.kinds) == {"number"}:
        found = Outcomes(table.numbers(), _names(y, table.shape[1]), "target")
    elif table.shape[1] == 1:
        found = _classes(table.column(0), table.kinds[0])
    else:
        raise InputError(f"y has {table.shape[1]} columns, of which some hold categories; pass one column of classes.")
    if np.isinf(found.values).any() or not len(found.known):
        raise InputError("y must hold finite numbers or classes, got infinite ones or nothing but missing values.")
    return found


def _classes(values: NDArray[Any], kind: str) -> Outcomes:
    gone = missing_cells(values, kind)
    classes = sorted(set(values[~gone].tolist()), key=sorting)
    if len(classes) > _MOST:
        raise InputError(f"y holds {len(classes):,} classes and {_MOST} can be looked at; join the rare ones.")
    found = np.array([[cell == level for level in classes] for cell in values.tolist()], dtype=np.float64)
    found[gone] = np.nan
    names = [bool(level) if kind == "boolean" else level for level in classes]
    return Outcomes(found.reshape(len(values), -1), tuple(map(str, names)), "probability")


def _names(y: Any, columns: int) -> tuple[str, ...]:
    if columns == 1:
        return (str(getattr(y, "name", None) or "y"),)
    given = getattr(y, "columns", None)
    return tuple(map(str, given)) if given is not None else tuple(f"y{k}" for k in range(columns))
