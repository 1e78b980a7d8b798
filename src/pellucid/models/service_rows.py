"""A row of any input as bytes, so that the same question can be known again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from uuid import UUID

import numpy as np

from pellucid.core.errors import ArgumentTypeError
from pellucid.core.inputs import Inputs

__all__ = ["row_keys", "value_bytes"]

#: bytes of a key; two of a billion rows share one with a chance of 1 in 10²⁰
KEY = 16
PLAIN = "biufcmMSU"
#: types whose values are written differently whenever they differ, and of which none is missing unless it reads nan
SIMPLE = {bool, int, float, str}


def row_keys(rows: Inputs) -> list[bytes]:
    """One key a row, of the names of its columns, its values and their types.

    Raises
    ------
    ArgumentTypeError : a row holds something that is neither a number, a text, a date, missing, nor made of these.
    """
    native = rows.native
    head = value_bytes(list(getattr(rows, "names", ())))
    if isinstance(native, np.ndarray) and native.dtype.kind in PLAIN:
        head += value_bytes([native.dtype.str, list(native.shape[1:])])
        return [_key(head, row.tobytes()) for row in native]
    return [_key(head, value_bytes(row)) for row in _each(native)]


def value_bytes(value: Any) -> bytes:
    """The type and the value, so that different values never give the same bytes: 1, 1.0, "1" and True all differ.

    What is missing is one value, whichever way a kind of frame has of saying so.

    Raises
    ------
    ArgumentTypeError : it is neither a number, a text, a date, missing, nor made of these.
    """
    kind = type(value).__name__
    if _missing(value):
        return _tagged("missing")
    if isinstance(value, np.ndarray | np.generic):
        return _tagged(kind, *_array_parts(np.asarray(value)))
    if isinstance(value, str | bytes | bytearray):
        return _tagged(kind, value.encode("utf-8", "surrogatepass") if isinstance(value, str) else bytes(value))
    if isinstance(value, bool | int | float | complex | Decimal | date | time | timedelta | UUID):
        return _tagged(kind, repr(value).encode())
    if isinstance(value, Mapping):
        return _tagged("mapping", *sorted(value_bytes(pair) for pair in value.items()))
    if isinstance(value, list | tuple):
        return _list_bytes(value)
    raise ArgumentTypeError(
        f"rows: the answer to a row that holds a {kind} cannot be kept, since it has no bytes of its own; "
        f"pass rows of numbers, texts, dates, arrays, or lists and mappings of these."
    )


def _each(native: Any) -> Iterable[Any]:
    if isinstance(native, np.ndarray | list | tuple):
        return native
    import narwhals as nw

    rows: Iterable[Any] = nw.from_native(native, eager_only=True).iter_rows()
    return rows


def _array_parts(array: Any) -> list[bytes]:
    shape = repr(array.shape).encode()
    if array.dtype.kind in PLAIN:
        return [array.dtype.str.encode(), shape, array.tobytes()]
    return [shape, *map(value_bytes, array.ravel().tolist())]


def _list_bytes(values: Sequence[Any]) -> bytes:
    """Most rows hold simple values only, and are written at once."""
    if set(map(type, values)) <= SIMPLE:
        text = repr(tuple(values))
        if "nan" not in text:
            return _tagged("simple", text.encode())
    return _tagged("list", *map(value_bytes, values))


def _missing(value: Any) -> bool:
    nan = isinstance(value, float) and value != value  # noqa: PLR0124 - NaN alone differs from itself
    return value is None or nan or type(value).__name__ in ("NAType", "NaTType")


def _tagged(tag: str, *parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(8, "little") + part for part in (tag.encode(), *parts))


def _key(head: bytes, body: bytes) -> bytes:
    return blake2b(_tagged("row", head, body), digest_size=KEY).digest()
