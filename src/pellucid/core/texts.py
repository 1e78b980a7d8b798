"""Texts, and the parts of each that an explanation speaks of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import InputError

__all__ = ["Texts", "are_texts"]

Spans = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Texts:
    """Texts, one a row.

    Parameters
    ----------
    native : the texts.
    spans : for each text (parts, 2), where each part begins and ends; None before a masker has split them.
    """

    native: tuple[str, ...]
    spans: tuple[Spans, ...] | None = None

    @classmethod
    def read(cls, data: Any, *, what: str = "rows") -> Texts:
        """The texts of a list, an array or a column.

        Raises
        ------
        InputError : there is none, or something in it is not a string.
        """
        texts = [data] if isinstance(data, str) else list(data)
        if not texts:
            raise InputError(f"{what} must hold at least one text, got none.")
        for row, text in enumerate(texts):
            if not isinstance(text, str):
                raise InputError(f"{what}: row {row} is {type(text).__name__} and not a text; pass strings only.")
        return cls(tuple(str(text) for text in texts))

    def __len__(self) -> int:
        return len(self.native)

    def rows(self, index: slice | NDArray[np.intp]) -> Texts:
        """Some of the texts."""
        numbers = range(len(self))[index] if isinstance(index, slice) else [int(i) for i in index]
        spans = None if self.spans is None else tuple(self.spans[i] for i in numbers)
        return Texts(tuple(self.native[i] for i in numbers), spans)

    @property
    def form(self) -> str:
        """What a function of the caller's is given, in words."""
        return "a list of texts"

    def given(self) -> list[str]:
        """The texts as a list."""
        return list(self.native)

    def fingerprint(self) -> str:
        """SHA-256 over the texts."""
        digest = hashlib.sha256()
        for text in self.native:
            raw = text.encode(errors="surrogatepass")
            digest.update(len(raw).to_bytes(8, "little") + raw)
        return digest.hexdigest()

    def parts(self, row: int) -> tuple[str, ...]:
        """The parts of one text, in order."""
        spans = () if self.spans is None else self.spans[row]
        return tuple(self.native[row][start:end] for start, end in spans)

    def pack(self) -> tuple[dict[str, object], dict[str, NDArray[Any]]]:
        """Manifest part and arrays for a file."""
        meta: dict[str, object] = {"kind": "texts", "texts": list(self.native)}
        if self.spans is None:
            return meta, {}
        counts = np.array([len(spans) for spans in self.spans], dtype=np.int64)
        return meta, {"spans": np.concatenate([np.empty((0, 2), np.int64), *self.spans]), "parts": counts}

    @classmethod
    def unpack(cls, meta: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Texts:
        """The inverse of :meth:`pack`."""
        if "spans" not in arrays:
            return cls(tuple(meta["texts"]))
        return cls(tuple(meta["texts"]), tuple(np.split(arrays["spans"], np.cumsum(arrays["parts"])[:-1])))


def are_texts(data: object) -> bool:
    """Whether this is a text, or a one-dimensional list, array or column of which the first is one."""
    if isinstance(data, str):
        return True
    if isinstance(data, np.ndarray):
        return data.ndim == 1 and len(data) > 0 and isinstance(data[0], str)
    if isinstance(data, Sequence):
        return len(data) > 0 and isinstance(data[0], str)
    shape = getattr(data, "shape", None)
    return shape is not None and len(shape) == 1 and shape[0] > 0 and isinstance(next(iter(data)), str)  # type: ignore[call-overload]
