"""Groups of columns: who plays for whom, how a group is shown, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from pellucid.core.errors import ColumnsError, ParameterError
from pellucid.core.tables import read_table
from pellucid.maskers.groups import Groups, grouping_of, plain

COLUMNS = ("lat", "price", "lon", "fuel_gas", "fuel_oil")
FRAME = pd.DataFrame(
    {
        "lat": [52.123456, np.nan, 1.0],
        "price": pd.Categorical(["low", None, "high"]),
        "lon": [13.4, 2.0, 3.0],
        "fuel_gas": [1, 0, 0],
        "fuel_oil": [0.0, 1.0, 0.0],
    },
    index=[7, 7, 9],
)


def test_players_stand_at_the_place_of_their_first_column():
    grouping = grouping_of({"fuel": ["fuel_oil", "fuel_gas"], "place": ["lon", 0]}, COLUMNS)
    assert grouping.names == ("place", "price", "fuel")
    assert grouping.of_column.tolist() == [0, 1, 0, 2, 2]
    assert grouping.players(np.array([4, 4, 1, 0], dtype=np.int32)).tolist() == [2, 2, 1, 0]


def test_without_groups_every_column_plays_alone_and_rows_are_shown_as_they_are():
    grouping = grouping_of(None, COLUMNS)
    assert grouping.names == COLUMNS
    assert grouping.shown(read_table(FRAME)) is None


def to_arrow(frame):
    return pa.Table.from_pandas(frame, preserve_index=False)


@pytest.mark.parametrize("turn", [pd.DataFrame.copy, pl.from_pandas, to_arrow], ids=["pandas", "polars", "arrow"])
def test_a_group_is_shown_as_text_and_single_columns_keep_their_type(turn):
    table = read_table(turn(FRAME))
    shown = grouping_of({"place": ["lat", "lon"], "fuel": ["fuel_gas", "fuel_oil"]}, table.names).shown(table)
    assert shown.backend == table.backend
    assert shown.names == ("place", "price", "fuel")
    assert shown.column("place").tolist() == ["lat 52.12, lon 13.4", "lat missing, lon 2", "lat 1, lon 3"]
    assert shown.column("fuel").tolist() == ["gas", "oil", "none"]
    assert shown.column("price").tolist() == ["low", None, "high"]
    assert shown.dtype_name(1) == table.dtype_name(1)


def test_arrays_show_numbers_beside_text():
    table = read_table(np.array([[1.5, 2, 3], [4, np.nan, 6]]))
    shown = grouping_of({"both": [1, 2]}, table.names).shown(table)
    assert shown.column("both").tolist() == ["x1 2, x2 3", "x1 missing, x2 6"]
    assert shown.kinds == ("number", "category")


def test_a_wide_group_shows_its_first_columns_and_how_many_there_are():
    table = read_table(np.arange(10.0).reshape(1, 10))
    shown = grouping_of({"all": range(10)}, table.names).shown(table)
    assert shown.column("all").tolist() == ["x0 0, x1 1, x2 2 … (10 columns)"]


def test_numbers_that_happen_to_be_zero_and_one_are_no_indicators():
    table = read_table(pd.DataFrame({"lat": [1.0], "lon": [0.0]}))
    assert grouping_of({"place": ["lat", "lon"]}, table.names).shown(table).column("place").tolist() == ["lat 1, lon 0"]


def test_dates_booleans_and_odd_names_are_shown():
    frame = pd.DataFrame({"a %": [True], "day": pd.to_datetime(["2024-05-01"]), "word": ["x"]})
    shown = grouping_of({"g": list(frame)}, tuple(frame)).shown(read_table(frame))
    assert shown.column("g").tolist() == ["a % True, day 2024-05-01, word x"]


@pytest.mark.parametrize(
    ("groups", "error", "message"),
    [
        ({"a": ["latitude"]}, ColumnsError, "'a' names 'latitude', which is no column.*'lat', 'price'"),
        ({"a": [5]}, ColumnsError, "'a' names 5"),
        ({"a": [True]}, ColumnsError, "'a' names True"),
        ({"a": []}, ParameterError, "'a' is empty"),
        ({"a": ["lat", "lon"], "b": ["lon"]}, ParameterError, "column 'lon' is named twice, in 'a' and 'b'"),
        ({"a": ["lat", 0]}, ParameterError, "column 'lat' is named twice, in 'a' and 'a'"),
        ({"price": ["lat", "lon"]}, ParameterError, "'price' is also the name of a column outside the group"),
    ],
)
def test_groups_that_do_not_fit_are_refused(groups, error, message):
    with pytest.raises(error, match=message):
        grouping_of(groups, COLUMNS)


def test_a_group_may_be_called_like_one_of_its_own_columns():
    assert grouping_of({"lat": ["lat", "lon"]}, COLUMNS).names == ("lat", "price", "fuel_gas", "fuel_oil")


def test_the_setting_takes_mappings_to_lists_only():
    assert Groups().allows({"a": ("x",), "b": pd.Index(["y"])})
    assert not any(Groups().allows(bad) for bad in (["x"], {"a": "x"}, {1: ["x"]}, {"a": 3}))
    assert plain({"a": np.array([1, 2])}) == {"a": [1, 2]}
