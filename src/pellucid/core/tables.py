"""Tables in: pandas, polars, pyarrow and numpy behind one small class, each value kept as the model expects it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import narwhals as nw
import numpy as np
from narwhals.exceptions import DuplicateError
from numpy.typing import NDArray

from pellucid.core.errors import ArgumentTypeError, ColumnsError, InputError, MissingExtraError

__all__ = ["Table", "best_backend", "make_frame", "read_table"]

Index = slice | NDArray[np.intp]
#: cells hashed at once
AT_ONCE = 2**17


@dataclass(frozen=True, eq=False)
class Table:
    """Rows and named columns around the caller's own frame or array, which is never changed.

    Parameters
    ----------
    native : the pandas, polars or pyarrow frame, or the 2-D numpy array.
    names : column names, in order.
    named : whether the names came with the data (a frame) or were made up (an array).
    backend : ``"pandas"``, ``"polars"``, ``"pyarrow"`` or ``"numpy"``.
    fresh : whether the frame or array was made for one question to a model, so that nobody minds what it does to it.
    """

    native: Any
    names: tuple[str, ...]
    named: bool
    backend: str
    fresh: bool = False

    def __len__(self) -> int:
        return int(self.native.shape[0])

    @property
    def shape(self) -> tuple[int, int]:
        return len(self), len(self.names)

    @cached_property
    def _frame(self) -> Any:
        return nw.from_native(self.native, eager_only=True)

    @cached_property
    def _series(self) -> tuple[Any, ...]:
        """Columns by position: pandas also has columns whose name is a number, which would be taken for a row."""
        return tuple(self._frame.iter_columns())

    @property
    def uniform(self) -> bool:
        """Whether it is an array of numbers, or of booleans, so that all columns can be read at once."""
        return self.backend == "numpy" and self.native.dtype.kind in "iufb"

    @cached_property
    def array(self) -> NDArray[Any] | None:
        """All columns as one array, where they are numbers or booleans of one type of numpy's; else None."""
        if self.uniform:
            return np.asarray(self.native)
        if self.backend != "pandas":
            return None
        types = set(self.native.dtypes)
        plain = len(types) == 1 and all(isinstance(one, np.dtype) and one.kind in "iufb" for one in types)
        return np.asarray(self.native) if plain else None

    def of_array(self, array: NDArray[Any]) -> Table:
        """A fresh table of this kind, with these columns, that shares its memory with an array."""
        if self.backend == "numpy":
            return Table(array, self.names, self.named, self.backend, fresh=True)
        native = type(self.native)(array, columns=self.native.columns, copy=False)
        return Table(native, self.names, self.named, self.backend, fresh=True)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """For each column ``"number"``, ``"boolean"``, ``"category"`` or ``"date"``."""
        if self.array is not None:
            return (_array_kind(self.array),) * len(self.names)
        if self.backend == "numpy":
            return tuple(_array_kind(self.native[:, j]) for j in range(len(self.names)))
        return tuple(_kind(series) for series in self._series)

    @property
    def form(self) -> str:
        """What a function of the caller's is given, in words."""
        return f"a {self.backend} table"

    def given(self) -> Any:
        """The caller's own kind of frame or array, a copy unless it is fresh."""
        if self.fresh or self.backend == "pyarrow":
            return self.native
        return self.native.clone() if self.backend == "polars" else self.native.copy()

    def rows(self, index: Index) -> Table:
        """The same columns for some of the rows, by slice or by an array of row numbers."""
        native = self.native[index] if self.backend == "numpy" else self._frame[index].to_native()
        return Table(native, self.names, self.named, self.backend)

    def column(self, which: int | str) -> NDArray[Any]:
        """One column as numpy: numbers and dates with NaN or NaT where missing, the rest as objects with None."""
        j = which if isinstance(which, int) else self.position(which)
        if self.backend == "numpy":
            return _tidy_array(self.native[:, j], self.kinds[j])
        if self.array is not None and (self.array.dtype.kind != "f" or self.array.dtype == np.float64):
            return np.asarray(self.array[:, j])
        return _tidy_series(self._series[j], self.kinds[j])

    def dtype_name(self, j: int) -> str:
        """Name of the narwhals type of column j, such as ``"Categorical"``; ``"object"`` for an array."""
        return "object" if self.backend == "numpy" else type(self._series[j].dtype).__name__

    def position(self, name: str) -> int:
        """Number of the column of that name."""
        try:
            return self.names.index(name)
        except ValueError:
            raise ColumnsError(f"there is no column {name!r}; the columns are {_some(self.names)}.") from None

    def select(self, names: Sequence[str]) -> Table:
        """Some of the columns, by name, in the order asked for."""
        positions = [self.position(name) for name in names]
        if self.backend == "numpy":
            return Table(self.native[:, positions], tuple(names), self.named, self.backend)
        chosen = self._frame.select([nw.col(self._frame.columns[j]) for j in positions])
        return Table(chosen.to_native(), tuple(names), self.named, self.backend)

    def renamed(self, names: Sequence[str]) -> Table:
        """The same values under other names; the caller's frame keeps its own."""
        return Table(self.native, tuple(names), True, self.backend)

    def aligned(self, names: Sequence[str], *, extra: str = "refuse") -> Table:
        """The columns a model wants, in its order.

        Frames are matched by name, so a different order is put right; arrays by position.

        Parameters
        ----------
        names : the model's columns.
        extra : ``"refuse"`` or ``"drop"`` columns that the model does not know.

        Raises
        ------
        ColumnsError : columns are missing or unknown, or an array has another width.
        """
        wanted = tuple(names)
        if self.names == wanted:
            return self
        if not self.named:
            if len(self.names) != len(wanted):
                raise ColumnsError(
                    f"the model was trained on {len(wanted)} columns and the array has {len(self.names)}; "
                    f"pass the columns {_some(wanted)}."
                )
            return Table(self.native, wanted, False, self.backend)
        lacking = [name for name in wanted if name not in self.names]
        if lacking:
            raise ColumnsError(
                f"{_count(lacking, 'column')} the model was trained on {'is' if len(lacking) == 1 else 'are'} missing: "
                f"{_some(lacking)}; the table has {_some(self.names)}; add or rename columns to match."
            )
        unknown = [name for name in self.names if name not in wanted]
        if unknown and extra == "refuse":
            raise ColumnsError(
                f"{_count(unknown, 'column')} unknown to the model: {_some(unknown)}; "
                f"select the model's own columns first."
            )
        return self.select(wanted)

    def gathered(self, index: NDArray[np.intp]) -> Table:
        """A new table whose cell (i, j) is cell (index[i, j], j) of this one, with every dtype kept.

        Parameters
        ----------
        index : (n, columns) row numbers.
        """
        if self.backend == "numpy":
            native = self.native[index, np.arange(len(self.names))]
            return Table(native, self.names, self.named, self.backend)
        columns = [nw.maybe_reset_index(series[index[:, j]]).to_frame() for j, series in enumerate(self._series)]
        native = nw.concat(columns, how="horizontal").to_native()
        return Table(native, self.names, self.named, self.backend)

    def overwritten(self, cells: Mapping[int, tuple[Table, NDArray[np.intp]]]) -> Table:
        """The rows of a frame with some columns taken from another table of the same types; the others are shared.

        Parameters
        ----------
        cells : column → the other table, and (rows,) numbers of its rows.
        """
        names = self._frame.columns
        new = {
            j: nw.maybe_reset_index(source._series[j][givers]).alias(names[j]) for j, (source, givers) in cells.items()
        }
        if all(isinstance(name, str) for name in names):
            frame = nw.maybe_reset_index(self._frame).with_columns(*new.values())
        else:
            whole = [new.get(j, nw.maybe_reset_index(series)).to_frame() for j, series in enumerate(self._series)]
            frame = nw.concat(whole, how="horizontal")
        return Table(frame.to_native(), self.names, self.named, self.backend, fresh=True)

    def with_numbers(self, columns: Mapping[int, NDArray[np.float64]]) -> Table:
        """The same rows with other numbers in some columns, given by position, as float64."""
        if self.backend == "numpy":
            native = self.native.astype(object if self.native.dtype.kind in "OUS" else np.float64)
            for j, values in columns.items():
                native[:, j] = values
            return Table(native, self.names, self.named, self.backend)
        backend = self._frame.implementation
        whole = [
            nw.new_series(self._frame.columns[j], columns[j], backend=backend)
            if j in columns
            else nw.maybe_reset_index(series)
            for j, series in enumerate(self._series)
        ]
        native = nw.concat([series.to_frame() for series in whole], how="horizontal").to_native()
        return Table(native, self.names, self.named, self.backend)

    def joined(self, other: Table) -> Table:
        """This table with the other's rows below; both must have the same columns."""
        if self.backend == "numpy" and other.backend == "numpy":
            return Table(np.concatenate([self.native, other.native]), self.names, self.named, self.backend)
        if self.backend != other.backend:
            raise InputError(
                f"rows come as {self.backend} and the background as {other.backend}; pass both in one kind of table."
            )
        below = nw.concat([self._frame, other._frame], how="vertical")
        return Table(below.to_native(), self.names, self.named, self.backend)

    def numbers(self) -> NDArray[np.float64]:
        """All columns as float64 (rows, columns), missing as NaN, False and True as 0 and 1.

        Raises
        ------
        ColumnsError : a column holds categories or dates.
        """
        for name, kind in zip(self.names, self.kinds, strict=True):
            if kind not in ("number", "boolean"):
                raise ColumnsError(
                    f"column {name!r} holds {_plural(kind)} where the model needs numbers; "
                    f"encode it the way the training data was encoded."
                )
        if self.backend == "numpy":
            return np.ascontiguousarray(self.native, dtype=np.float64)
        out = np.empty(self.shape)
        for j in range(len(self.names)):
            out[:, j] = self.column(j)
        return out

    def fingerprint(self) -> str:
        """SHA-256 over names and values; equal data in another kind of frame has the same fingerprint."""
        digest = hashlib.sha256("\x1f".join(self.names).encode())
        if self.array is not None:
            # columns at once that fit the processor's cache
            some = max(1, AT_ONCE // len(self))
            for first in range(0, len(self.names), some):
                digest.update(_columns_with_kind(self.array[:, first : first + some], self.kinds[0]).data)
            return digest.hexdigest()
        for j, kind in enumerate(self.kinds):
            digest.update(kind.encode())
            digest.update(_column_bytes(self.column(j), kind))
        return digest.hexdigest()


def read_table(data: object, *, what: str = "rows") -> Table:
    """Wrap what the caller passed.

    Parameters
    ----------
    data : a pandas, polars or pyarrow frame, a 2-D numpy array, a list of rows, or a Table.
    what : how to call it in an error.

    Raises
    ------
    InputError : no rows or columns, or not two-dimensional.
    ArgumentTypeError : not a table at all.
    """
    if isinstance(data, Table):
        return data
    if isinstance(data, np.ndarray | list | tuple):
        return _read_array(_as_array(data, what), what)
    if hasattr(data, "toarray"):
        raise InputError(f"{what}: sparse matrices are not read directly, got {type(data).__name__}; pass .toarray().")
    try:
        frame: Any = nw.from_native(data, eager_only=True)
    except DuplicateError as error:
        raise ColumnsError(
            f"{what}: column names must differ ({' '.join(str(error).split())}); rename them."
        ) from error
    except TypeError as error:
        raise ArgumentTypeError(
            f"{what} must be a pandas, polars or pyarrow table or a 2-D array, got {type(data).__name__}."
        ) from error
    if not isinstance(frame, nw.DataFrame):
        raise ArgumentTypeError(
            f"{what} must be a table, got {type(data).__name__}; pass a frame with one row for one row."
        )
    return _read_frame(frame, what)


def make_frame(columns: Mapping[str, NDArray[Any]], backend: str | None = None) -> Any:
    """Build a frame from numpy columns.

    Parameters
    ----------
    columns : name → (n,) values.
    backend : ``"pandas"``, ``"polars"`` or ``"pyarrow"``; None takes the first that is installed.

    Raises
    ------
    MissingExtraError : no such library is installed.
    """
    chosen = backend or best_backend()
    try:
        return nw.from_dict(dict(columns), backend=chosen).to_native()
    except ImportError as error:
        raise MissingExtraError(
            f"a {chosen} frame was asked for and {chosen} is not installed; pip install {chosen}."
        ) from error


def best_backend() -> str:
    """The first of pandas, polars and pyarrow that is installed."""
    from importlib.util import find_spec

    for name in ("pandas", "polars", "pyarrow"):
        if find_spec(name) is not None:
            return name
    raise MissingExtraError("a frame needs pandas, polars or pyarrow and none is installed; pip install pandas.")


def _as_array(data: Any, what: str) -> NDArray[Any]:
    try:
        return np.asarray(data)
    except ValueError as error:
        raise InputError(f"{what}: the rows of the list are not of one length; make them so.") from error


def _read_array(array: NDArray[Any], what: str) -> Table:
    if array.ndim != 2:
        texts = array.ndim == 1 and len(array) and isinstance(array[0], str)
        hint = "wrap one row as [row]" if array.ndim == 1 else "pass rows × columns"
        hint = "for texts pass the masker Text() as background" if texts else hint
        hint = "for images pass the masker Superpixels() as background" if array.ndim in (3, 4) else hint
        raise InputError(f"{what} must be two-dimensional, got shape {array.shape}; {hint}.")
    if 0 in array.shape:
        raise InputError(f"{what} must hold at least one row and one column, got shape {array.shape}.")
    if array.dtype.kind not in "biufOUS":
        raise InputError(f"{what} must hold numbers or strings, got an array of {array.dtype}.")
    return Table(array, _made_up_names(array.shape[1]), False, "numpy")


@lru_cache(maxsize=16)
def _made_up_names(columns: int) -> tuple[str, ...]:
    return tuple(f"x{j}" for j in range(columns))


def _read_frame(frame: Any, what: str) -> Table:
    backend = str(frame.implementation).lower()
    names = tuple(str(name) for name in frame.columns)
    if 0 in frame.shape:
        raise InputError(f"{what} must hold at least one row and one column, got shape {frame.shape}.")
    return Table(nw.to_native(frame), names, True, backend)


def _kind(series: Any) -> str:
    dtype = series.dtype
    if dtype.is_numeric():
        return "number"
    if dtype == nw.Boolean:
        return "boolean"
    if dtype in (nw.Date, nw.Datetime):
        return "date"
    if dtype == nw.Object:
        return _array_kind(series.to_numpy())
    return "category"


def _array_kind(values: NDArray[Any]) -> str:
    if values.dtype.kind in "iuf":
        return "number"
    if values.dtype.kind == "b":
        return "boolean"
    if values.dtype.kind != "O":
        return "category"
    present = [value for value in values if not _is_missing(value)]
    if present and all(isinstance(value, bool | np.bool_) for value in present):
        return "boolean"
    if all(isinstance(value, int | float | np.number) for value in present):
        return "number"
    return "category"


def _tidy_array(values: NDArray[Any], kind: str) -> NDArray[Any]:
    if kind == "number" and values.dtype.kind == "O":
        return np.array([np.nan if _is_missing(value) else value for value in values], dtype=np.float64)
    if kind == "boolean" and values.dtype.kind == "O":
        return np.array([np.nan if _is_missing(value) else float(value) for value in values])
    if kind == "category":
        return _objects(values)
    return values


def _tidy_series(series: Any, kind: str) -> NDArray[Any]:
    if series.dtype == nw.Object:
        return _tidy_array(series.to_numpy(), kind)
    return _TIDY[kind](series)


def _tidy_numbers(series: Any) -> NDArray[Any]:
    if series.null_count():
        return np.asarray(series.cast(nw.Float64).to_numpy(), dtype=np.float64)
    values: NDArray[Any] = series.to_numpy()
    return values if values.dtype.kind in "iuf" else values.astype(np.float64)


def _tidy_booleans(series: Any) -> NDArray[Any]:
    if not series.null_count():
        return np.asarray(series.to_numpy(), dtype=np.bool_)
    missing = series.is_null().to_list()
    return np.array([np.nan if gone else float(v) for v, gone in zip(series.to_list(), missing, strict=True)])


def _tidy_dates(series: Any) -> NDArray[Any]:
    if getattr(series.dtype, "time_zone", None):
        series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return np.asarray(series.to_numpy(), dtype="datetime64[us]")


def _tidy_categories(series: Any) -> NDArray[Any]:
    return _objects(np.array([*series.to_list(), None], dtype=object)[:-1])


_TIDY = {"number": _tidy_numbers, "boolean": _tidy_booleans, "date": _tidy_dates, "category": _tidy_categories}


def _objects(values: NDArray[Any]) -> NDArray[Any]:
    out = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        out[i] = None if _is_missing(value) else value
    return out


def _is_missing(value: object) -> bool:
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value  # noqa: PLR0124


def _column_bytes(values: NDArray[Any], kind: str) -> bytes:
    if kind in ("number", "boolean"):
        # adding 0.0 turns -0.0 into 0.0
        return np.ascontiguousarray(values, dtype=np.float64).__add__(0.0).tobytes()
    if kind == "date":
        return values.astype("datetime64[us]").astype(np.int64).tobytes()
    return "\x1f".join("\x00" if value is None else str(value) for value in values).encode()


def _columns_with_kind(columns: NDArray[Any], kind: str) -> NDArray[np.uint8]:
    """What the loop of :meth:`Table.fingerprint` hashes of these columns, in one piece."""
    label = np.frombuffer(kind.encode(), dtype=np.uint8)
    values = np.add(columns.T, 0.0, order="C", dtype=np.float64).view(np.uint8)
    packed = np.empty((len(values), len(label) + values.shape[1]), dtype=np.uint8)
    packed[:, : len(label)] = label
    packed[:, len(label) :] = values
    return packed


def _some(names: Sequence[str], most: int = 8) -> str:
    return ", ".join(repr(name) for name in names[:most]) + (f", … ({len(names)} in all)" if len(names) > most else "")


def _count(names: Sequence[str], noun: str) -> str:
    return f"{len(names)} {noun}{'' if len(names) == 1 else 's'}"


def _plural(kind: str) -> str:
    return {"category": "categories", "date": "dates"}.get(kind, f"{kind}s")
