"""The bytes that determine what a fitted scikit-learn estimator computes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

__all__ = ["content_digest"]

#: settings and attributes that leave predictions as they are
IRRELEVANT = frozenset({"n_jobs", "verbose", "random_state", "memory", "warm_start", "copy", "copy_X", "cache_size"})
#: libraries whose classes and functions are known by their name
NAMED = frozenset({"sklearn", "scipy", "numpy", "builtins"})


class _OpaqueError(Exception):
    """Something whose content cannot be told from outside, such as a function of the caller's."""


def content_digest(estimator: Any) -> Callable[[], bytes] | None:
    """A function giving SHA-256 over an estimator's settings and fitted attributes.

    Numbers of jobs, verbosity and seeds are left out: they do not change what a fitted estimator predicts.

    Returns
    -------
    The function, or None where part of the estimator is code of the caller's, whose content cannot be told.
    """
    try:
        for _ in _pieces(estimator, ()):
            pass
    except _OpaqueError:
        return None
    return lambda: _hash(estimator)


def _hash(estimator: Any) -> bytes:
    digest = hashlib.sha256()
    for piece in _pieces(estimator, ()):
        digest.update(piece)
        digest.update(b"\x1f")
    return digest.digest()


def _pieces(value: Any, above: tuple[int, ...]) -> Iterator[bytes]:
    if id(value) in above:
        raise _OpaqueError
    inside = (*above, id(value))
    if isinstance(value, np.ndarray):
        yield from _array(value, inside)
    elif value is None or isinstance(value, bool | int | float | complex | str | bytes | slice | range | np.generic):
        plain = value.item() if isinstance(value, np.generic) else value
        yield f"{type(plain).__name__} {plain!r}".encode()
    elif isinstance(value, dict):
        for key in sorted(value, key=repr):
            yield repr(key).encode()
            yield from _pieces(value[key], inside)
    elif isinstance(value, list | tuple):
        yield f"{len(value)} items".encode()
        for item in value:
            yield from _pieces(item, inside)
    elif isinstance(value, set | frozenset):
        yield from _pieces(sorted(value, key=repr), inside)
    elif not isinstance(value, np.random.RandomState | np.random.Generator):
        yield from _thing(value, inside)


def _array(array: np.ndarray[Any, Any], inside: tuple[int, ...]) -> Iterator[bytes]:
    yield f"{array.dtype.descr if array.dtype.names else array.dtype.str} {array.shape}".encode()
    if array.dtype.names:
        # field by field: the padding between fields may hold anything
        for name in array.dtype.names:
            yield np.ascontiguousarray(array[name]).tobytes()
    elif array.dtype == object:
        yield from _pieces(array.tolist(), inside)
    else:
        yield np.ascontiguousarray(array).tobytes()


def _thing(value: Any, inside: tuple[int, ...]) -> Iterator[bytes]:
    kind = value if hasattr(value, "__qualname__") else type(value)
    module = str(getattr(kind, "__module__", None) or "numpy")
    if module.split(".", maxsplit=1)[0] not in NAMED or "<" in kind.__qualname__:
        raise _OpaqueError
    yield f"{module}.{kind.__qualname__}".encode()
    if kind is not value:
        yield from _pieces(_state(value), inside)


def _state(value: Any) -> Any:
    if hasattr(value, "__dict__"):
        return {name: part for name, part in vars(value).items() if name not in IRRELEVANT}
    try:
        return value.__reduce_ex__(2)[1:3]
    except TypeError as error:
        raise _OpaqueError from error
