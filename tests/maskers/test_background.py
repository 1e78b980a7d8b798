"""The interventional masker: what the model is asked for each row, coalition and background row."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid.core.errors import InputError
from pellucid.core.masker import Masker
from pellucid.core.tables import read_table
from pellucid.maskers import Background

EVERY = np.array(list(product([False, True], repeat=3)))


def asked(masker, rows, coalitions, batch_size=10_000):
    """{entry: [(model row, weight)]} of all batches."""
    found = {}
    for batch in masker.inputs(read_table(rows), coalitions, batch_size=batch_size):
        assert len(batch.inputs) <= batch_size
        cells = [batch.inputs.column(j) for j in range(len(batch.inputs.names))]
        for k, (entry, weight) in enumerate(zip(batch.entry, batch.weight, strict=True)):
            found.setdefault(int(entry), []).append((tuple(column[k] for column in cells), float(weight)))
    return found


def test_present_columns_are_the_rows_and_absent_ones_the_backgrounds(rng):
    rows, background = rng.normal(size=(2, 3)), rng.normal(size=(4, 3))
    found = asked(Background(background), rows, EVERY)
    for i, row in enumerate(rows):
        for s, present in enumerate(EVERY):
            if present.all():
                expected = [(tuple(row), 1.0)]
            else:
                expected = [(tuple(np.where(present, row, b)), 0.25) for b in background]
            assert found[i * len(EVERY) + s] == expected


@pytest.mark.parametrize("batch_size", [1, 3, 5, 1000])
def test_the_batch_size_changes_nothing_but_the_batches(rng, batch_size):
    rows, background = rng.normal(size=(3, 3)), rng.normal(size=(4, 3))
    masker = Background(background, weights=[1, 2, 3, 4])
    assert asked(masker, rows, EVERY, batch_size) == asked(masker, rows, EVERY)


def test_weights_are_shares_and_rows_of_weight_zero_are_not_asked_about():
    masker = Background(np.arange(6.0).reshape(3, 2), weights=[1, 0, 3])
    found = asked(masker, np.full((1, 2), 9.0), np.array([[False, True]]))
    assert found == {0: [((0.0, 9.0), 0.25), ((4.0, 9.0), 0.75)]}


def test_a_large_background_is_never_cut(rng):
    found = asked(Background(rng.normal(size=(1_234, 3))), np.zeros((1, 3)), EVERY[:1])
    assert len(found[0]) == 1_234


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_every_column_reaches_the_model_with_its_type(kind):
    frame = pd.DataFrame(
        {
            "category": pd.Categorical(["a", "b", "c"]),
            "whole": pd.array([1, None, 3], dtype="Int64"),
            "flag": [True, False, True],
            "day": pd.date_range("2024-01-01", periods=3),
            "text": ["x", None, "y"],
        }
    )
    frame = frame if kind == "pandas" else pl.from_pandas(frame)
    coalitions = np.array([[True, False, True, False, True]])
    (batch,) = Background(frame[:2]).inputs(read_table(frame[2:]), coalitions, batch_size=10)
    native = batch.inputs.native
    assert list(native.dtypes) == list(frame.dtypes)
    assert batch.inputs.column("category").tolist() == ["c", "c"]
    np.testing.assert_array_equal(batch.inputs.column("whole"), [1, np.nan])
    assert batch.inputs.column("flag").tolist() == [True, True]
    assert batch.inputs.column("text").tolist() == ["y", "y"]
    np.testing.assert_array_equal(batch.inputs.column("day"), read_table(frame[:2]).column("day"))


def test_rows_and_background_come_back_unchanged():
    rows = pd.DataFrame({"a": [1, 2], "c": pd.Categorical(["u", "v"])}, index=[7, 7])
    background = pd.DataFrame({"c": ["w", "u"], "a": [0.5, 1.0]})
    before = rows.copy(), background.copy()
    asked(Background(background), rows, np.array([[True, False]]))
    pd.testing.assert_frame_equal(rows, before[0])
    pd.testing.assert_frame_equal(background, before[1])


def test_it_keeps_the_protocol_and_describes_itself(rng):
    rows = rng.normal(size=(5, 2))
    plain, weighted = Background(rows), Background(rows, weights=np.arange(5))
    assert isinstance(plain, Masker)
    assert plain.players(read_table(rows)) == ("x0", "x1")
    assert plain.describe()["rows"] == 5
    assert plain.describe()["weighted"] is False
    assert weighted.describe()["weighted"] is True
    assert plain.describe()["fingerprint"] != weighted.describe()["fingerprint"]
    assert weighted.describe() == Background(rows, weights=np.arange(5) * 2).describe()


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([1, 2], "one number for each of the 3 rows, got shape"),
        ([1, 2, -1], "at least zero"),
        ([0, 0, 0], "not all zero"),
        ([1, 2, np.nan], "finite"),
        (["a", "b", "c"], "must be numbers"),
    ],
)
def test_weights_that_are_none_are_refused(weights, words):
    with pytest.raises(InputError, match=words):
        Background(np.ones((3, 2)), weights=weights)
