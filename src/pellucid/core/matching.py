"""Two tables that are to be mixed get one kind of frame and one type a column, or an error says why they cannot."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np

from pellucid.core.errors import ColumnsError, InputError
from pellucid.core.tables import Table, make_frame

__all__ = ["matched"]

CODED = (nw.Categorical, nw.Enum)


def matched(rows: Table, background: Table) -> tuple[Table, Table]:
    """The two tables so that rows of one may be mixed with rows of the other, without a value changed.

    The rows keep their types wherever the background's values fit them. Categories are matched by name: the rows' own
    come first, in their order, so their codes stay as they are.

    Parameters
    ----------
    rows : what a model is asked about.
    background : rows with the same columns, possibly of another kind of frame or other column types.

    Raises
    ------
    ColumnsError : the columns differ, or a column's values cannot be had in one type.
    InputError : the tables are of different kinds and hold more than plain numbers.
    """
    background = background.aligned(rows.names) if rows.named else _by_position(rows, background)
    if rows.backend != background.backend:
        background = _in_the_kind_of(rows, background)
    if rows.backend == "numpy":
        _check_arrays(rows, background)
        return rows, background
    return _same_types(rows, background)


def _by_position(rows: Table, background: Table) -> Table:
    """An array has no names of its own, so the background's columns are taken in their order."""
    if len(rows.names) != len(background.names):
        raise ColumnsError(
            f"the rows have {len(rows.names)} columns and the background {len(background.names)}; "
            f"pass the same columns in both."
        )
    return Table(background.native, rows.names, False, background.backend)


def _in_the_kind_of(rows: Table, background: Table) -> Table:
    if not {*rows.kinds, *background.kinds} <= {"number", "boolean"} or _boxed(rows) or _boxed(background):
        raise InputError(
            f"rows come as {rows.backend} and the background as {background.backend}, and they hold more than plain "
            f"numbers, so one cannot be turned into the other without loss; pass both in one kind of table."
        )
    if rows.backend == "numpy":
        return Table(background.numbers(), rows.names, rows.named, "numpy")
    columns = {str(j): background.column(j) for j in range(len(background.names))}
    return Table(make_frame(columns, rows.backend), rows.names, rows.named, rows.backend)


def _boxed(table: Table) -> bool:
    return table.backend == "numpy" and table.native.dtype.kind not in "biuf"


def _check_arrays(rows: Table, background: Table) -> None:
    kinds = rows.native.dtype.kind, background.native.dtype.kind
    if len({_family(kind) for kind in kinds}) > 1:
        raise InputError(
            f"the rows are an array of {rows.native.dtype} and the background of {background.native.dtype}; "
            f"pass both with one type."
        )


def _family(kind: str) -> str:
    return "number" if kind in "biuf" else "text" if kind in "US" else kind


def _same_types(rows: Table, background: Table) -> tuple[Table, Table]:
    pairs = list(zip(_series(rows), _series(background), strict=True))
    made = [_one_type(name, x, b) for name, (x, b) in zip(rows.names, pairs, strict=True)]
    named = [x.name for x, _ in pairs] == [b.name for _, b in pairs]
    if named and all(x is y and b is c for (x, b), (y, c) in zip(pairs, made, strict=True)):
        return rows, background
    labels = [x.name for x, _ in pairs]
    mixed = [_frame(list(series), labels) for series in zip(*made, strict=True)]
    return tuple(Table(frame, rows.names, rows.named, rows.backend) for frame in mixed)  # type: ignore[return-value]


def _series(table: Table) -> list[Any]:
    return list(nw.from_native(table.native, eager_only=True).iter_columns())


def _frame(series: list[Any], labels: list[str]) -> Any:
    columns = [column.alias(label).to_frame() for column, label in zip(series, labels, strict=True)]
    return nw.concat(columns, how="horizontal").to_native()


