"""What results with one entry a row share: some of the rows, one of the targets, and their place in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from pellucid.core.receipt import Receipt
from pellucid.core.selection import receipt_of_rows, receipt_of_target, target_number
from pellucid.core.storage import Arrays, pack_table, unpack_table
from pellucid.core.tables import Table

__all__ = ["backend_of", "one_target", "pack_rows", "some_rows", "unpack_data"]


class Rowwise(Protocol):
    """A frozen result with a receipt, the explained rows, and names along one axis of its arrays."""

    @property
    def receipt(self) -> Receipt: ...
    @property
    def data(self) -> Table | None: ...
    @property
    def feature_names(self) -> tuple[str, ...]: ...
    @property
    def target_names(self) -> tuple[str, ...]: ...


Result = TypeVar("Result", bound=Rowwise)


def some_rows(result: Result, index: NDArray[np.intp], arrays: Sequence[str]) -> Result:
    """The rows of that number, of the named arrays (rows, …) that there are."""
    data = None if result.data is None else result.data.rows(index)
    chosen = {name: array[index] for name, array in _present(result, arrays).items()}
    return replace(result, receipt=receipt_of_rows(result.receipt, index), data=data, **chosen)  # type: ignore[type-var]


def one_target(result: Result, name: str | int, arrays: Sequence[str]) -> Result:
    """One target, by name or number, of the named arrays (…, targets); the axis stays, with length one.

    Raises
    ------
    ParameterError : there is no such target.
    """
    j = target_number(name, result.target_names)
    chosen = {name: array[..., [j]] for name, array in _present(result, arrays).items()}
    return replace(result, receipt=receipt_of_target(result.receipt, j), **chosen)  # type: ignore[type-var]


def pack_rows(result: Rowwise, arrays: Sequence[str]) -> tuple[dict[str, object], Arrays]:
    """Names, explained rows and the named arrays that there are, for a file."""
    packed: Arrays = dict(_present(result, arrays))
    meta: dict[str, object] = {"feature_names": list(result.feature_names)}
    if result.data is not None:
        meta["data"], columns = pack_table(result.data)
        packed.update(columns)
    return meta, packed


def unpack_data(meta: Mapping[str, Any], arrays: Arrays) -> Table | None:
    """The explained rows of a file, if it has them."""
    return unpack_table(meta["data"], arrays) if "data" in meta else None


def backend_of(result: Rowwise) -> str | None:
    """The kind of frame that the rows came in; None for arrays."""
    return None if result.data is None or result.data.backend == "numpy" else result.data.backend


def _present(result: Rowwise, arrays: Sequence[str]) -> dict[str, NDArray[Any]]:
    found = {name: getattr(result, name) for name in arrays}
    return {name: array for name, array in found.items() if array is not None}
