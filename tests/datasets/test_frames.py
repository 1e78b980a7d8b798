"""The same columns in every frame library, kinds, missing values and level order kept."""

from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from pellucid.core.errors import MissingExtraError, ParameterError
from pellucid.core.tables import read_table
from pellucid.datasets.frames import Column, build, choose

FRAMES = ("pandas", "polars", "pyarrow")
DAY = np.datetime64("2022-03-01", "D")
COLUMNS = (
    Column("amount", "number", np.array([1.5, np.nan, 3.0])),
    Column("count", "integer", np.array([2, 0, 1])),
    Column("prior", "integer", np.array([np.nan, 1.0, 2.0]), nullable=True),
    Column("shop", "category", np.array([2, -1, 0]), levels=("a", "b", "c")),
    Column("police", "boolean", np.array([True, False, True])),
    Column("day", "date", np.array([DAY, DAY + 1, DAY + 2])),
)


@pytest.mark.parametrize("frame", FRAMES)
def test_every_frame_keeps_kinds_values_and_missing_values(frame: str) -> None:
    table = read_table(build(COLUMNS, frame))
    assert table.backend == frame
    assert table.names == ("amount", "count", "prior", "shop", "police", "day")
    assert table.kinds == ("number", "number", "number", "category", "boolean", "date")
    np.testing.assert_array_equal(table.column("amount"), [1.5, np.nan, 3.0])
    np.testing.assert_array_equal(table.column("prior").astype(float), [np.nan, 1, 2])
    assert list(table.column("shop")) == ["c", None, "a"]
    np.testing.assert_array_equal(table.column("day").astype("datetime64[D]"), COLUMNS[-1].values)


def test_pandas_columns_have_the_types_a_pandas_user_expects() -> None:
    types = build(COLUMNS, "pandas").dtypes.astype(str)
    assert list(types[:5]) == ["float64", "int64", "Int64", "category", "bool"]
    assert types["day"].startswith("datetime64")


def test_polars_columns_have_the_types_a_polars_user_expects() -> None:
    polars = pytest.importorskip("polars")
    kinds = [polars.Float64, polars.Int64, polars.Int64, polars.Enum(["a", "b", "c"]), polars.Boolean, polars.Date]
    assert build(COLUMNS, "polars").dtypes == kinds


@pytest.mark.parametrize("frame", FRAMES)
def test_levels_that_no_row_has_keep_their_place(frame: str) -> None:
    column = build(COLUMNS, frame)["shop"]
    path = {"pandas": "cat.categories", "polars": "dtype.categories", "pyarrow": "combine_chunks.dictionary"}[frame]
    for step in path.split("."):
        found = getattr(column, step)
        column = found() if callable(found) else found
    assert np.asarray(column).tolist() == ["a", "b", "c"]


def test_missing_numbers_are_nulls_and_not_nan_outside_pandas() -> None:
    assert build(COLUMNS, "polars")["amount"].null_count() == 1
    assert build(COLUMNS, "pyarrow")["amount"].null_count == 1


def test_numpy_holds_positions_days_and_nan() -> None:
    array = build(COLUMNS, "numpy")
    days = (DAY - np.datetime64("1970-01-01")).astype(int)
    expected = [[1.5, 2, np.nan, 2, 1, days], [np.nan, 0, 1, np.nan, 0, days + 1], [3, 1, 2, 0, 1, days + 2]]
    np.testing.assert_array_equal(array, expected)
    assert array.dtype == np.float64


def test_the_first_installed_library_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose("claims", None) == "pandas"
    _hide(monkeypatch, "pandas")
    assert choose("claims", None) == "polars"
    _hide(monkeypatch, "pandas", "polars")
    assert choose("claims", None) == "pyarrow"


def test_without_any_frame_library_the_error_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    _hide(monkeypatch, *FRAMES)
    with pytest.raises(MissingExtraError, match="pip install pandas"):
        choose("claims", None)
    assert choose("claims", "numpy") == "numpy"


def test_a_named_library_that_is_not_installed_is_named_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    _hide(monkeypatch, "polars")
    with pytest.raises(MissingExtraError, match="pip install polars"):
        choose("claims", "polars")


@pytest.mark.parametrize("frame", ["spark", "", 3, ["pandas"]])
def test_an_unknown_frame_is_refused_with_the_choices(frame: Any) -> None:
    with pytest.raises(ParameterError, match="claims: frame must be one of 'pandas', 'polars', 'pyarrow', 'numpy'"):
        choose("claims", frame)


def _hide(monkeypatch: pytest.MonkeyPatch, *hidden: str) -> None:
    """Make libraries look as if they were not installed."""

    def shown(name: str) -> Any:
        return None if name in hidden else find_spec(name)

    monkeypatch.setattr("importlib.util.find_spec", shown)
    monkeypatch.setattr("pellucid.datasets.frames.find_spec", shown)
