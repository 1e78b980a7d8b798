from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.core.errors import ArgumentTypeError
from pellucid.core.tables import read_table
from pellucid.models.service_rows import row_keys, value_bytes

DIFFERENT = [
    1,
    1.0,
    True,
    "1",
    b"1",
    None,
    "",
    "None",
    [],
    [1],
    [[1]],
    [1, 1],
    ["1", ""],
    ["", "1"],
    {},
    {"a": 1},
    {"a": "1"},
    {"b": 1},
    Decimal("1"),
    datetime.date(2024, 1, 1),
    datetime.datetime(2024, 1, 1),  # noqa: DTZ001 - a value like any other
    np.float32(1),
    np.array([1.0]),
    np.array([[1.0]]),
    np.array([1]),
    np.array(["1"]),
    np.array([1], dtype=object),
    np.array([1.0, 1.0]),
]

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def typed(value):
    """The value and its types, as something to compare."""
    if isinstance(value, list):
        return [typed(part) for part in value]
    if isinstance(value, dict):
        return {name: typed(part) for name, part in value.items()}
    return type(value).__name__, repr(value)


def keys(rows):
    return row_keys(read_table(rows))


def test_different_values_have_different_bytes():
    assert len({value_bytes(value) for value in DIFFERENT}) == len(DIFFERENT)


@given(VALUES, VALUES)
def test_bytes_are_the_same_exactly_when_value_and_types_are(one, other):
    assert (value_bytes(one) == value_bytes(other)) == (typed(one) == typed(other))


def test_an_object_of_two_orders_is_one_value():
    assert value_bytes({"a": 1, "b": 2}) == value_bytes({"b": 2, "a": 1})


def test_missing_is_one_value():
    assert len({value_bytes(value) for value in (None, float("nan"), pd.NA, pd.NaT)}) == 1
    first, second = keys(np.array([[np.nan, 1.0], [np.nan, 1.0]]))
    assert first == second


def test_keys_of_an_array_do_not_depend_on_how_it_lies_in_memory():
    X = np.arange(12.0).reshape(3, 4)
    assert keys(X) == keys(np.asfortranarray(X)) == keys(np.repeat(X, 2, axis=1)[:, ::2])
    assert set(keys(X)).isdisjoint(keys(X.astype(np.float32)))


def test_keys_of_frames_depend_on_names_and_not_on_the_kind_of_frame():
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": pd.Categorical(["u", "v"])})
    assert keys(frame) == keys(pl.DataFrame(frame)) == keys(pl.DataFrame(frame).to_arrow())
    assert set(keys(frame)).isdisjoint(keys(frame.rename(columns={"a": "d"})))


def test_what_has_no_bytes_is_refused():
    with pytest.raises(ArgumentTypeError, match="a row that holds a set cannot be kept, since it has no bytes"):
        value_bytes([1, {2}])
