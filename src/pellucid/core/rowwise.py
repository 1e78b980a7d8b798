"""What results with one entry a row share: some of the rows, one of the targets, and their place in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from pellucid.core.images import Images
from pellucid.core.inputs import Parted
from pellucid.core.receipt import Receipt
from pellucid.core.selection import receipt_of_rows, receipt_of_target, target_number
from pellucid.core.storage import Arrays, pack_table, unpack_table
from pellucid.core.tables import Table
from pellucid.core.tensors import Tensors
from pellucid.core.texts import Texts

__all__ = ["backend_of", "one_target", "pack_rows", "some_rows", "unpack_data", "unpack_parted"]


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
    kept = {name: shown.rows(index) for name, shown in _shown(result).items()}
    chosen = {name: array[index] for name, array in _present(result, arrays).items()}
    return replace(result, receipt=receipt_of_rows(result.receipt, index), **kept, **chosen)  # type: ignore[type-var]


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
    parted = getattr(result, "parted", None)
    if parted is not None:
        meta["parted"], parts = parted.pack()
        packed.update({f"parted.{name}": array for name, array in parts.items()})
    return meta, packed


def unpack_data(meta: Mapping[str, Any], arrays: Arrays) -> Table | None:
    """The explained rows of a file, if it has them."""
    return unpack_table(meta["data"], arrays) if "data" in meta else None


def unpack_parted(meta: Mapping[str, Any], arrays: Arrays) -> Parted | None:
    """The explained texts or images of a file, if it has them."""
    if "parted" not in meta:
        return None
    kind = {"texts": Texts, "images": Images, "tensors": Tensors}[meta["parted"]["kind"]]
    prefix = "parted."
    parts = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
    rebuilt: Parted = kind.unpack(meta["parted"], parts)  # type: ignore[attr-defined]
    return rebuilt


def backend_of(result: Rowwise) -> str | None:
    """The kind of frame that the rows came in; None for arrays."""
    return None if result.data is None or result.data.backend == "numpy" else result.data.backend


def _shown(result: Rowwise) -> dict[str, Any]:
    """The explained rows, in whichever form there are."""
    found = {name: getattr(result, name, None) for name in ("data", "parted")}
    return {name: shown for name, shown in found.items() if shown is not None}


def _present(result: Rowwise, arrays: Sequence[str]) -> dict[str, NDArray[Any]]:
    found = {name: getattr(result, name) for name in arrays}
    return {name: array for name, array in found.items() if array is not None}
