"""Rows from anywhere, a chunk at a time."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.core.errors import FileFormatError, InputError
from pellucid.core.tables import Table, read_table
from pellucid.core.texts import are_texts

__all__ = ["Chunks", "check_rows_of_tables", "read_chunks"]


@dataclass(frozen=True)
class Chunks:
    """Tables in order, read when they are asked for.

    Parameters
    ----------
    tables : each has at least one row.
    total : how many there are, where that is known.
    """

    tables: Iterator[Table]
    total: int | None


def read_chunks(source: Any, size: int) -> Chunks:
    """Cut a source into tables of at most ``size`` rows.

    Parameters
    ----------
    source : a frame or array (a memory-mapped one is read chunk by chunk), the path of a ``.parquet`` or ``.npy`` file,
        or an iterator of frames, each of which is cut by itself.

    Raises
    ------
    InputError, ArgumentTypeError : not a source, or an empty one.
    FileFormatError, MissingExtraError : the file is damaged, or needs a library that is not installed.
    """
    check_rows_of_tables(source)
    if isinstance(source, str | os.PathLike):
        return _from_file(Path(source), size)
    if _holds_frames(source):
        return Chunks(_from_frames(source, size), None)
    return _from_table(read_table(source, what="source"), size)


def check_rows_of_tables(source: object) -> None:
    """Raise InputError for texts and images, which have no columns that a stream could write side by side."""
    texts = are_texts(source) and not isinstance(source, str)
    if texts or (isinstance(source, np.ndarray) and source.ndim in (3, 4)):
        raise InputError(
            f"source holds {'texts' if texts else 'images'} and a stream is of rows of tables; pass some of them at a "
            f"time to explain."
        )


def _from_file(path: Path, size: int) -> Chunks:
    if path.suffix == ".npy":
        return _from_table(read_table(_mapped(path), what=str(path)), size)
    if path.suffix not in (".parquet", ".pq"):
        raise InputError(
            f"source: a file must end in .parquet or .npy, got {path.name!r}; read it into a frame and pass that."
        )
    from pellucid.core.parquet import count_rows, read_frames

    frames = (read_table(frame, what=str(path)) for frame in read_frames(path, size))
    return Chunks(frames, -(-count_rows(path) // size))


def _mapped(path: Path) -> Any:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}; check the path.") from error
    except (OSError, ValueError) as error:
        raise FileFormatError(
            f"{path} is not an array that can be mapped ({error}); save it with numpy.save."
        ) from error


def _holds_frames(source: Any) -> bool:
    if isinstance(source, list | tuple):
        return bool(source) and len(getattr(source[0], "shape", ())) == 2
    return isinstance(source, Iterable) and not hasattr(source, "shape") and not isinstance(source, Table)


def _from_frames(source: Iterable[Any], size: int) -> Iterator[Table]:
    for frame in source:
        if len(frame):
            yield from _from_table(read_table(frame, what="source"), size).tables


def _from_table(table: Table, size: int) -> Chunks:
    starts = range(0, len(table), size)
    return Chunks((table.rows(slice(start, start + size)) for start in starts), len(starts))
