"""Background rows in memory, or arriving one chunk after another."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import InputError, ParameterError
from pellucid.core.model import Model
from pellucid.core.sources import read_chunks
from pellucid.core.tables import Table
from pellucid.maskers.adapt import model_and_masker
from pellucid.maskers.background import Background
from pellucid.models import as_model

__all__ = ["RowsSource", "Source", "StreamSource", "in_memory", "model_and_source"]

CHUNK = 65_536
Weights = NDArray[np.float64] | None


class RowsSource:
    """Weighted rows in memory."""

    def __init__(self, background: Background) -> None:
        self.background = background

    def chunks(self) -> Iterator[tuple[Table, Weights]]:
        """Rows and their weights; None where all count alike."""
        table, weights = self.background.table, self.background.weights
        for start in range(0, len(table), CHUNK):
            part = slice(start, start + CHUNK)
            yield table if len(table) <= CHUNK else table.rows(part), None if weights is None else weights[part]

    def sample(self) -> Table:
        """Rows to check with."""
        return self.background.table

    def describe(self) -> Mapping[str, object]:
        """What a receipt keeps."""
        return self.background.describe()


class StreamSource:
    """A file, or an iterator of frames, read once and never held whole."""

    def __init__(self, source: Any, model: Model) -> None:
        self._model = model
        self._tables = read_chunks(source, CHUNK).tables
        self._first: Table | None = None
        self._rows = 0
        self._digest = hashlib.sha256()

    def chunks(self) -> Iterator[tuple[Table, Weights]]:
        """Rows as they come.

        Raises
        ------
        InputError : there are none, or they were read before.
        """
        for found in self._tables:
            table = self._model.table(found, what="background")
            self._first = table if self._first is None else self._first
            self._rows += len(table)
            self._digest.update(table.fingerprint().encode())
            yield table, None
        if self._first is None:
            raise InputError("background: the source has no rows; pass at least one.")

    def sample(self) -> Table:
        """The first chunk."""
        if self._first is None:
            raise InputError("background: the source has not been read; ask for its chunks first.")
        return self._first

    def describe(self) -> Mapping[str, object]:
        """What a receipt keeps; the fingerprint is that of the chunks' fingerprints."""
        return {"rows": self._rows, "fingerprint": self._digest.hexdigest(), "weighted": False}


Source = RowsSource | StreamSource


def model_and_source(model: Any, background: Any) -> tuple[Model, Source]:
    """The model, and where its background rows come from.

    Parameters
    ----------
    background : rows, ``(rows, weights)``, the path of a parquet or npy file, or an iterator of frames.

    Raises
    ------
    UnsupportedModelError, ModelFailedError : not a model, or a function that cannot answer the background.
    ParameterError : there is no background.
    InputError, ColumnsError : it does not fit the model.
    """
    if isinstance(background, str | os.PathLike | Iterator):
        adapted = as_model(model)
        return adapted, StreamSource(background, adapted)
    adapted, masker = model_and_masker(model, background)
    if not isinstance(masker, Background):
        raise ParameterError(
            f"background: an effect is a mean over rows and {type(masker).__name__} has none; pass rows."
        )
    return adapted, RowsSource(masker)


def in_memory(source: Source, why: str) -> Background:
    """The rows of a source that holds them.

    Raises
    ------
    ParameterError : it does not.
    """
    if not isinstance(source, RowsSource):
        raise ParameterError(f"background: {why} needs rows that can be read again; pass a table instead of a stream.")
    return source.background
