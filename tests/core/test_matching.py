"""Tables that are to be mixed get one type a column, and no value changes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from pellucid.core.errors import ColumnsError, InputError
from pellucid.core.matching import matched
from pellucid.core.tables import read_table


def mixed(rows, background):
    """The background with the rows below, as the masker builds it."""
    x, b = matched(read_table(rows), read_table(background))
    return b.joined(x).native


def test_tables_that_agree_are_not_touched():
    rows = pd.DataFrame({"a": [1, 2], "b": pd.Categorical(["u", "v"])})
    x, b = matched(read_table(rows), read_table(rows.copy()))
    assert x.native is rows
    assert list(b.native.dtypes) == list(rows.dtypes)


def test_the_rows_categories_keep_their_codes_and_the_backgrounds_come_after():
    rows = pd.DataFrame({"c": pd.Categorical(["a", None], categories=["b", "a"])})
    background = pd.DataFrame({"c": pd.Categorical(["z", "a"], categories=["z", "a"])})
    both = mixed(rows, background)
    assert list(both["c"].cat.categories) == ["b", "a", "z"]
    assert both["c"].cat.codes.tolist() == [2, 1, 1, -1]


def test_ordered_categories_stay_ordered():
    rows = pd.DataFrame({"c": pd.Categorical(["lo"], categories=["lo", "hi"], ordered=True)})
    both = mixed(rows, pd.DataFrame({"c": ["hi"]}))
    assert both["c"].dtype == rows["c"].dtype
    assert both["c"].tolist() == ["hi", "lo"]


@pytest.mark.parametrize("kind", [pl.Enum(["z", "b"]), pl.Categorical, pl.String])
def test_polars_enums_take_in_the_backgrounds_words(kind):
    rows = pl.DataFrame({"c": pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"]))})
    both = mixed(rows, pl.DataFrame({"c": pl.Series(["z", None], dtype=kind)}))
    assert both["c"].dtype == pl.Enum(["a", "b", "z"])
    assert both["c"].to_list() == ["z", None, "a", "b"]


@pytest.mark.parametrize("stored", [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())])
def test_arrow_words_are_joined_however_they_are_stored(stored):
    rows = pa.table({"c": pa.array(["a", "b"]).dictionary_encode()})
    both = mixed(rows, pa.table({"c": pa.array(["z", "b"]).cast(stored)}))
    assert both["c"].to_pylist() == ["z", "b", "a", "b"]
    texts = mixed(pa.table({"c": pa.array(["a"], pa.large_string())}), pa.table({"c": pa.array(["z"]).cast(stored)}))
    assert texts["c"].to_pylist() == ["z", "a"]


@pytest.mark.parametrize(
    ("rows", "background", "dtype"),
    [
        ([1, 2], [3.0, 4.0], "int64"),
        ([1, 2], [3.5, 4.0], "float64"),
        ([1.5, 2], [3, 4], "float64"),
        ([1, 2], [np.nan, 4.0], "float64"),
        (pd.array([1, None], dtype="Int64"), [3, 4], "Int64"),
    ],
)
def test_numbers_keep_the_rows_type_where_the_backgrounds_fit_it(rows, background, dtype):
    both = mixed(pd.DataFrame({"n": rows}), pd.DataFrame({"n": background}))
    assert str(both["n"].dtype) == dtype
    np.testing.assert_array_equal(both["n"][:2].astype(float), np.asarray(background, dtype=float))


def test_whole_numbers_beyond_a_fractions_precision_are_refused_rather_than_rounded():
    rows, background = pd.DataFrame({"n": [2**60 + 1]}), pd.DataFrame({"n": [0.5]})
    with pytest.raises(ColumnsError, match="column 'n' is Int64 in the rows and Float64 in the background"):
        mixed(rows, background)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_numbers_change_from_one_kind_of_frame_to_another(make):
    rows = make({"a": [1.0, 2.0], "b": [True, False]})
    x, b = matched(read_table(rows), read_table(pd.DataFrame({"b": [False], "a": [7]})))
    assert b.backend == x.backend
    np.testing.assert_array_equal(b.joined(x).numbers(), [[7, 0], [1, 1], [2, 0]])


def test_an_array_takes_the_backgrounds_columns_in_their_order():
    both = mixed(np.ones((1, 2)), pd.DataFrame({"a": [3], "b": [4]}))
    np.testing.assert_array_equal(both, [[3, 4], [1, 1]])


def test_columns_named_by_numbers_are_matched():
    both = mixed(pd.DataFrame([[1.0, 2.0]]), pd.DataFrame([[3.0, 4.0]]))
    np.testing.assert_array_equal(both, [[3, 4], [1, 2]])


@pytest.mark.parametrize(
    ("rows", "background", "error", "words"),
    [
        (pd.DataFrame({"n": [1]}), pd.DataFrame({"n": ["u"]}), ColumnsError, "'n' is Int64 in the rows and String"),
        (pd.DataFrame({"n": [True]}), pd.DataFrame({"n": [2]}), ColumnsError, "'n' is Boolean"),
        (pd.DataFrame({"c": pd.Categorical(["a"])}), pd.DataFrame({"c": [1]}), ColumnsError, "'c' is Categorical"),
        (pd.DataFrame({"c": ["a"]}), pl.DataFrame({"c": ["a"]}), InputError, "pandas and the background as polars"),
        (np.ones((1, 1)), np.array([["a"]]), InputError, "array of float64 and the background of <U1"),
        (np.ones((1, 2)), np.ones((1, 3)), ColumnsError, "2 columns and the background 3"),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]}), ColumnsError, "missing: 'a'"),
    ],
)
def test_what_cannot_be_mixed_is_refused_in_one_sentence(rows, background, error, words):
    with pytest.raises(error, match=words) as caught:
        mixed(rows, background)
    assert "\n" not in str(caught.value)
