"""Parquet files in and out; the only door to pyarrow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import FileFormatError, InputError, MissingExtraError
from pellucid.core.storage import writing
from pellucid.core.tables import best_backend

__all__ = ["count_rows", "read_frames", "read_note", "write_file"]

#: key of our own note in a file's metadata
NOTE = b"pellucid"
#: bytes read at a time from each column; pyarrow would otherwise keep whole row groups, all that it has read, in memory
BUFFER = 1 << 16


def count_rows(path: Path) -> int:
    """Number of rows, from the file's footer.

    Raises
    ------
    InputError, FileFormatError, MissingExtraError : no such file, damaged, or pyarrow is not installed.
    """
    with _opened(path) as file:
        return int(file.metadata.num_rows)


def read_frames(path: Path, size: int) -> Iterator[Any]:
    """The file in frames of ``size`` rows, the last one shorter, with the column types that the file has.

    The frames are of the first kind that is installed: pandas, polars, pyarrow. A whole-number or boolean column with
    missing values somewhere has one type in all frames, the one that it has when pandas reads the whole file.

    Raises
    ------
    InputError, FileFormatError, MissingExtraError : no such file, damaged, or pyarrow is not installed.
    """
    pa, _ = _pyarrow()
    with _opened(path) as file:
        gaps = _with_gaps(file)
        for batches in _regrouped(file.iter_batches(batch_size=min(size, 65_536)), size):
            yield _frame(pa.Table.from_batches(batches), gaps)


def write_file(path: Path, columns: Mapping[str, NDArray[Any]], note: Mapping[str, object]) -> None:
    """Write columns, with a note in the metadata; the file appears only when it is whole.

    Numbers hardly repeat, so only texts are looked up in dictionaries; floats are split into their bytes, of which the
    leading ones compress well.

    Raises
    ------
    OutputError, MissingExtraError : it cannot be written, or pyarrow is not installed.
    """
    pa, pq = _pyarrow()
    table = pa.table({name: _array(pa, values) for name, values in columns.items()})
    table = table.replace_schema_metadata({NOTE: json.dumps(note, ensure_ascii=False, default=str)})
    texts = [name for name, values in columns.items() if values.dtype == object]
    floats = [name for name, values in columns.items() if values.dtype.kind == "f"]
    with writing(path) as stream:
        pq.write_table(table, stream, use_dictionary=texts, use_byte_stream_split=floats)


def read_note(path: Path) -> dict[str, Any]:
    """The note that :func:`write_file` left.

    Raises
    ------
    InputError, FileFormatError : no such file, damaged, or written by something else.
    """
    with _opened(path) as file:
        metadata = file.schema_arrow.metadata or {}
    if NOTE not in metadata:
        raise FileFormatError(f"{path} was not written by pellucid; choose another path or delete it.")
    return dict(json.loads(metadata[NOTE]))


def _pyarrow() -> tuple[ModuleType, ModuleType]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError("parquet files need pyarrow; pip install 'pellucid[parquet]'.") from error
    return pa, pq


def _opened(path: Path) -> Any:
    pa, pq = _pyarrow()
    try:
        return pq.ParquetFile(path, pre_buffer=False, buffer_size=BUFFER)
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}; check the path.") from error
    except (OSError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())
        raise FileFormatError(f"{path} is not a parquet file or is damaged ({reason}); write it again.") from error


def _regrouped(batches: Iterator[Any], size: int) -> Iterator[list[Any]]:
    """Batches cut and put together into groups of ``size`` rows: a file's own batches end where its row groups do."""
    group: list[Any] = []
    room = size
    for batch in batches:
        rest = batch
        while len(rest):
            group.append(rest.slice(0, room))
            rest, room = rest.slice(room), room - len(group[-1])
            if not room:
                yield group
                group, room = [], size
    if group:
        yield group


def _with_gaps(file: Any) -> list[str]:
    """Whole-number and boolean columns of which the file's statistics say that values are missing."""
    gaps = set()
    for number in range(file.metadata.num_row_groups):
        row_group = file.metadata.row_group(number)
        for j in range(row_group.num_columns):
            column = row_group.column(j)
            if column.is_stats_set and column.statistics.null_count:
                gaps.add(column.path_in_schema)
    return [name for name in file.schema_arrow.names if name in gaps]


def _frame(table: Any, gaps: list[str]) -> Any:
    backend = best_backend()
    if backend == "polars":
        return nw.from_native(table).to_polars()
    if backend == "pyarrow":
        return table.unify_dictionaries()
    frame = table.to_pandas()
    plain = {name: frame[name].dtype for name in gaps if name in frame and isinstance(frame[name].dtype, np.dtype)}
    wider = {name: {"b": object, "i": np.float64, "u": np.float64}.get(dtype.kind) for name, dtype in plain.items()}
    return frame.astype({name: dtype for name, dtype in wider.items() if dtype is not None})


def _array(pa: ModuleType, values: NDArray[Any]) -> Any:
    array = pa.array(values)
    return array.dictionary_encode() if values.dtype == object else array
