"""Rows as a network takes them: arrays of any shape, several inputs side by side, whole numbers for tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import InputError
from pellucid.core.images import Images

__all__ = ["Points", "Tensors"]

#: named arrays of equal length
Points = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Tensors:
    """Rows of one or several arrays.

    Parameters
    ----------
    arrays : name → (rows, *shape); all have the same number of rows.
    call : how a network gets them: ``"one"`` array, by ``"positions"``, or by ``"names"``.
    """

    arrays: dict[str, NDArray[Any]]
    call: str = "one"

    @classmethod
    def read(cls, data: Any, *, what: str = "rows") -> Tensors:
        """The arrays of an array, a tuple of arrays, or a mapping of names to arrays.

        Raises
        ------
        InputError : nothing in it, something that is no array of numbers, other numbers of rows, or a number that is
            not finite.
        """
        if isinstance(data, Mapping):
            return cls._checked({str(name): value for name, value in data.items()}, "names", what)
        if isinstance(data, tuple):
            return cls._checked({f"input {k}": value for k, value in enumerate(data)}, "positions", what)
        return cls._checked({"input": data}, "one", what)

    @classmethod
    def _checked(cls, given: Mapping[str, Any], call: str, what: str) -> Tensors:
        arrays = {name: _array(value, name, what) for name, value in given.items() if value is not None}
        if not arrays:
            raise InputError(f"{what} must hold at least one array, got none.")
        lengths = {name: len(array) for name, array in arrays.items()}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{name} {length}" for name, length in lengths.items())
            raise InputError(f"{what}: every input must have the same number of rows, got {told}.")
        if 0 in lengths.values():
            raise InputError(f"{what} must hold at least one row, got none.")
        return cls(arrays, call)

    def __len__(self) -> int:
        return len(next(iter(self.arrays.values())))

    def rows(self, index: slice | NDArray[np.intp]) -> Tensors:
        """Some of the rows."""
        return Tensors({name: array[index] for name, array in self.arrays.items()}, self.call)

    @property
    def form(self) -> str:
        """What a function of the caller's is given, in words."""
        shapes = ", ".join(f"{name} {('…', *array.shape[1:])}".replace("'", "") for name, array in self.arrays.items())
        return f"arrays: {shapes}"

    @property
    def native(self) -> Any:
        """In the form they came in: an array, a tuple, or a dict."""
        if self.call == "names":
            return self.arrays
        return tuple(self.arrays.values()) if self.call == "positions" else next(iter(self.arrays.values()))

    def given(self) -> Any:
        """A copy, in the form they came in."""
        return Tensors({name: array.copy() for name, array in self.arrays.items()}, self.call).native

    def fingerprint(self) -> str:
        """SHA-256 over names, types, shapes and numbers."""
        digest = hashlib.sha256()
        for name, array in self.arrays.items():
            digest.update(f"{name} {array.dtype.str} {array.shape}".encode() + np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def parts(self, row: int) -> tuple[str, ...]:
        """A name for each number of one row: ``"input[2, 0]"``; the same for every row."""
        return tuple(
            f"{name}{list(place)}"
            for name, array in self.arrays.items()
            for place in np.ndindex(*(array.shape[1:] or (1,)))
        )

    def slices(self) -> dict[str, slice]:
        """Where each array's numbers lie when all of a row's are put in one line."""
        ends = np.cumsum([int(np.prod(array.shape[1:])) for array in self.arrays.values()]).tolist()
        return {name: slice(start, end) for name, start, end in zip(self.arrays, [0, *ends], ends, strict=False)}

    def as_images(self) -> Images | None:
        """The only array as images with channels last, where it is (rows, channels, height, width), or (rows, height,
        width) of grey ones; else None.
        """
        array = next(iter(self.arrays.values()))
        if len(self.arrays) > 1 or array.ndim not in (3, 4):
            return None
        last = array if array.ndim == 3 else np.moveaxis(array, 1, -1)
        return Images(last[..., 0] if array.ndim == 4 and array.shape[1] == 1 else last)

    def pack(self) -> tuple[dict[str, object], dict[str, NDArray[Any]]]:
        """Manifest part and arrays that rebuild these rows."""
        numbered = {f"tensor {k}": array for k, array in enumerate(self.arrays.values())}
        return {"kind": "tensors", "names": list(self.arrays), "call": self.call}, numbered

    @classmethod
    def unpack(cls, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Tensors:
        """The inverse of :meth:`pack`."""
        return cls({name: arrays[f"tensor {k}"] for k, name in enumerate(meta["names"])}, meta["call"])


def _array(value: Any, name: str, what: str) -> NDArray[Any]:
    where = what if name == "input" else f"{what}: {name}"
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise InputError(f"{where} must be an array of numbers: {error}; stack rows of one shape.") from error
    if array.dtype.kind not in "biuf" or not array.ndim:
        raise InputError(f"{where} must be an array of numbers with an axis of rows, got {_told(value)}.")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        row = int(np.argwhere(~np.isfinite(array))[0][0])
        raise InputError(f"{where}: row {row} holds a number that is not finite; leave that row out.")
    return array


def _told(value: Any) -> str:
    shape = getattr(value, "shape", None)
    kind = type(value).__name__
    return kind if shape is None else f"{kind} of shape {tuple(shape)} and {getattr(value, 'dtype', 'no')} numbers"