def _one_type(name: str, x: Any, b: Any) -> tuple[Any, Any]:
    found = _one_list_of_categories(x, b) or _cast_pair(x, b)
    if found is None:
        raise ColumnsError(
            f"column {name!r} is {x.dtype} in the rows and {b.dtype} in the background; "
            f"pass both with the column types of the training data."
        )
    return found if _stored_alike(*found) else (_restored(found[0]), _restored(found[1]))


def _cast_pair(x: Any, b: Any) -> tuple[Any, Any] | None:
    """Both columns in the rows' type if that loses nothing, else in the background's, else as fractions."""
    if x.dtype == b.dtype:
        return x, b
    if _alike(x, b):
        for wanted in (x.dtype, b.dtype, nw.Float64() if x.dtype.is_numeric() else x.dtype):
            cast_x, cast_b = _cast(x, wanted), _cast(b, wanted)
            if cast_x is not None and cast_b is not None:
                return cast_x, cast_b
    return None


def _stored_alike(x: Any, b: Any) -> bool:
    """Arrow stores texts and categories of one kind in several ways, and joins only what is stored in one."""
    return bool(getattr(x.to_native(), "type", None) == getattr(b.to_native(), "type", None))


def _restored(series: Any) -> Any:
    return series.cast(nw.String).cast(nw.Categorical) if series.dtype in CODED else series.cast(series.dtype)


def _alike(x: Any, b: Any) -> bool:
    """Whether values of one can be values of the other at all."""
    words, dates = (nw.String, *CODED), (nw.Date, nw.Datetime)
    return bool(
        (x.dtype.is_numeric() and b.dtype.is_numeric())
        or (x.dtype in words and b.dtype in words)
        or (x.dtype in dates and b.dtype in dates)
        or {x.dtype, b.dtype} <= {nw.Boolean(), nw.Object()}
    )


def _one_list_of_categories(x: Any, b: Any) -> tuple[Any, Any] | None:
    """Both columns over the rows' categories and then the background's others; None where there are no lists."""
    if x.dtype not in CODED or b.dtype not in (nw.String, *CODED):
        return None
    if hasattr(getattr(x.to_native(), "cat", None), "set_categories"):
        return _pandas_categories(x, b)
    if x.dtype != nw.Enum:
        return None
    ours = list(x.dtype.categories)
    theirs = b.dtype.categories if b.dtype == nw.Enum else b.drop_nulls().unique().to_list()
    joint = nw.Enum(_union(ours, [str(value) for value in theirs]))
    if joint == x.dtype == b.dtype:
        return x, b
    return x.cast(nw.String).cast(joint), b.cast(nw.String).cast(joint)


def _pandas_categories(x: Any, b: Any) -> tuple[Any, Any]:
    if b.dtype not in CODED:
        b = b.cast(nw.Categorical)
    ours, theirs = x.to_native().cat, b.to_native().cat
    joint = _union(list(ours.categories), list(theirs.categories))
    if joint == list(ours.categories) == list(theirs.categories) and ours.ordered == theirs.ordered:
        return x, b
    return tuple(
        nw.from_native(side.set_categories(joint).cat.set_categories(joint, ordered=ours.ordered), series_only=True)
        for side in (ours, theirs)
    )


def _union(ours: list[Any], theirs: list[Any]) -> list[Any]:
    known = set(ours)
    return ours + [value for value in theirs if value not in known]


def _cast(series: Any, dtype: Any) -> Any:
    """The column in another type, or None when that would change a value."""
    if series.dtype == dtype:
        return series
    try:
        cast = series.cast(dtype)
        back = cast.cast(series.dtype)
    except Exception:  # noqa: BLE001 - each library raises its own when a value does not fit
        return None
    return cast if _equal(series, back) else None


def _equal(a: Any, b: Any) -> bool:
    missing = a.is_null().to_numpy(), b.is_null().to_numpy()
    if not np.array_equal(*missing):
        return False
    present = ~missing[0]
    x, y = a.to_numpy()[present], b.to_numpy()[present]
    return bool(np.all((x == y) | ((x != x) & (y != y))))  # noqa: PLR0124 - NaN alone differs from itself
