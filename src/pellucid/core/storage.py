"""Results on disk: an npz of arrays with a JSON manifest and a format version; never pickle, never half a file."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import FileFormatError, MissingExtraError, OutputError
from pellucid.core.tables import Table, best_backend, make_frame

__all__ = ["FORMAT_VERSION", "pack_table", "read_archive", "unpack_table", "write_archive", "writing"]

FORMAT_VERSION = 1
MANIFEST = "manifest"
Arrays = dict[str, NDArray[Any]]


@contextlib.contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A file that appears under its name only when it is whole.

    Raises
    ------
    OutputError : the folder is missing or cannot be written.
    """
    target = Path(path)
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
        with os.fdopen(handle, "wb") as stream:
            yield stream
        if target.is_dir():
            raise IsADirectoryError(f"{target} is a folder")
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(target)
    except OSError as error:
        raise OutputError(
            f"{target} cannot be written: {error.strerror or error}; choose a folder that exists and is writable."
        ) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def write_archive(path: str | os.PathLike[str], manifest: Mapping[str, object], arrays: Arrays) -> None:
    """Write arrays and manifest as one npz file."""
    text = json.dumps({"format": FORMAT_VERSION, **manifest}, ensure_ascii=False, default=_plain)
    packed = {MANIFEST: np.frombuffer(text.encode(), dtype=np.uint8), **arrays}
    with writing(path) as stream:
        np.savez_compressed(stream, allow_pickle=False, **packed)


def read_archive(path: str | os.PathLike[str]) -> tuple[dict[str, Any], Arrays]:
    """Manifest and arrays of a file that :func:`write_archive` made.

    Raises
    ------
    FileFormatError : missing, damaged, not such a file, or of a newer format.
    """
    try:
        with Path(path).open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        manifest = json.loads(arrays.pop(MANIFEST).tobytes())
    except FileNotFoundError as error:
        raise FileFormatError(f"there is no file {path}; check the path.") from error
    except (OSError, ValueError, KeyError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise FileFormatError(
            f"{path} is not a saved explanation or is damaged ({type(error).__name__}: {error}); save it again."
        ) from error
    if manifest["format"] > FORMAT_VERSION:
        raise FileFormatError(
            f"{path} has format {manifest['format']} and this version reads up to {FORMAT_VERSION}; "
            f"pip install --upgrade pellucid."
        )
    return manifest, arrays


def pack_table(table: Table) -> tuple[dict[str, object], Arrays]:
    """Manifest part and arrays of a table."""
    meta: dict[str, object] = {"backend": table.backend, "names": list(table.names), "named": table.named}
    if table.backend == "numpy" and table.native.dtype.kind in "biuf":
        return meta, {"data": table.native}
    arrays: Arrays = {}
    columns: list[dict[str, object]] = []
    for j, kind in enumerate(table.kinds):
        column: dict[str, object] = {"kind": kind, "dtype": table.dtype_name(j)}
        values = table.column(j)
        if kind == "category":
            levels, arrays[f"data.{j}"] = _encode(values)
            column["levels"] = levels
        elif kind == "date":
            arrays[f"data.{j}"] = values.astype("datetime64[us]").astype(np.int64)
        else:
            arrays[f"data.{j}"] = values
        columns.append(column)
    return {**meta, "columns": columns}, arrays


def unpack_table(meta: Mapping[str, Any], arrays: Arrays) -> Table:
    """The inverse of :func:`pack_table`; in another kind of frame when the original's library is missing."""
    names = tuple(meta["names"])
    if "columns" not in meta:
        return Table(arrays["data"], names, meta["named"], "numpy")
    columns = [_decode(column, arrays[f"data.{j}"]) for j, column in enumerate(meta["columns"])]
    if meta["backend"] == "numpy":
        native = np.empty((len(columns[0]), len(columns)), dtype=object)
        for j, values in enumerate(columns):
            native[:, j] = values
        return Table(native, names, meta["named"], "numpy")
    try:
        frame = make_frame(dict(zip(names, columns, strict=True)), meta["backend"])
        backend = meta["backend"]
    except MissingExtraError:
        backend = best_backend()
        frame = make_frame(dict(zip(names, columns, strict=True)), backend)
    categorical = [
        name for name, column in zip(names, meta["columns"], strict=True) if column["dtype"] in ("Categorical", "Enum")
    ]
    frame = nw.from_native(frame).with_columns(nw.col(name).cast(nw.Categorical) for name in categorical).to_native()
    return Table(frame, names, meta["named"], backend)


def _encode(values: NDArray[Any]) -> tuple[list[object], NDArray[np.int32]]:
    levels: dict[object, int] = {}
    codes = np.full(len(values), -1, dtype=np.int32)
    for i, value in enumerate(values):
        if value is not None:
            codes[i] = levels.setdefault(_plain_level(value), len(levels))
    return list(levels), codes


def _decode(column: Mapping[str, Any], values: NDArray[Any]) -> NDArray[Any]:
    if column["kind"] == "date":
        return values.astype("datetime64[us]")
    if column["kind"] != "category":
        return values
    levels: NDArray[Any] = np.empty(len(column["levels"]) + 1, dtype=object)
    levels[:-1] = column["levels"]
    levels[-1] = None
    return np.asarray(levels[values])


def _plain_level(value: object) -> object:
    item = value.item() if isinstance(value, np.generic) else value
    return item if isinstance(item, str | int | float | bool) else str(item)


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    return str(value)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
