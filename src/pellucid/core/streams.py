"""Explanations of any number of rows in bounded memory: a source cut into chunks, a method, a sink."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from pellucid.core.attribution import Attribution
from pellucid.core.errors import ArgumentTypeError, InputError, PellucidError
from pellucid.core.params import Constraint, Either, Flag, Nothing, Whole, check_settings
from pellucid.core.parts import Parquet, Written, read_receipt
from pellucid.core.progress import track
from pellucid.core.quantiles import Quantiles, QuantileTable
from pellucid.core.reducers import MeanAbsolute, Reducer, TopK
from pellucid.core.sinks import Explain, Sink
from pellucid.core.sources import read_chunks

__all__ = [
    "MeanAbsolute",
    "Parquet",
    "QuantileTable",
    "Quantiles",
    "Reducer",
    "Sink",
    "TopK",
    "Written",
    "read_receipt",
    "run_stream",
]

CONSTRAINTS: Mapping[str, Constraint] = {"chunk": Whole(1), "progress": Either(Nothing(), Flag())}


def run_stream(explain: Explain, source: Any, sink: Any, *, chunk: int = 50_000, progress: bool | None = None) -> Any:
    """Explain a source chunk by chunk and hand each explanation to the sink.

    A chunk is finished when the sink has it; an error, a failed check or an interruption later on leaves all finished
    chunks where they are.

    Parameters
    ----------
    explain : from rows, of the kind the source holds, to their Attribution.
    source : a frame or array (a memory-mapped one is read chunk by chunk), the path of a ``.parquet`` or ``.npy`` file,
        or an iterator of frames.
    sink : a path ending in ``.parquet``, which becomes a folder of parts that a later run can go on with; or
        ``Parquet``, ``MeanAbsolute``, ``Quantiles``, ``TopK`` or a reducer of your own.
    chunk : the most rows at a time.
    progress : show a bar; None shows it on a terminal or notebook only.

    Returns
    -------
    A :class:`Written` (path, number of parts, receipt) for a path; the reducer for a reducer.

    Raises
    ------
    PellucidError : whatever the method raises, with the number of the chunk.
    InputError : the source is empty.
    OutputError : the sink cannot be written, or holds the parts of another run.
    """
    check_settings("stream", CONSTRAINTS, {"chunk": chunk, "progress": progress})
    keeper = _as_sink(sink)
    chunks = read_chunks(source, chunk)
    first = next(chunks.tables, None)
    if first is None:
        raise InputError("source: it holds no rows; pass at least one.")
    keeper.begin(explain, first, chunk)
    tables = chain([first], chunks.tables)
    number = start = 0
    for rows in track(tables, total=chunks.total, label="stream", show=progress):
        with _named(f"chunk {number}, rows {start:,} to {start + len(rows) - 1:,}"):
            if not keeper.has(number, rows):
                keeper.write(number, start, rows, _attribution(explain(rows.native)))
        number, start = number + 1, start + len(rows)
    return keeper.end(number)


def _as_sink(sink: Any) -> Sink:
    if isinstance(sink, Sink):
        return sink
    if isinstance(sink, str | os.PathLike):
        return Parquet(sink)
    raise ArgumentTypeError(
        f"sink must be a path ending in .parquet, or MeanAbsolute(), Quantiles(), TopK(k) or another reducer, "
        f"got {type(sink).__name__}."
    )


def _attribution(explained: Any) -> Attribution:
    if not isinstance(explained, Attribution):
        raise ArgumentTypeError(
            f"a stream takes methods that make an Attribution, got {type(explained).__name__}; call explain instead."
        )
    return explained


@contextlib.contextmanager
def _named(place: str) -> Iterator[None]:
    """Errors say in which chunk they happened."""
    try:
        yield
    except PellucidError as error:
        raise type(error)(f"{place}: {error}") from error
