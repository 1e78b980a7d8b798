"""Rows that are asked about again and again: put back as they were, whatever a model does to them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pellucid.core.tables import read_table
from pellucid.effects import ALE, PartialDependence
from pellucid.effects.sheets import ArraySheets, FrameSheets

ROWS = np.arange(12.0).reshape(4, 3)
GIVERS = np.array([[1], [3]])


def curve(function, rows, method=PartialDependence):
    return method(function, rows).explain(1).curves[0].values


def scaled(rows):
    rows -= 1.0
    rows *= 2.0
    return np.asarray(rows) @ [1.0, 10.0, 100.0]


def widened(frame):
    frame["b"] = frame["b"] / 2
    frame["sum"] = frame["a"] + frame["b"]
    return frame["sum"] * frame["b"]


@pytest.mark.parametrize("method", [PartialDependence, ALE])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_model_that_writes_into_its_rows_is_answered_for_as_one_that_does_not(method, order):
    rows = np.asarray(np.random.default_rng(0).normal(size=(50, 3)), order=order)
    before = rows.copy()
    given = curve(lambda X: (2 * (X - 1.0)) @ [1.0, 10.0, 100.0], rows, method)
    np.testing.assert_allclose(curve(scaled, rows, method), given, atol=1e-12)
    np.testing.assert_array_equal(rows, before)


@pytest.mark.parametrize("texts", [False, True])
def test_a_model_that_changes_and_adds_columns_of_its_frame_is_answered_for_as_one_that_does_not(texts):
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 3)), columns=list("abc"))
    if texts:
        frame["d"] = "u"
    before = frame.copy()
    given = curve(lambda rows: (rows["a"] + rows["b"] / 2) * rows["b"] / 2, frame)
    np.testing.assert_allclose(curve(widened, frame), given, atol=1e-12)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("order", ["C", "F"])
def test_rows_lie_in_memory_as_they_came_and_their_cells_come_back(order):
    own = np.asarray(ROWS, order=order)
    sheets = ArraySheets(read_table(own), own, own, 2)
    lent = sheets.lend({1: GIVERS}, 2).native
    assert lent.flags.c_contiguous == (order == "C")
    np.testing.assert_array_equal(lent[:, 1], [4.0] * 4 + [10.0] * 4)
    np.testing.assert_array_equal(lent[:, [0, 2]], np.tile(ROWS[:, [0, 2]], (2, 1)))
    sheets.restore([1])
    np.testing.assert_array_equal(sheets.lend({}, 2).native, np.tile(ROWS, (2, 1)))


def test_fewer_turns_than_sheets_are_lent_alone():
    frame = read_table(pd.DataFrame({"a": [1.0, 2.0], "b": ["u", "v"]}))
    for sheets in (ArraySheets(read_table(ROWS), ROWS, ROWS, 3), FrameSheets(frame, frame, 3)):
        lent = sheets.lend({0: np.array([[1]])}, 1)
        assert len(lent) == len(sheets.lend({0: GIVERS % 2}, 2)) / 2
        assert lent.fresh
