"""Numpy columns into the frame that the caller asked for, with missing values as that library writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Literal, get_args

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import MissingExtraError
from pellucid.core.params import Either, Nothing, OneOf, check_settings
from pellucid.core.tables import best_backend, make_frame

__all__ = ["Column", "FrameName", "build", "choose"]

FrameName = Literal["pandas", "polars", "pyarrow", "numpy"]


@dataclass(frozen=True, eq=False)
class Column:
    """One named column before it knows its frame.

    Parameters
    ----------
    name : column name.
    kind : "number" (float), "integer" (whole floats when ``nullable``), "category" (positions in ``levels``,
        -1 missing), "boolean" or "date" (datetime64[D]).
    values : array (rows,); NaN is missing in numbers and nullable integers.
    levels : the names of the categories, in a fixed order.
    nullable : an integer column that can be missing.
    """

    name: str
    kind: Literal["number", "integer", "category", "boolean", "date"]
    values: NDArray[Any]
    levels: tuple[str, ...] = ()
    nullable: bool = False


def choose(owner: str, frame: str | None) -> str:
    """Return the frame library to use: the named one, or the first installed of pandas, polars, pyarrow.

    Raises
    ------
    ParameterError
        The name is none of "pandas", "polars", "pyarrow", "numpy".
    MissingExtraError
        The named library, or with None every one of them, is not installed.
    """
    check_settings(owner, {"frame": Either(OneOf(get_args(FrameName)), Nothing())}, {"frame": frame})
    if frame is None:
        return best_backend()
    if find_spec(frame) is None:
        raise MissingExtraError(f"{owner}: frame={frame!r} needs {frame}, which is not installed; pip install {frame}.")
    return frame


def build(columns: Sequence[Column], frame: str) -> Any:
    """Return the columns as a pandas, polars or pyarrow frame, or as one float array (rows, columns)."""
    if frame == "numpy":
        return np.column_stack([_numbers(column) for column in columns])
    return make_frame({column.name: _native(column, frame) for column in columns}, frame)


def _numbers(column: Column) -> NDArray[np.float64]:
    if column.kind == "date":
        return column.values.astype("datetime64[D]").astype(np.int64).astype(np.float64)
    numbers = column.values.astype(np.float64)
    if column.kind == "category":
        numbers[column.values < 0] = np.nan
    return numbers


def _native(column: Column, frame: str) -> Any:
    if column.kind == "category":
        return _category(column, frame)
    series = nw.new_series(column.name, column.values, backend=frame)
    if frame == "pandas":
        # narwhals keeps numpy types here, which have no missing integer; pandas' own Int64 has one.
        return series.to_native().astype("Int64") if column.nullable else series.to_native()
    if column.kind == "number" or column.nullable:
        series = series.fill_nan(None)
    return (series.cast(nw.Int64) if column.nullable else series).to_native()


def _category(column: Column, frame: str) -> Any:
    """Keep all levels in their order whichever of them were drawn, so that codes agree between frames."""
    library = nw.Implementation.from_backend(frame).to_native_namespace()
    codes, levels = column.values, list(column.levels)
    if frame == "pandas":
        return library.Series(library.Categorical.from_codes(codes, levels), name=column.name)
    if frame == "pyarrow":
        return library.DictionaryArray.from_arrays(library.array(codes, mask=codes < 0), levels)
    series = nw.new_series(column.name, codes, backend=frame)
    return series.replace_strict([-1, *range(len(levels))], [None, *levels], return_dtype=nw.Enum(levels)).to_native()
