from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from pellucid.core.errors import ArgumentTypeError, ColumnsError, InputError, MissingExtraError
from pellucid.core.tables import make_frame, read_table

PANDAS = pd.DataFrame(
    {
        "age": [31.5, np.nan, 4.0],
        "claims": pd.array([1, None, 3], dtype="Int64"),
        "fuel": pd.Categorical(["petrol", None, "diesel"], categories=["diesel", "petrol", "gas"]),
        "leased": [True, False, True],
        "note": ["a", "b", None],
        "start": pd.to_datetime(["2020-01-01", None, "2021-02-03"]),
    },
    index=[7, 8, 9],
)
FRAMES = {
    "pandas": PANDAS,
    "polars": pl.from_pandas(PANDAS),
    "pyarrow": pa.Table.from_pandas(PANDAS, preserve_index=False),
}


@pytest.fixture(params=sorted(FRAMES))
def table(request):
    return read_table(FRAMES[request.param])


def test_kinds_are_told_apart_in_every_frame(table):
    assert table.kinds == ("number", "number", "category", "boolean", "category", "date")


def test_columns_read_the_same_in_every_frame(table):
    np.testing.assert_array_equal(table.column("age"), [31.5, np.nan, 4.0])
    np.testing.assert_array_equal(table.column("claims"), [1.0, np.nan, 3.0])
    assert table.column("fuel").tolist() == ["petrol", None, "diesel"]
    assert table.column("leased").tolist() == [True, False, True]
    assert table.column("note").tolist() == ["a", "b", None]
    assert table.column("start").tolist() == [dt.datetime(2020, 1, 1), None, dt.datetime(2021, 2, 3)]  # noqa: DTZ001


def test_equal_data_has_the_same_fingerprint_in_every_frame():
    assert len({read_table(frame).fingerprint() for frame in FRAMES.values()}) == 1


def test_one_changed_cell_changes_the_fingerprint():
    other = PANDAS.copy()
    other.loc[8, "note"] = "c"
    assert read_table(other).fingerprint() != read_table(PANDAS).fingerprint()


def test_gathering_mixes_rows_cell_by_cell_and_keeps_dtypes(table):
    mixed = table.gathered(np.array([[0, 2, 1, 1, 0, 2], [2, 0, 0, 0, 1, 0]]))
    assert mixed.kinds == table.kinds
    assert mixed.column("claims").tolist() == [3, 1]
    assert mixed.column("fuel").tolist() == [None, "petrol"]
    assert mixed.column("note").tolist() == ["a", "b"]
    if table.backend == "pandas":
        assert mixed.native.dtypes.equals(PANDAS.dtypes)


def test_rows_are_taken_by_slice_and_by_number(table):
    assert table.rows(slice(1, 3)).column("note").tolist() == ["b", None]
    assert table.rows(np.array([2, 0])).column("note").tolist() == [None, "a"]


def test_joined_tables_lie_one_below_the_other(table):
    assert table.joined(table.rows(slice(0, 1))).column("note").tolist() == ["a", "b", None, "a"]


def test_frames_are_matched_by_name_and_put_in_order(table):
    names = ("start", "note", "leased", "fuel", "claims", "age")
    assert table.aligned(names).column(0).tolist()[0] == dt.datetime(2020, 1, 1)  # noqa: DTZ001


def test_missing_columns_are_named(table):
    with pytest.raises(ColumnsError, match=r"1 column the model was trained on is missing: 'sex'"):
        table.aligned(("age", "sex"))


def test_unknown_columns_are_named_or_dropped(table):
    with pytest.raises(ColumnsError, match=r"5 columns unknown to the model: 'claims'"):
        table.aligned(("age",))
    assert table.aligned(("age",), extra="drop").names == ("age",)


def test_an_array_takes_the_models_names_by_position():
    table = read_table(np.zeros((2, 3))).aligned(("a", "b", "c"))
    assert table.names == ("a", "b", "c")
    with pytest.raises(ColumnsError, match="trained on 4 columns and the array has 3"):
        read_table(np.zeros((2, 3))).aligned(("a", "b", "c", "d"))


def test_numbers_refuse_categories_by_name(table):
    with pytest.raises(ColumnsError, match="column 'fuel' holds categories"):
        table.numbers()


def test_numbers_read_booleans_and_missing_values(table):
    numbers = table.select(["leased", "claims"]).numbers()
    np.testing.assert_array_equal(numbers, [[1, 1], [0, np.nan], [1, 3]])


def test_object_arrays_are_read_column_by_column():
    table = read_table(np.array([[1, "a", True], [None, "b", False]], dtype=object))
    assert table.kinds == ("number", "category", "boolean")
    np.testing.assert_array_equal(table.column(0), [1.0, np.nan])


def test_times_with_a_zone_are_read_in_utc():
    frame = pd.DataFrame({"at": pd.to_datetime(["2020-01-01 01:00"]).tz_localize("Asia/Shanghai")})
    assert read_table(frame).column("at")[0] == np.datetime64("2019-12-31T17:00")


@pytest.mark.parametrize(
    ("bad", "error", "sentence"),
    [
        (PANDAS.iloc[:0], InputError, "at least one row"),
        (np.zeros((0, 3)), InputError, "at least one row"),
        (np.zeros(3), InputError, "two-dimensional"),
        (np.zeros((2, 2, 2)), InputError, "two-dimensional"),
        (np.array([[1j]]), InputError, "numbers or strings"),
        ("rows.csv", ArgumentTypeError, "must be a pandas, polars or pyarrow table"),
        (PANDAS["age"], ArgumentTypeError, "must be a pandas, polars or pyarrow table"),
        (pd.concat([PANDAS, PANDAS], axis=1), ColumnsError, "names must differ"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(bad, error, sentence):
    with pytest.raises(error, match=sentence) as caught:
        read_table(bad)
    assert "\n" not in str(caught.value)


def test_frames_are_made_in_the_kind_asked_for():
    assert isinstance(make_frame({"a": np.arange(2)}, "polars"), pl.DataFrame)
    assert isinstance(make_frame({"a": np.arange(2)}), pd.DataFrame)


def test_a_frame_library_that_is_missing_names_the_command(monkeypatch):
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="pip install pandas"):
        make_frame({"a": np.arange(2)})


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow", "numpy"])
def test_numbers_are_put_in_some_columns_and_all_else_stays(kind):
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [4.0, 5.0, 6.0], "c": [7, 8, 9]}, index=[5, 6, 7])
    convert = {
        "pandas": lambda f: f,
        "polars": pl.from_pandas,
        "pyarrow": pa.Table.from_pandas,
        "numpy": pd.DataFrame.to_numpy,
    }
    given = convert[kind](frame.reset_index(drop=True) if kind == "pyarrow" else frame)
    table = read_table(given)
    changed = table.with_numbers({0: np.array([0.5, np.nan, 1.5]), 2: np.array([1.0, 2.0, 3.0])})
    np.testing.assert_array_equal(changed.numbers(), [[0.5, 4, 1], [np.nan, 5, 2], [1.5, 6, 3]])
    assert changed.names == table.names
    np.testing.assert_array_equal(table.numbers(), frame.to_numpy())


def test_rows_of_several_lengths_are_refused():
    with pytest.raises(InputError, match="the rows of the list are not of one length"):
        read_table([[1.0, 2.0], [3.0]])


def test_images_in_place_of_background_rows_are_told_of_maskers():
    with pytest.raises(InputError, match=r"for images pass the masker Superpixels\(\) as background"):
        read_table(np.zeros((2, 8, 8, 3)), what="background")
